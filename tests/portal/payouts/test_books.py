"""The nightly check says when the books do not agree, and is quiet when they do."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from portal.cards.models.charge import Charge
from portal.cards.queries.books import find_old_unknowns
from portal.cards.rules.cards import ChargeState
from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice, InvoiceLine, InvoiceSeries, Posting
from portal.invoices.operations.issuing import issue_invoice
from portal.invoices.operations.ledger import post
from portal.invoices.operations.settling import void_invoice
from portal.invoices.queries.books import find_broken_receivables
from portal.invoices.queries.reading import find_first_invoice
from portal.invoices.rules.ledger import Account, PostingKind
from portal.payouts.models import RepasseAccrual
from portal.payouts.queries.books import find_broken_accruals, find_broken_cash, find_broken_logs
from portal.payouts.rules import BooksBroken
from portal.payouts.scheduled import check_books
from portal.receipts.models.payment import Payment
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.rules.receiving import Payer, PaymentOutcome, PaymentSource
from portal.shared.audit import LogEntry
from portal.shared.db import db
from portal.shared.mail import find_forgotten_mails
from portal.shared.mail_rows import MailMessage
from portal.shared.schedule import find_job, run_job_now
from portal.subscriptions.models import Coverage
from portal.subscriptions.operations.ending import end_subscription
from tests.factories.cards import make_waiting_charge
from tests.factories.contracts import make_contract
from tests.factories.following import what_follows
from tests.factories.invoices import make_invoice
from tests.factories.quotes import NOON, make_house
from tests.support.application import Transaction
from tests.support.remembered import remembered


def pay(session: Session, invoice: Invoice, external_id: str = "1", cents: int | None = None) -> None:
    receive_payment(
        session,
        source=PaymentSource.PIX,
        external_id=external_id,
        invoice_id=invoice.id,
        amount_cents=invoice.amount_cents if cents is None else cents,
        currency="BRL",
        paid_at=NOON,
        payer=Payer(),
        facts={},
        now=NOON,
    )
    what_follows(session)


@remembered
def a_busy_month(session: Session) -> Invoice:
    """Paid by one, paid twice by another, with a wrong amount by a third, void of a fourth."""
    house = make_house(session)
    paid = []
    for external_id in ("1", "2", "3"):
        contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT)
        invoice = find_first_invoice(session, contract.id)
        assert invoice is not None
        pay(session, invoice, external_id, 1 if external_id == "3" else None)
        paid.append(invoice)
    pay(session, paid[1], "2 again")
    void = make_invoice(session, house=house)
    void_invoice(session, invoice_id=void.id, reason="Engano", actor=None, now=NOON)
    make_invoice(session, house=house, payment_method="card")
    session.flush()
    return paid[0]


def broken(session: Session) -> str:
    with pytest.raises(BooksBroken) as found:
        check_books(session, now=NOON)
    return found.value.message


class TestTheNightlyCheck:
    @pytest.mark.deep
    def test_is_content_with_whatever_the_portal_itself_does(self, session: Session) -> None:
        a_busy_month(session)
        assert check_books(session, now=NOON).message == (
            "Faturas, pagamentos, repasses, e-mails e registro conferem."
        )

    def test_may_take_minutes_over_a_million_invoices(self, session: Session) -> None:
        """No other statement may: the limit is a minute."""
        check_books(session, now=NOON)
        assert session.execute(text("SHOW statement_timeout")).scalar_one() == "5min"

    @pytest.mark.deep
    def test_finds_a_receivable_that_is_not_what_is_open(self, session: Session) -> None:
        invoice = a_busy_month(session)
        post(
            session,
            kind=PostingKind.VOIDED,
            debit=Account.RECEIVABLE,
            credit=Account.DEFERRED_REVENUE,
            amount_cents=1,
            invoice_id=invoice.id,
            partner_id=invoice.partner_id,
            customer_id=invoice.customer_id,
            now=NOON,
        )
        assert find_broken_receivables(session) == [invoice.id]
        assert "faturas com valor a receber diferente (M4): 1" in broken(session)

    @pytest.mark.deep
    @pytest.mark.parametrize("key", ["pix:ghost", "pix:1"])
    def test_finds_cash_that_no_payment_brought_or_one_brought_twice(
        self, session: Session, key: str
    ) -> None:
        a_busy_month(session)
        post(
            session,
            kind=PostingKind.PARKED,
            debit=Account.CASH_PIX,
            credit=Account.UNIDENTIFIED,
            amount_cents=199_90,
            payment_key=key,
            now=NOON,
        )
        assert find_broken_cash(session) == [key]
        assert "pagamentos fora do caixa (M5): 1" in broken(session)

    def test_finds_repasse_the_breakdown_does_not_give(self, session: Session) -> None:
        invoice = a_busy_month(session)
        extra = session.scalars(select(RepasseAccrual).where(RepasseAccrual.invoice_id == invoice.id)).one()
        row = {column.name: getattr(extra, column.name) for column in RepasseAccrual.__table__.columns}
        del row["id"]
        session.execute(insert(RepasseAccrual).values(**row | {"position": 2}))
        assert find_broken_accruals(session) == [invoice.id]

    @pytest.mark.deep
    def test_finds_repasse_booked_otherwise_than_accrued(self, session: Session) -> None:
        invoice = a_busy_month(session)
        posting = session.scalars(
            select(Posting).where(Posting.invoice_id == invoice.id, Posting.kind == PostingKind.REPASSE)
        ).one()
        row = {column.name: getattr(posting, column.name) for column in Posting.__table__.columns}
        del row["id"]
        session.execute(insert(Posting).values(**row | {"key": "again"}))
        assert find_broken_accruals(session) == [invoice.id]
        found = broken(session)
        assert "repasses diferentes do cálculo (M14): 1" in found
        assert "repasse a pagar diferente dos extratos (M14): 1" in found

    @pytest.mark.deep
    def test_finds_a_payment_that_paid_its_invoice_nothing(self, session: Session) -> None:
        a_busy_month(session)
        parked = session.scalars(select(Payment).where(Payment.outcome == PaymentOutcome.PARKED)).one()
        other = make_invoice(session)
        parked.invoice_id, parked.partner_id, parked.customer_id = (
            other.id,
            other.partner_id,
            other.customer_id,
        )
        parked.outcome = PaymentOutcome.SETTLED
        session.flush()
        assert "pagamentos diferentes da sua fatura (S4): 1" in broken(session)

    @pytest.mark.deep
    def test_finds_an_invoice_for_months_after_the_end_of_its_contract(self, session: Session) -> None:
        invoice = a_busy_month(session)
        contract = session.get_one(Contract, invoice.contract_id)
        contract.state, contract.ends_on, contract.closed_at = ContractState.ENDED, date(2026, 6, 30), NOON
        end_subscription(session, contract_id=contract.id, at=NOON)
        values = {
            column.name: getattr(invoice, column.name)
            for column in Invoice.__table__.columns
            if column.name not in ("id", "number", "issued_at", "paid_at")
        }
        twice = 2 * invoice.amount_cents  # what the month left as credit pays only the half of it
        later = {"installment_number": 2, "term_number": 2, "state": "draft", "paid_cents": 0}
        later |= {"amount_cents": twice}
        later |= dict.fromkeys(("due_month", "period_from", "period_until", "grace_until"), date(2026, 7, 1))
        session.execute(insert(Invoice).values(**values | later))
        draft = session.scalars(select(Invoice).where(Invoice.state == "draft").order_by(Invoice.id)).all()[
            -1
        ]
        line = {"position": 1, "code": "x", "label": "X", "quantity": 1}
        session.execute(
            insert(InvoiceLine).values(invoice_id=draft.id, amount_cents=draft.amount_cents, **line)
        )
        issue_invoice(session, invoice=draft, due_on=date(2026, 7, 15), now=NOON)
        assert "faturas em aberto depois do fim do contrato (M10): 1" in broken(session)

    @pytest.mark.deep
    @pytest.mark.parametrize("first_day", [date(2026, 7, 31), date(2026, 8, 2)])
    def test_finds_paid_time_that_overlaps_or_leaves_a_gap(self, session: Session, first_day: date) -> None:
        a_busy_month(session)
        row = session.scalars(select(Coverage)).first()
        assert row is not None
        assert row.covers_until == date(2026, 7, 31)
        values = {column.name: getattr(row, column.name) for column in Coverage.__table__.columns}
        del values["id"]
        until = dict.fromkeys(("covers_until", "grace_until"), date(2026, 8, 31))
        session.execute(insert(Coverage).values(**values | until | {"number": 2, "covers_from": first_day}))
        assert "períodos pagos que não se seguem (M16): 1" in broken(session)

    def test_finds_a_charge_nobody_has_heard_of_for_a_day(self, session: Session) -> None:
        make_waiting_charge(session, make_invoice(session))
        charge = session.scalars(select(Charge)).one()
        assert find_old_unknowns(session, now=NOON + timedelta(days=9)) == []  # the customer's turn is known
        charge.state = ChargeState.UNKNOWN
        assert find_old_unknowns(session, now=NOON + timedelta(hours=23)) == []
        assert find_old_unknowns(session, now=NOON + timedelta(hours=25)) == [charge.key]

    def test_finds_a_mail_that_nobody_sends(self, session: Session) -> None:
        a_busy_month(session)
        mails = session.scalars(select(MailMessage.id).order_by(MailMessage.id)).all()
        assert mails
        assert find_forgotten_mails(session, now=NOON + timedelta(hours=1)) == []
        assert find_forgotten_mails(session, now=NOON + timedelta(hours=3)) == mails
        session.execute(update(MailMessage).values(state="failed"))
        assert find_forgotten_mails(session, now=NOON + timedelta(hours=3)) == []

    @pytest.mark.deep
    def test_finds_a_number_no_invoice_bears(self, session: Session) -> None:
        a_busy_month(session)
        session.execute(update(InvoiceSeries).values(last_number=InvoiceSeries.last_number + 2))
        assert "números de fatura sem fatura (M12): 2 (5, 6)" in broken(session)

    @pytest.mark.deep
    def test_finds_lines_that_do_not_add_up(self, session: Session) -> None:
        draft = make_invoice(session, payment_method="card")
        line = {"position": 9, "code": "x", "label": "X", "quantity": 1, "amount_cents": 1}
        session.execute(insert(InvoiceLine).values(invoice_id=draft.id, **line))
        assert "faturas que não somam (M11): 1" in broken(session)

    def test_finds_a_log_that_was_written_past_its_chain(self, session: Session) -> None:
        invoice = a_busy_month(session)
        last = session.scalars(
            select(LogEntry)
            .where(LogEntry.customer_id == invoice.customer_id)
            .order_by(LogEntry.position.desc())
        ).first()
        assert last is not None
        row = {column.name: getattr(last, column.name) for column in LogEntry.__table__.columns}
        del row["id"]
        session.execute(insert(LogEntry).values(**row | {"position": last.position + 1}))
        assert find_broken_logs(session, since=NOON - timedelta(hours=1)) == [last.stream]
        assert find_broken_logs(session, since=NOON + timedelta(hours=1)) == []


class TestTheJob:
    @pytest.mark.deep
    def test_counts_as_failed_and_says_what_is_broken(self, app: Flask, transaction: Transaction) -> None:
        with transaction() as session:
            make_invoice(session)
            session.execute(update(InvoiceSeries).values(last_number=5))
        with app.app_context():
            found = find_job("check-books")
            assert found is not None
            run = run_job_now(db.engine, *found, as_of=NOON, clock=lambda: datetime(2026, 6, 11, tzinfo=UTC))
        assert run.outcome == "failed"
        assert run.message.endswith("números de fatura sem fatura (M12): 4 (2, 3, 4, 5).")


@pytest.mark.usefixtures("noon")
class TestTheCommand:
    def test_says_what_holds_and_names_the_rows_of_what_does_not(
        self, app: Flask, transaction: Transaction
    ) -> None:
        with transaction() as session:
            invoice_id = a_busy_month(session).id
        fine = app.test_cli_runner().invoke(args=["invariants"])
        assert (fine.exit_code, fine.output) == (0, "42 checks, 0 broken.\n")
        with transaction() as session:
            invoice = session.get_one(Invoice, invoice_id)
            post(
                session,
                kind=PostingKind.ISSUED,
                debit=Account.RECEIVABLE,
                credit=Account.DEFERRED_REVENUE,
                amount_cents=1,
                invoice_id=invoice.id,
                partner_id=invoice.partner_id,
                customer_id=invoice.customer_id,
                part="again",
                now=NOON,
            )
        broken = app.test_cli_runner().invoke(args=["invariants"])
        assert broken.exit_code == 1
        assert f"M4: faturas com valor a receber diferente: 1 ({invoice_id})" in broken.output
