"""What the database refuses whatever the code does (invariants M2, M3, M11, M12)."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice, InvoiceLine, InvoiceSeries, Posting
from portal.invoices.operations.settling import settle_invoice, void_invoice
from portal.invoices.rules.states import InvoiceState
from portal.payouts.models import RepasseAccrual
from portal.subscriptions.models import Coverage
from tests.factories.contracts import make_contract
from tests.factories.invoices import make_billed, make_invoice
from tests.factories.quotes import NOON, make_house


def refused(session: Session, statement: Any) -> bool:
    try:
        with session.begin_nested():
            session.execute(statement)
    except IntegrityError:
        return True
    return False


def next_row(invoice: Invoice) -> dict[str, Any]:
    """The values of a draft of the same contract's second payment, of July."""
    row = {column.name: getattr(invoice, column.name) for column in Invoice.__table__.columns}
    row |= {"number": None, "issued_at": None, "state": InvoiceState.DRAFT, "due_month": date(2026, 7, 1)}
    row |= {"installment_number": 2, "term_number": 2, "payment_number": 1}
    row |= dict.fromkeys(("period_from", "period_until", "grace_until"), date(2026, 8, 1))
    del row["id"]
    return row


class TestAnIssuedInvoice:
    @pytest.mark.parametrize(
        "change",
        [
            {"amount_cents": 1},
            {"due_on": date(2026, 6, 16)},
            {"number": 7},
            {"number": None},
            {"payer_name": "Outro"},
            {"explanation": "Outra"},
            {"currency": "USD"},
            {"state": InvoiceState.DRAFT},
            {"state": InvoiceState.PAID},
            {"paid_cents": 199_91},
            {"paid_cents": -1},
        ],
    )
    def test_is_not_changed(self, session: Session, change: dict[str, Any]) -> None:
        invoice = make_invoice(session)
        assert refused(session, update(Invoice).where(Invoice.id == invoice.id).values(**change))

    def test_is_not_removed_nor_are_its_lines(self, session: Session) -> None:
        make_invoice(session)
        assert refused(session, delete(Invoice))
        assert refused(session, delete(InvoiceLine))
        assert refused(session, update(InvoiceLine).values(amount_cents=1))

    def test_gets_no_more_lines(self, session: Session) -> None:
        invoice = make_invoice(session)
        line = {"position": 9, "code": "x", "label": "X", "quantity": 1, "amount_cents": 0}
        assert refused(session, insert(InvoiceLine).values(invoice_id=invoice.id, **line))

    @pytest.mark.deep
    def test_that_is_paid_or_void_stays_so(self, session: Session) -> None:
        paid = make_invoice(session)
        settle_invoice(
            session, invoice_id=paid.id, payment_key="pix:1", amount_cents=199_90, at=NOON, now=NOON
        )
        void = make_invoice(session, house=make_house(session))
        void_invoice(session, invoice_id=void.id, reason="Engano", actor=None, now=NOON)
        session.flush()
        opened = {"state": InvoiceState.OPEN, "paid_at": None, "voided_at": None}
        for invoice in (paid, void):
            assert refused(session, update(Invoice).where(Invoice.id == invoice.id).values(**opened))


class TestADraft:
    def test_is_not_issued_with_lines_that_do_not_add_up(self, session: Session) -> None:
        draft = make_invoice(session, payment_method="card")
        issued = {"state": InvoiceState.OPEN, "number": 1, "issued_at": NOON}
        of_draft = update(Invoice).where(Invoice.id == draft.id)
        assert refused(session, of_draft.values(amount_cents=199_89, **issued))
        assert not refused(session, of_draft.values(**issued))


class TestASecondInvoice:
    def test_for_the_same_payment_of_a_term_is_refused(self, session: Session) -> None:
        row = next_row(make_billed(session).invoice)
        assert refused(session, insert(Invoice).values(**row | {"term_number": 1}))
        assert refused(session, insert(Invoice).values(**row | {"installment_number": 1}))
        assert not refused(session, insert(Invoice).values(**row))
        assert refused(session, insert(Invoice).values(**row | {"installment_number": 3}))

    def test_may_fall_due_in_the_month_of_another(self, session: Session) -> None:
        invoice = make_billed(session).invoice
        row = next_row(invoice) | {"due_month": invoice.due_month, "due_on": date(2026, 6, 15)}
        assert not refused(session, insert(Invoice).values(**row))

    def test_of_a_contract_is_no_first_period_and_says_what_it_bills(self, session: Session) -> None:
        row = next_row(make_billed(session).invoice)
        first = {"kind": "first_period", "term_number": None, "payment_number": None}
        assert refused(session, insert(Invoice).values(**row | first))
        for missing in ("term_number", "payment_number", "period_from", "grace_until"):
            assert refused(session, insert(Invoice).values(**row | {missing: None})), missing

    def test_keeps_its_place_once_it_is_issued(self, session: Session) -> None:
        invoice = make_billed(session).invoice
        for change in ({"term_number": 2}, {"payment_number": 2}):
            assert refused(session, update(Invoice).where(Invoice.id == invoice.id).values(**change))

    def test_does_not_begin_issued(self, session: Session) -> None:
        invoice = make_billed(session).invoice
        row = next_row(invoice) | {"number": 2, "issued_at": invoice.issued_at, "state": invoice.state}
        assert refused(session, insert(Invoice).values(**row))


class TestTheSeries:
    def test_never_goes_back(self, session: Session) -> None:
        make_invoice(session)
        for number in (0, 1):
            assert refused(session, update(InvoiceSeries).values(last_number=number))
        assert refused(session, delete(InvoiceSeries))


class TestTheLedgers:
    @pytest.mark.deep
    def test_only_grow(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house)
        invoice = make_invoice(session, contract=contract)
        active = make_contract(session, house, state=ContractState.ACTIVE)
        assert refused(session, update(Posting).values(amount_cents=1))
        assert refused(session, delete(Posting))
        coverage = {
            "contract_id": active.id,
            "partner_id": active.partner_id,
            "customer_id": active.customer_id,
            "number": 2,
            "covers_from": date(2026, 8, 1),
            "covers_until": date(2026, 8, 31),
            "grace_until": date(2026, 8, 31),
            "payment_key": "pix:1",
            "created_at": NOON,
        }
        not_active = {"contract_id": contract.id}
        assert refused(session, insert(Coverage).values(**coverage | not_active))
        assert not refused(session, insert(Coverage).values(**coverage))
        assert refused(session, insert(Coverage).values(**coverage))
        backwards = {"number": 3, "covers_until": date(2026, 7, 31)}
        assert refused(session, insert(Coverage).values(**coverage | backwards))
        assert refused(session, update(Coverage).values(covers_until=date(2027, 1, 1)))
        assert refused(session, delete(Coverage))
        accrual = {
            "payment_key": "pix:1",
            "invoice_id": invoice.id,
            "contract_id": contract.id,
            "partner_id": contract.partner_id,
            "customer_id": contract.customer_id,
            "position": 1,
            "line_code": "plan:gestao",
            "line_label": "Hiper Gestão",
            "quantity": 1,
            "paid_cents": 100,
            "cost_cents": 40,
            "central_fee_cents": 10,
            "vendor_share_cents": 0,
            "repasse_cents": 50,
            "month": date(2026, 6, 1),
            "accrued_at": NOON,
        }
        assert refused(session, insert(RepasseAccrual).values(**accrual | {"repasse_cents": 51}))
        assert not refused(session, insert(RepasseAccrual).values(**accrual))
        assert refused(session, insert(RepasseAccrual).values(**accrual))
        assert refused(session, update(RepasseAccrual).values(repasse_cents=49, cost_cents=41))
        assert refused(session, delete(RepasseAccrual))

    @pytest.mark.parametrize(
        "change",
        [
            {"amount_cents": 0},
            {"amount_cents": -1},
            {"credit_account": "receivable"},
            {"debit_account": "purse"},
        ],
    )
    def test_take_no_posting_that_is_none(self, session: Session, change: dict[str, Any]) -> None:
        invoice = make_invoice(session)
        row = {
            "key": "'x'",
            "kind": "'paid'",
            "debit_account": "'receivable'",
            "credit_account": "'deferred_revenue'",
            "amount_cents": 1,
            "payment_key": "''",
            "invoice_id": invoice.id,
            "partner_id": invoice.partner_id,
            "customer_id": invoice.customer_id,
            "booked_at": "'2026-06-10 15:00:00'",
        }
        quoted = {name: f"'{value}'" if isinstance(value, str) else value for name, value in change.items()}
        values = row | quoted
        columns, cells = ", ".join(values), ", ".join(str(value) for value in values.values())
        assert refused(session, text(f"INSERT INTO postings ({columns}) VALUES ({cells})"))  # noqa: S608
