"""TEDs at finance: confirmed once or by four eyes, refused, and one with what the bank says."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.banking.operations.ted_credits import note_ted_credit
from portal.banking.rules.bank_notices import Credit
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import CustomerCredit, ParkedPayment, Payment
from portal.receipts.models.ted import TedTransfer
from portal.receipts.operations.ted import announce_ted, confirm_ted, confirm_ted_again, refuse_ted
from portal.receipts.rules.four_eyes import MayNotConfirm, SecondMustBeAnother
from portal.receipts.rules.receiving import Payer, PaymentOutcome
from portal.receipts.rules.ted import AlreadyDecided, OtherAmount, TedState, UnusableProof
from portal.settings.models import Setting
from portal.settings.rules.names import Name
from portal.shared.auth import Actor, Role
from portal.shared.clock import day_of
from portal.shared.refusals import Refusal
from tests.factories.documents import make_file
from tests.factories.invoices import make_invoice
from tests.factories.payments import A_DAY_LATER, pay
from tests.factories.quotes import make_house
from tests.factories.users import actor_of, make_user

PDF = b"%PDF-1.7 a proof"


def finance(session: Session) -> Actor:
    return actor_of(make_user(session, role=Role.FINANCE))


def announced(session: Session) -> tuple[Invoice, TedTransfer]:
    """An invoice of R$ 199,90 whose payer sent a proof."""
    invoice = make_invoice(session, payment_method="ted")
    return invoice, announce_ted(session, invoice_id=invoice.id, proof=PDF, now=A_DAY_LATER)


def confirm(session: Session, transfer: TedTransfer, actor: Actor, **changes: Any) -> TedTransfer:
    values: dict[str, Any] = {"amount_cents": 199_90, "credited_on": day_of(A_DAY_LATER), "now": A_DAY_LATER}
    return confirm_ted(session, transfer=transfer, actor=actor, **(values | changes))


def four_eyes_from(session: Session, reais: int) -> None:
    session.add(
        Setting(name=Name.TED_FOUR_EYES_REAIS.value, value=reais, changed_at=A_DAY_LATER, changed_by_name="x")
    )
    session.flush()


def credit(invoice: Invoice, **changes: Any) -> Credit:
    """What the bank says of the same money."""
    values: dict[str, Any] = {
        "external_id": "TED0000000001",
        "reference": invoice.label,
        "amount_cents": 199_90,
        "currency": "BRL",
        "at": A_DAY_LATER,
        "payer": Payer(name="Padaria", document=invoice.payer_document),
    }
    return Credit(**(values | changes))


class TestProofs:
    def test_are_taken_ten_a_day_from_whoever_holds_the_link(self, session: Session) -> None:
        invoice, _transfer = announced(session)
        for number in range(9):
            announce_ted(session, invoice_id=invoice.id, proof=PDF + b"%d" % number, now=A_DAY_LATER)
        with pytest.raises(UnusableProof, match="vários comprovantes"):
            announce_ted(session, invoice_id=invoice.id, proof=PDF, now=A_DAY_LATER)
        announce_ted(session, invoice_id=invoice.id, proof=PDF, now=A_DAY_LATER + timedelta(days=1))


class TestConfirmingATed:
    @pytest.mark.deep
    def test_pays_the_invoice(self, session: Session) -> None:
        invoice, transfer = announced(session)
        confirm(session, transfer, finance(session))
        assert (transfer.state, invoice.state) == (TedState.CONFIRMED, InvoiceState.PAID)

    @pytest.mark.deep
    def test_takes_two_people_from_the_set_amount_on(self, session: Session) -> None:
        four_eyes_from(session, 199)
        invoice, transfer = announced(session)
        first, second = finance(session), finance(session)
        confirm(session, transfer, first)
        assert (transfer.state, invoice.state) == (TedState.CONFIRMED_ONCE, InvoiceState.OPEN)
        with pytest.raises(SecondMustBeAnother):
            confirm_ted_again(session, transfer=transfer, actor=first, now=A_DAY_LATER)
        confirm_ted_again(session, transfer=transfer, actor=second, now=A_DAY_LATER)
        assert (transfer.state, invoice.state) == (TedState.CONFIRMED, InvoiceState.PAID)

    @pytest.mark.deep
    def test_takes_two_people_by_the_invoice_when_less_is_read(self, session: Session) -> None:
        four_eyes_from(session, 199)
        invoice, transfer = announced(session)
        confirm(session, transfer, finance(session), amount_cents=100_00, is_other_amount=True)
        assert (transfer.state, invoice.state) == (TedState.CONFIRMED_ONCE, InvoiceState.OPEN)

    @pytest.mark.deep
    def test_takes_two_people_by_all_that_was_attested_for_the_invoice(self, session: Session) -> None:
        four_eyes_from(session, 250)
        invoice, transfer = announced(session)
        confirm(session, transfer, finance(session), amount_cents=100_00, is_other_amount=True)
        assert transfer.state is TedState.CONFIRMED
        again = announce_ted(session, invoice_id=invoice.id, proof=PDF, now=A_DAY_LATER)
        confirm(session, again, finance(session), amount_cents=150_00, is_other_amount=True)
        assert again.state is TedState.CONFIRMED_ONCE

    def test_is_not_for_who_sent_the_proof(self, session: Session) -> None:
        invoice, sender = make_invoice(session, payment_method="ted"), finance(session)
        transfer = announce_ted(session, invoice_id=invoice.id, proof=PDF, actor=sender, now=A_DAY_LATER)
        with pytest.raises(MayNotConfirm):
            confirm(session, transfer, sender)
        transfer.confirmed_by_id = sender.user_id
        with pytest.raises(IntegrityError):
            session.flush()

    @pytest.mark.deep
    def test_is_not_for_who_refused_it_before(self, session: Session) -> None:
        invoice, transfer = announced(session)
        first, second = finance(session), finance(session)
        refuse(session, transfer, first)
        again = announce_ted(session, invoice_id=invoice.id, proof=PDF, now=A_DAY_LATER)
        with pytest.raises(MayNotConfirm):
            confirm(session, again, first)
        confirm(session, again, second)
        assert invoice.state is InvoiceState.PAID

    @pytest.mark.deep
    def test_below_it_takes_one(self, session: Session) -> None:
        four_eyes_from(session, 200)
        invoice, transfer = announced(session)
        confirm(session, transfer, finance(session))
        assert invoice.state is InvoiceState.PAID

    def test_happens_once(self, session: Session) -> None:
        _invoice, transfer = announced(session)
        confirm(session, transfer, finance(session))
        for again in (confirm, refuse):
            with pytest.raises(AlreadyDecided):
                again(session, transfer, finance(session))
        assert session.scalar(select(func.count(Payment.id))) == 1

    def test_with_another_amount_is_asked_about_and_parks_the_money(self, session: Session) -> None:
        invoice, transfer = announced(session)
        with pytest.raises(OtherAmount, match=r"Você escreveu R\$\s150,00; a fatura espera R\$\s199,90"):
            confirm(session, transfer, finance(session), amount_cents=150_00)
        confirm(session, transfer, finance(session), amount_cents=150_00, is_other_amount=True)
        assert session.scalars(select(ParkedPayment.meant_invoice_id)).one() == invoice.id
        assert invoice.state is InvoiceState.OPEN

    def test_of_a_day_to_come_is_refused(self, session: Session) -> None:
        _invoice, transfer = announced(session)
        with pytest.raises(Refusal, match="futuro"):
            confirm(session, transfer, finance(session), credited_on=day_of(A_DAY_LATER) + timedelta(days=1))

    def test_of_a_mistyped_year_is_refused(self, session: Session) -> None:
        _invoice, transfer = announced(session)
        with pytest.raises(Refusal, match="Confira o ano"):
            confirm(session, transfer, finance(session), credited_on=date(26, 6, 11))

    def test_after_the_invoice_was_paid_otherwise_makes_credit(self, session: Session) -> None:
        invoice, transfer = announced(session)
        pay(session, invoice_id=invoice.id)
        confirm(session, transfer, finance(session))
        assert session.scalars(select(CustomerCredit.amount_cents)).one() == 199_90


def refuse(session: Session, transfer: TedTransfer, actor: Actor) -> None:
    refuse_ted(session, transfer=transfer, reason="Não está no extrato.", actor=actor, now=A_DAY_LATER)


class TestWhatTheBankSaysOfATed:
    @pytest.mark.deep
    def test_and_the_proof_are_one(self, session: Session) -> None:
        invoice, transfer = announced(session)
        note_ted_credit(session, credit=credit(invoice), now=A_DAY_LATER)
        assert session.scalars(select(TedTransfer)).all() == [transfer]
        confirm(session, transfer, finance(session))
        payment = session.scalars(select(Payment)).one()
        assert payment.external_id == "TED0000000001"

    @pytest.mark.deep
    def test_after_finance_confirmed_it_is_the_same_money(self, session: Session) -> None:
        invoice, transfer = announced(session)
        confirm(session, transfer, finance(session))
        for _time in range(2):
            note_ted_credit(session, credit=credit(invoice), now=A_DAY_LATER)
        assert transfer.bank_reference == "TED0000000001"
        assert session.scalar(select(func.count(Payment.id))) == 1
        assert session.scalar(select(func.count(CustomerCredit.id))) == 0

    @pytest.mark.deep
    def test_of_another_day_is_other_money(self, session: Session) -> None:
        invoice, transfer = announced(session)
        confirm(session, transfer, finance(session))
        later = credit(invoice, at=A_DAY_LATER + timedelta(days=3))
        note_ted_credit(session, credit=later, now=A_DAY_LATER + timedelta(days=3))
        assert session.scalars(select(CustomerCredit.amount_cents)).one() == 199_90

    def test_while_the_first_one_waits_is_kept_for_finance(self, session: Session) -> None:
        """Paid twice on one day: what waits keeps the bank's name of the first."""
        invoice, transfer = announced(session)
        note_ted_credit(session, credit=credit(invoice), now=A_DAY_LATER)
        for _time in range(2):
            second = credit(invoice, external_id="TED0000000002")
            note_ted_credit(session, credit=second, now=A_DAY_LATER)
        assert transfer.bank_reference == "TED0000000001"
        payment = session.scalars(select(Payment)).one()
        assert (payment.external_id, payment.amount_cents) == ("TED0000000002", 199_90)
        assert payment.outcome is PaymentOutcome.PARKED
        confirm(session, transfer, finance(session))
        assert session.scalar(select(func.sum(Payment.amount_cents))) == 399_80

    def test_keeps_finance_from_refusing_it(self, session: Session) -> None:
        invoice, transfer = announced(session)
        note_ted_credit(session, credit=credit(invoice), now=A_DAY_LATER)
        with pytest.raises(Refusal, match="o dinheiro está na conta"):
            refuse(session, transfer, finance(session))


class TestTheDatabase:
    @pytest.mark.deep
    @pytest.mark.parametrize(
        "change",
        [
            "second_confirmed_by_id = confirmed_by_id",
            "state = 'confirmed', payment_id = (SELECT id FROM payments)",
            "state = 'confirmed', second_confirmed_by_id = 999999",
        ],
    )
    def test_refuses_a_large_ted_without_two_people(self, session: Session, change: str) -> None:
        four_eyes_from(session, 1)
        _invoice, transfer = announced(session)
        pay(session, invoice_id=None)
        confirm(session, transfer, finance(session))
        session.flush()
        with pytest.raises(IntegrityError):
            session.connection().exec_driver_sql(f"UPDATE ted_transfers SET {change}")  # noqa: S608

    def test_refuses_the_proof_of_another_customer(self, session: Session) -> None:
        _invoice, transfer = announced(session)
        transfer.proof_id = make_file(session, customer=make_house(session).customer).id
        with pytest.raises(IntegrityError):
            session.flush()

    def test_refuses_to_change_what_was_confirmed(self, session: Session) -> None:
        _invoice, transfer = announced(session)
        confirm(session, transfer, finance(session))
        with pytest.raises(IntegrityError):
            session.connection().exec_driver_sql("UPDATE ted_transfers SET amount_cents = 1")
