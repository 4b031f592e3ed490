"""TEDs of a statement: matched by who paid, booked once whoever tells of them, the rest for a person."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.banking.models.statement import BankStatement, StatementLine
from portal.banking.operations.statements import match_some, take_as_ted, take_statement
from portal.banking.operations.ted_credits import note_ted_credit
from portal.banking.rules.bank_notices import Credit
from portal.banking.rules.return_lines import UnreadableFile
from portal.banking.rules.statement import LineOutcome
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import ParkedPayment, Payment
from portal.receipts.models.ted import TedTransfer
from portal.receipts.models.ted_credit import TedCredit
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.operations.ted import announce_ted, confirm_ted, confirm_ted_again
from portal.receipts.operations.ted_credits import decide_doubt
from portal.receipts.queries.finance import list_fitting_invoices
from portal.receipts.rules.receiving import Payer, PaymentOutcome, PaymentSource
from portal.receipts.rules.ted import TedState
from portal.receipts.rules.ted_credits import BankToldAlready, DoubtDecided
from portal.shared.auth import Actor, Role
from portal.shared.brazil import format_document
from portal.shared.clock import day_of
from tests.factories.invoices import make_invoice
from tests.factories.payments import A_DAY_LATER
from tests.factories.quotes import make_house
from tests.factories.statements import Entry, ofx
from tests.factories.users import actor_of, make_user
from tests.portal.receipts.test_ted import PDF, four_eyes_from

DAY = day_of(A_DAY_LATER)
SOMEBODY = "529.982.247-25"


def finance(session: Session) -> Actor:
    return actor_of(make_user(session, role=Role.FINANCE))


def entry(memo: str, fitid: str = "N1", amount: str = "199.90") -> Entry:
    return Entry(fitid=fitid, on=DAY, amount=amount, memo=memo)


def bring(session: Session, *entries: Entry, actor: Actor | None = None) -> list[StatementLine]:
    """A statement of some entries, matched to its end."""
    content = ofx(entries)
    found = take_statement(
        session, name="extrato.ofx", content=content, actor=actor or finance(session), now=A_DAY_LATER
    )
    while match_some(session, statement_id=found.id, now=A_DAY_LATER):
        pass
    lines = select(StatementLine).where(StatementLine.statement_id == found.id).order_by(StatementLine.line)
    return list(session.scalars(lines))


def outcomes(lines: list[StatementLine]) -> list[LineOutcome]:
    return [line.outcome for line in lines]


def by_document(invoice: Invoice) -> str:
    return f"TED RECEBIDA {format_document(invoice.payer_document)}"


def notice(invoice: Invoice, document: str | None = None, external_id: str = "TED0000000001") -> Credit:
    return Credit(
        external_id=external_id,
        reference=f"fatura {invoice.label}",
        amount_cents=199_90,
        currency="BRL",
        at=A_DAY_LATER,
        payer=Payer(name="Padaria", document=invoice.payer_document if document is None else document),
    )


def payments(session: Session) -> list[tuple[PaymentOutcome, int]]:
    session.flush()
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    rows = session.execute(select(Payment.outcome, Payment.amount_cents).order_by(Payment.id))
    return [(outcome, cents) for outcome, cents in rows]


class TestATedOfAStatement:
    @pytest.mark.deep
    def test_pays_the_invoice_of_its_payer(self, session: Session) -> None:
        invoice = make_invoice(session, payment_method="ted")
        make_invoice(session, payment_method="ted")  # somebody else owes the same
        lines = bring(session, entry(by_document(invoice)))
        assert outcomes(lines) == [LineOutcome.CONFIRMED]
        assert payments(session) == [(PaymentOutcome.SETTLED, 199_90)]
        assert session.get_one(Invoice, invoice.id).state is InvoiceState.PAID

    @pytest.mark.deep
    def test_is_of_the_invoice_its_text_names_among_the_payers(self, session: Session) -> None:
        house = make_house(session)
        first, second = make_invoice(session, house=house), make_invoice(session, house=house)
        document = first.payer_document
        lines = bring(
            session,
            entry(f"TED {format_document(document)}", "N1"),
            entry(f"TED {format_document(document)} FATURA {second.label}", "N2"),
        )
        assert outcomes(lines) == [LineOutcome.PARKED, LineOutcome.CONFIRMED]
        assert session.get_one(Invoice, second.id).state is InvoiceState.PAID
        assert session.get_one(Invoice, first.id).state is InvoiceState.OPEN

    def test_that_names_an_invoice_of_somebody_else_waits_for_a_person(self, session: Session) -> None:
        invoice = make_invoice(session)
        lines = bring(session, entry(f"TED {SOMEBODY} FATURA {invoice.label}"))
        assert outcomes(lines) == [LineOutcome.PARKED]
        parked = session.scalars(select(ParkedPayment)).one()
        assert session.get_one(Payment, parked.payment_id).payer_document == "52998224725"
        session.refresh(parked, ["payment"])
        assert [each.id for each in list_fitting_invoices(session, parked)] == [invoice.id]
        assert session.get_one(Invoice, invoice.id).state is InvoiceState.OPEN

    @pytest.mark.parametrize("amount", ["199.89", "399.80", "100"])
    def test_of_another_amount_waits_for_a_person(self, session: Session, amount: str) -> None:
        invoice = make_invoice(session)
        assert outcomes(bring(session, entry(by_document(invoice), amount=amount))) == [LineOutcome.PARKED]

    def test_without_a_document_waits_for_a_person(self, session: Session) -> None:
        make_invoice(session)
        assert outcomes(bring(session, entry("TED RECEBIDA PADARIA"))) == [LineOutcome.PARKED]

    def test_that_is_none_by_its_words_changes_nothing_until_a_person_says_so(self, session: Session) -> None:
        invoice, actor = make_invoice(session), finance(session)
        lines = bring(session, entry(f"RESGATE {format_document(invoice.payer_document)}"), actor=actor)
        assert outcomes(lines) == [LineOutcome.OTHER]
        assert payments(session) == []
        assert take_as_ted(session, line=lines[0], actor=actor, now=A_DAY_LATER).outcome is (
            LineOutcome.CONFIRMED
        )

    @pytest.mark.deep
    def test_is_confirmed_by_who_brought_it_and_a_large_one_by_two(self, session: Session) -> None:
        four_eyes_from(session, 100)
        invoice, actor = make_invoice(session), finance(session)
        lines = bring(session, entry(by_document(invoice)), actor=actor)
        transfer = session.scalars(select(TedTransfer)).one()
        assert (outcomes(lines), transfer.confirmed_by_id) == ([LineOutcome.SECOND], actor.user_id)
        assert payments(session) == []
        confirm_ted_again(session, transfer=transfer, actor=finance(session), now=A_DAY_LATER)
        assert payments(session) == [(PaymentOutcome.SETTLED, 199_90)]

    def test_is_not_confirmed_by_who_sent_its_proof(self, session: Session) -> None:
        invoice, actor = make_invoice(session), finance(session)
        announce_ted(session, invoice_id=invoice.id, proof=PDF, now=A_DAY_LATER, actor=actor)
        assert outcomes(bring(session, entry(by_document(invoice)), actor=actor)) == [LineOutcome.ANOTHER]
        assert payments(session) == []


class TestTheSameTed:
    """The bank's notice, its statement and a person, in every order, bring one payment."""

    @pytest.mark.parametrize("order", list(permutations(("notice", "statement", "person"))), ids="-".join)
    @pytest.mark.parametrize("times", [1, 2])
    def test_is_booked_once(self, session: Session, order: tuple[str, ...], times: int) -> None:
        invoice, actor = make_invoice(session, payment_method="ted"), finance(session)
        transfer = announce_ted(session, invoice_id=invoice.id, proof=PDF, now=A_DAY_LATER)

        def by_hand() -> None:
            if transfer.state is TedState.WAITING:
                confirm_ted(
                    session,
                    transfer=transfer,
                    amount_cents=199_90,
                    credited_on=DAY,
                    actor=actor,
                    now=A_DAY_LATER,
                )

        tell: dict[str, Callable[[], object]] = {
            "notice": lambda: note_ted_credit(session, credit=notice(invoice), now=A_DAY_LATER),
            "statement": lambda: bring(session, entry(by_document(invoice)), actor=actor),
            "person": by_hand,
        }
        for each in order * times:
            tell[each]()
        assert payments(session) == [(PaymentOutcome.SETTLED, 199_90)]
        credit = session.scalars(select(TedCredit)).one()
        assert credit.notice_reference == "TED0000000001"
        assert (credit.statement_reference or "").endswith(":N1")
        assert credit.transfer_id == transfer.id

    @pytest.mark.parametrize("first", ["notice", "statement"])
    def test_without_a_payer_is_one_row_too(self, session: Session, first: str) -> None:
        invoice = make_invoice(session)
        tell: list[Callable[[], object]] = [
            lambda: note_ted_credit(session, credit=notice(invoice, SOMEBODY_BARE), now=A_DAY_LATER),
            lambda: bring(session, entry("TED RECEBIDA")),
        ]
        for each in tell if first == "notice" else reversed(tell):
            each()
        assert payments(session) == [(PaymentOutcome.PARKED, 199_90)]
        assert session.scalar(select(func.count(TedCredit.id))) == 1

    @pytest.mark.deep
    def test_twice_on_one_day_are_two(self, session: Session) -> None:
        invoice = make_invoice(session)
        note_ted_credit(session, credit=notice(invoice), now=A_DAY_LATER)
        lines = bring(session, entry(by_document(invoice), "N1"), entry(by_document(invoice), "N2"))
        assert outcomes(lines) == [LineOutcome.CONFIRMED, LineOutcome.PARKED]
        assert payments(session) == [(PaymentOutcome.SETTLED, 199_90), (PaymentOutcome.PARKED, 199_90)]

    def test_parked_before_is_not_confirmed_by_a_person_again(self, session: Session) -> None:
        invoice = make_invoice(session, payment_method="ted")
        transfer = announce_ted(session, invoice_id=invoice.id, proof=PDF, now=A_DAY_LATER)
        bring(session, entry("TED RECEBIDA"))
        with pytest.raises(BankToldAlready):
            confirm_ted(
                session,
                transfer=transfer,
                amount_cents=199_90,
                credited_on=DAY,
                actor=finance(session),
                now=A_DAY_LATER,
            )

    @pytest.mark.parametrize("memo", ["TED RECEBIDA", f"TED {SOMEBODY}"])
    @pytest.mark.parametrize("is_same", [True, False])
    def test_that_a_person_may_have_confirmed_waits_for_one(
        self, session: Session, memo: str, is_same: bool
    ) -> None:
        invoice, actor = make_invoice(session, payment_method="ted"), finance(session)
        transfer = announce_ted(session, invoice_id=invoice.id, proof=PDF, now=A_DAY_LATER)
        confirm_ted(
            session, transfer=transfer, amount_cents=199_90, credited_on=DAY, actor=actor, now=A_DAY_LATER
        )
        (line,) = bring(session, entry(memo))
        assert line.outcome is LineOutcome.DOUBT
        assert payments(session) == [(PaymentOutcome.SETTLED, 199_90)]
        decide_doubt(session, credit_id=line.credit_id or 0, is_same=is_same, actor=actor, now=A_DAY_LATER)
        with pytest.raises(DoubtDecided):
            decide_doubt(session, credit_id=line.credit_id or 0, is_same=True, actor=actor, now=A_DAY_LATER)
        parked = [] if is_same else [(PaymentOutcome.PARKED, 199_90)]
        assert payments(session) == [(PaymentOutcome.SETTLED, 199_90), *parked]


SOMEBODY_BARE = "52998224725"


class TestAnotherStatement:
    def test_tells_of_its_new_entries_alone(self, session: Session) -> None:
        invoice, actor = make_invoice(session), finance(session)
        bring(session, entry(by_document(invoice)), actor=actor)
        lines = bring(session, entry(by_document(invoice)), entry("TED X", "N2"), actor=actor)
        assert [line.fitid for line in lines] == ["N2"]
        assert session.scalars(select(BankStatement.known).order_by(BankStatement.id)).all() == [0, 1]

    def test_with_the_same_content_is_the_same(self, session: Session) -> None:
        for _time in range(2):
            bring(session, entry("TED X"))
        assert session.scalar(select(func.count(BankStatement.id))) == 1

    def test_that_gives_a_name_to_another_entry_is_refused(self, session: Session) -> None:
        bring(session, entry("TED X"))
        with pytest.raises(UnreadableFile, match="linha 20 traz a identificação"):
            bring(session, entry("TED X", amount="1.00"))

    def test_of_an_account_that_is_not_ours_is_refused(self, session: Session) -> None:
        make_invoice(session)
        with pytest.raises(UnreadableFile, match="não é uma das nossas"):
            take_statement(
                session,
                name="x.ofx",
                content=ofx([entry("TED X")], account="999"),
                actor=finance(session),
                now=A_DAY_LATER,
            )


class TestTheDatabase:
    def test_lets_no_ted_be_booked_that_did_not_come_in(self, session: Session) -> None:
        invoice = make_invoice(session)
        receive_payment(
            session,
            source=PaymentSource.TED,
            external_id="FORGED0001",
            invoice_id=invoice.id,
            amount_cents=199_90,
            currency="BRL",
            paid_at=A_DAY_LATER,
            payer=Payer(),
            facts={},
            now=A_DAY_LATER,
        )
        with pytest.raises(IntegrityError, match="a TED that came in"):
            payments(session)

    @pytest.mark.parametrize(
        "change",
        [
            "payment_id = NULL",
            "statement_reference = 'other'",
            "amount_cents = 1",
            "credited_on = '2026-01-01'",
            "ordinal = 2",
        ],
    )
    def test_keeps_what_is_known_of_a_ted(self, session: Session, change: str) -> None:
        invoice = make_invoice(session)
        bring(session, entry(by_document(invoice)))
        with pytest.raises(IntegrityError, match="never changes"):
            session.execute(text("UPDATE ted_credits SET " + change))  # noqa: S608 - our own words

    def test_waits_for_a_statement_of_the_past_like_any(self, session: Session) -> None:
        old = Entry(fitid="OLD", on=DAY - timedelta(days=400), amount="199.90", memo="TED X")
        assert outcomes(bring(session, old)) == [LineOutcome.PARKED]
