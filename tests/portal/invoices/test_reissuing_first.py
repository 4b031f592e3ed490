"""Emitir outra no lugar of a contract's first invoice, which was canceled."""

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cards.rules.cards import ChargeState
from portal.catalog.operations import change_first_period
from portal.catalog.rules import FirstPeriodPolicy
from portal.contracts.models import Contract
from portal.contracts.operations.canceling import cancel_contract
from portal.contracts.operations.changing import start_change
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.invoices.models import Invoice
from portal.invoices.operations.crediting import issue_credit_note
from portal.invoices.operations.reissuing import issue_in_its_place
from portal.invoices.queries.reading import find_first_invoice
from portal.invoices.rules.reissuing import NotToBeIssuedAgain
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.payouts.models import RepasseAccrual
from portal.receipts.models.payment import Payment
from portal.receipts.operations.returning import Asked, take_payment_back
from portal.receipts.rules.returning import ReturnCause
from portal.shared.auth import Actor, Role
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.mail_rows import MailMessage
from tests.factories.cards import CardCase
from tests.factories.contracts import make_contract, sign
from tests.factories.following import what_follows
from tests.factories.payments import pay
from tests.factories.payouts import make_finance
from tests.factories.quotes import NOON, House, make_house, save
from tests.factories.users import actor_of, make_user
from tests.portal.cancellations.test_leaving import asked_to_sign
from tests.portal.cards.test_card_charging import register
from tests.portal.invoices.test_free_months import broken, covered
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.people import ClientOf

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
TENTH, TWENTIETH = at_sao_paulo(date(2026, 6, 10), 12), at_sao_paulo(date(2026, 6, 20), 12)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def first_of(session: Session, contract: Contract) -> Invoice:
    invoice = find_first_invoice(session, contract.id)
    assert invoice is not None
    return invoice


def cancel(session: Session, invoice: Invoice, actor: Actor, now: datetime = TENTH) -> None:
    issue_credit_note(
        session,
        invoice_id=invoice.id,
        amount_cents=invoice.amount_cents,
        reason="Saiu com o endereço errado",
        seen_cents=0,
        actor=actor,
        now=now,
    )


def again(session: Session, invoice: Invoice, now: datetime = TWENTIETH) -> Invoice:
    return issue_in_its_place(session, invoice_id=invoice.id, actor=make_finance(session), now=now)


def told(session: Session, invoice: Invoice) -> int:
    mails = select(MailMessage.id).filter_by(kind="invoice_issued", subject_id=invoice.id)
    return len(session.scalars(mails).all())


class TestWhileTheContractWaitsForIt:
    """Signed on 01/06, its first invoice canceled on the 10th, another issued on the 20th."""

    @pytest.mark.deep
    def test_is_due_in_the_days_of_the_setting_and_mailed(self, session: Session, house: House) -> None:
        contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT, now=FIRST_OF_JUNE)
        void = first_of(session, contract)
        days = void.due_on - date(2026, 6, 1)
        cancel(session, void, house.admin)
        issued = again(session, void)
        assert (issued.state, issued.kind) == (InvoiceState.OPEN, InvoiceKind.INSTALLMENT)
        assert (issued.installment_number, issued.amount_cents) == (1, void.amount_cents)
        assert issued.due_on == date(2026, 6, 20) + days
        assert told(session, issued) == 1
        assert again(session, void).id == issued.id

    @pytest.mark.deep
    def test_begins_the_service_and_accrues_when_it_is_paid(self, session: Session, house: House) -> None:
        contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT, now=FIRST_OF_JUNE)
        void = first_of(session, contract)
        cancel(session, void, house.admin)
        issued = again(session, void)
        pay(session, invoice_id=issued.id, amount_cents=issued.amount_cents, now=TWENTIETH)
        what_follows(session)
        assert load_contract(session, contract.id).state is ContractState.ACTIVE
        assert covered(session, contract) == [(1, date(2026, 6, 20), date(2026, 7, 31))]
        accrued = select(RepasseAccrual.invoice_id, RepasseAccrual.paid_cents)
        rows = session.execute(accrued).all()
        assert ({row.invoice_id for row in rows}, sum(row.paid_cents for row in rows)) == (
            {issued.id},
            issued.amount_cents,
        )
        assert broken(session, date(2026, 6, 20)) == []

    @pytest.mark.deep
    def test_charges_no_more_days_than_are_left_of_the_month(self, session: Session, house: House) -> None:
        full, part = FirstPeriodPolicy.FULL_INSTALLMENT, FirstPeriodPolicy.PROPORTIONAL
        change_first_period(
            session, plan="gestao", wanted=part, seen=full, actor=house.admin, now=FIRST_OF_JUNE
        )
        contract = make_contract(
            session,
            house,
            state=ContractState.AWAITING_PAYMENT,
            now=FIRST_OF_JUNE,
            on=date(2026, 6, 1),
        )
        void = first_of(session, contract)
        cancel(session, void, house.admin)
        issued = again(session, void)
        assert (void.period_from, void.period_until) == (date(2026, 6, 1), date(2026, 6, 14))
        assert (issued.period_from, issued.period_until) == (date(2026, 6, 20), date(2026, 7, 14))
        pay(session, invoice_id=issued.id, amount_cents=issued.amount_cents, now=TWENTIETH)
        what_follows(session)
        assert covered(session, contract) == [(1, date(2026, 6, 20), date(2026, 7, 14))]
        assert broken(session, date(2026, 6, 20)) == []

    @pytest.mark.deep
    def test_is_mailed_with_the_signature_where_that_is_to_come(self, session: Session, house: House) -> None:
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE, now=FIRST_OF_JUNE)
        void = first_of(session, contract)
        cancel(session, void, house.admin)
        issued = again(session, void)
        assert told(session, issued) == 0
        sign(session, contract.id, now=TWENTIETH)
        assert told(session, issued) == 1

    @pytest.mark.deep
    def test_is_none_of_a_contract_that_was_dropped(self, session: Session, house: House) -> None:
        contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT, now=FIRST_OF_JUNE)
        void = first_of(session, contract)
        cancel_contract(session, contract=contract, reason="Desistiu", actor=house.seller, now=TENTH)
        with pytest.raises(NotToBeIssuedAgain, match="está cancelado: nada mais se cobra"):
            again(session, void)


class TestWhereACardPaysIt:
    def test_is_charged_at_once(self, visitor: PortalClient, card_case: CardCase) -> None:
        """The charge of the first one was begun; canceled before it was made, it never is."""
        register(visitor, card_case)
        card_case.sign()
        with card_case.transaction() as session:
            void = session.scalars(select(Invoice)).one()
            admin = actor_of(make_user(session, role=Role.ADMIN, name="Ana"))
            cancel(session, void, admin, now=NOON)
            void_id = void.id
        card_case.work_off()
        assert [charge.state for charge in card_case.charges()] == [ChargeState.CANCELED]
        with card_case.transaction() as session:
            issued = again(session, session.get_one(Invoice, void_id), now=NOON)
            assert (issued.due_on, told(session, issued)) == (day_of(NOON), 0)
        card_case.work_off()
        assert [charge.state for charge in card_case.charges()] == [
            ChargeState.CANCELED,
            ChargeState.SUCCEEDED,
        ]
        assert card_case.contract().state is ContractState.ACTIVE


class TestOfAnAmendment:
    @pytest.mark.deep
    def test_asks_for_the_same_difference(self, session: Session, house: House) -> None:
        base = make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        quote = start_change(
            session, contract=base, kind=ContractKind.AMENDMENT, actor=house.seller, now=FIRST_OF_JUNE
        )
        save(session, house, quote, now=FIRST_OF_JUNE, quantities={"user": 8})
        contract = asked_to_sign(session, quote, house, now=FIRST_OF_JUNE)
        sign(session, contract.id, now=FIRST_OF_JUNE)
        void = first_of(session, contract)
        assert void.kind is InvoiceKind.DIFFERENCE
        cancel(session, void, house.admin)
        issued = again(session, void)
        assert (issued.kind, issued.amount_cents) == (void.kind, void.amount_cents)
        pay(session, invoice_id=issued.id, amount_cents=issued.amount_cents, now=TWENTIETH)
        what_follows(session)
        assert load_contract(session, contract.id).state is ContractState.ACTIVE
        assert covered(session, contract) == [(1, date(2026, 6, 20), date(2026, 7, 31))]
        assert broken(session, date(2026, 6, 20)) == []


class TestOfAContractThatRuns:
    def test_is_none_while_it_is_paid(self, session: Session, house: House) -> None:
        contract = make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        with pytest.raises(NotToBeIssuedAgain, match="só a mensalidade anulada"):
            again(session, first_of(session, contract))

    def test_is_what_it_was_once_its_payment_went_back(self, session: Session, house: House) -> None:
        contract = make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        void, payment_id = first_of(session, contract), session.scalars(select(Payment.id)).one()
        asked = Asked(
            cause=ReturnCause.REFUND, key="r1", amount_cents=void.amount_cents, reason="Pago por engano"
        )
        take_payment_back(session, payment_id=payment_id, asked=asked, actor=None, now=TENTH)
        what_follows(session)
        assert covered(session, contract) == []
        cancel(session, void, house.admin)
        issued = again(session, void)
        assert (issued.amount_cents, issued.payment_number) == (void.amount_cents, 1)
        assert issued.due_on == date(2026, 6, 20)
        pay(session, invoice_id=issued.id, amount_cents=issued.amount_cents, now=TWENTIETH)
        what_follows(session)
        assert covered(session, contract) == [(1, date(2026, 6, 1), date(2026, 7, 31))]
        assert broken(session, date(2026, 6, 20)) == []


class TestThePage:
    def test_offers_it_to_finance(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT)
            void = first_of(session, contract)
            cancel(session, void, house.admin)
            void_id = void.id
            finance_id = make_user(session, role=Role.FINANCE).id
        finance, page = client_of(finance_id), f"/faturas/{void_id}"
        assert "Nenhuma fatura cobra o primeiro pagamento deste contrato" in finance.get(page).text
        answer = finance.submit(f"{page}/emitir-outra", {})
        with transaction() as session:
            issued = session.scalars(select(Invoice).where(Invoice.state == InvoiceState.OPEN)).one()
            label, target = issued.label, f"/faturas/{issued.id}"
        assert (answer.status_code, location(answer)) == (303, target)
        assert f">{label}</a>" in finance.get(page).text

    def test_says_why_none_can_be(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT)
            void_id = first_of(session, contract).id
            cancel_contract(session, contract=contract, reason="Desistiu", actor=house.seller, now=TENTH)
            finance_id = make_user(session, role=Role.FINANCE).id
        finance = client_of(finance_id)
        shown = finance.get(f"/faturas/{void_id}").text
        assert "está cancelado: nada mais se cobra dele" in shown
        assert "Emitir outra no lugar" not in shown
