"""Many invoices that one payment each pays in full, settled by as many statements as for one.

The rules are those of `settling` and `late_charges`; what does not fit here (a part, credit, a contract's
first invoice) goes one by one. Rows bear no entry of the log each: a timeline shows the payments themselves.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import DateTime, any_, bindparam, func, insert, literal, or_, select, text
from sqlalchemy.orm import Session

from calculator import LateCharges
from portal.contracts.models import Contract
from portal.invoices.events import InvoicePaid, InvoicesPaid
from portal.invoices.models import Invoice, LateCharge, Posting
from portal.invoices.operations.late_charges import SMALL_DIFFERENCE
from portal.invoices.operations.ledger import posting_values
from portal.invoices.queries.due_dates import payable_days
from portal.invoices.queries.late_charges import FREE_INSTALLMENT, charges_by_terms, face_within, is_open
from portal.invoices.queries.plain import PlainInvoice
from portal.invoices.rules.ledger import Account, PostingKind
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.shared.arrays import IDS, TEXTS
from portal.shared.clock import day_of
from portal.shared.events import publish
from portal.shared.queueing import forget, insert_rows
from portal.subscriptions.models import Coverage, Subscription
from portal.subscriptions.rules import UNPAID

NO_LATENESS = LateCharges(0, 0, 0)
_COLUMNS = tuple(getattr(Invoice, name) for name in PlainInvoice._fields)
# Instants go as texts: the driver writes a thousand of them eight times as fast as an array of instants.
PAID = text(
    "UPDATE invoices SET state = 'paid', paid_cents = amount_cents, paid_at = CAST(told.at AS timestamptz)"
    " FROM unnest(:ids, :ats) AS told (id, at) WHERE invoices.id = told.id AND invoices.state = 'open'"
).bindparams(bindparam("ids", type_=IDS), bindparam("ats", type_=TEXTS))


class WholePayment(NamedTuple):
    """A payment made `at` of all that is open of an invoice, in centavos; `short_…` is let go."""

    invoice: PlainInvoice
    payment_key: str
    at: datetime
    late: LateCharges
    face_cents: int
    short_face_cents: int
    charges_cents: int
    short_charges_cents: int
    surplus_cents: int
    fee_cents: int


def lock_plain_invoices(session: Session, invoice_ids: Collection[int]) -> dict[int, PlainInvoice]:
    """Those of the invoices that can be settled together, under the locks of their contracts, by id.

    Open, not a contract's first, with a period that nothing covered before, of a service that goes on and
    is not suspended nor released in trust, without charges left of an earlier payment; where
    charges come first, without any.
    """
    named = Invoice.id == any_(literal(sorted(invoice_ids), IDS))
    of_contracts = select(Invoice.contract_id).where(named)
    locked = select(Contract.id).where(Contract.id.in_(of_contracts)).order_by(Contract.id)
    session.execute(locked.with_for_update(key_share=True))
    covered = select(Coverage.id).where(
        Coverage.contract_id == Invoice.contract_id, Coverage.number == Invoice.installment_number
    )
    in_service = select(Subscription.id).where(
        Subscription.contract_id == Invoice.contract_id,
        Subscription.service_state.not_in(UNPAID),
        Subscription.ended_at.is_(None),
    )
    left = select(LateCharge.id).where(
        LateCharge.invoice_id == Invoice.id, or_(is_open(), Invoice.charges_first)
    )
    plain = (
        select(*_COLUMNS)
        .where(
            named,
            Invoice.state == InvoiceState.OPEN,
            Invoice.kind == InvoiceKind.INSTALLMENT,
            Invoice.installment_number != FREE_INSTALLMENT,
            Invoice.period_from.is_not(None),
            ~covered.exists(),
            in_service.exists(),
            ~left.exists(),
        )
        .order_by(Invoice.id)
        .with_for_update()
    )
    session.flush()
    found = session.connection().execute(plain)  # a session would take as long again for its rows
    return {row.id: PlainInvoice(*row) for row in found}


def lateness_on(session: Session, wanted: Sequence[tuple[PlainInvoice, datetime]]) -> list[LateCharges]:
    """What paying all that is open of each invoice at its instant adds, in the order asked."""
    until = payable_days(session)
    return [
        charges_by_terms(invoice, cents=cents, day=day_of(at), until=until(invoice.due_on))
        if (cents := face_within(invoice, invoice.open_cents))
        else NO_LATENESS
        for invoice, at in wanted
    ]


def settle_invoices(session: Session, payments: Sequence[WholePayment], *, now: datetime) -> None:
    """Let each payment pay its invoice, locked by `lock_plain_invoices`, with the charges that come with it.

    The payments' rows are there already. Publishes `InvoicesPaid`.
    """
    if not payments:
        return
    postings = [values for payment in payments for values in _postings(payment, now=now)]
    insert_rows(session, Posting, postings)
    late = [payment for payment in payments if payment.late.total_cents]
    insert_rows(session, LateCharge, [_late_charge(payment, now=now) for payment in late])
    ids, ats = [each.invoice.id for each in payments], [each.at.isoformat() for each in payments]
    session.execute(PAID, {"ids": ids, "ats": ats})
    paid = tuple(
        InvoicePaid(
            invoice_id=each.invoice.id,
            contract_id=each.invoice.contract_id,
            payment_key=each.payment_key,
            installment_number=each.invoice.installment_number,
            paid_at=each.at,
            at=now,
        )
        for each in payments
    )
    forget(session, Invoice, ids)
    publish(session, InvoicesPaid(paid=paid, at=now))


def cover_paid_periods(
    session: Session, invoice_ids: Sequence[int], keys: Sequence[str], now: datetime
) -> None:
    """Release each invoice's own period by the payment that paid it."""
    told = (
        func.unnest(
            bindparam("ids", invoice_ids, type_=IDS),
            bindparam("keys", keys, type_=TEXTS),
        )
        .table_valued("id", "key")
        .render_derived()
    )
    rows = select(
        Invoice.contract_id,
        Invoice.partner_id,
        Invoice.customer_id,
        Invoice.installment_number,
        Invoice.period_from,
        Invoice.period_until,
        func.coalesce(Invoice.grace_until, Invoice.period_until),
        told.c.key,
        literal(False),  # noqa: FBT003 - a value, not a flag
        bindparam("now", now, type_=DateTime(timezone=True)),
    ).join(told, told.c.id == Invoice.id)
    columns = ["contract_id", "partner_id", "customer_id", "number", "covers_from", "covers_until"]
    columns += ["grace_until", "payment_key", "after_suspension", "created_at"]
    session.execute(insert(Coverage).from_select(columns, rows, include_defaults=False))


def _postings(payment: WholePayment, *, now: datetime) -> list[dict[str, Any]]:
    cash = Account.cash_of(payment.payment_key)
    whose: dict[str, Any] = {
        "payment_key": payment.payment_key,
        "invoice_id": payment.invoice.id,
        "partner_id": payment.invoice.partner_id,
        "customer_id": payment.invoice.customer_id,
        "now": now,
    }
    parts = (
        (PostingKind.PAID, cash, Account.RECEIVABLE, payment.face_cents, ""),
        (PostingKind.ADJUSTED, Account.DIFFERENCES, Account.RECEIVABLE, payment.short_face_cents, "short"),
        (PostingKind.LATE_CHARGES, cash, Account.LATE_CHARGES, payment.charges_cents, ""),
        (PostingKind.ADJUSTED, cash, Account.DIFFERENCES, payment.surplus_cents, "surplus"),
    )
    found = [
        posting_values(kind=kind, debit=debit, credit=credit, amount_cents=cents, part=part, **whose)
        for kind, debit, credit, cents, part in parts
        if cents
    ]
    if payment.fee_cents:
        found.append(
            posting_values(
                kind=PostingKind.FEE,
                debit=Account.BANK_FEES,
                credit=cash,
                amount_cents=payment.fee_cents,
                payment_key=payment.payment_key,
                now=now,
            )
        )
    return found


def _late_charge(payment: WholePayment, *, now: datetime) -> dict[str, Any]:
    invoice, late = payment.invoice, payment.late
    return {
        "invoice_id": invoice.id,
        "partner_id": invoice.partner_id,
        "customer_id": invoice.customer_id,
        "payment_key": payment.payment_key,
        "base_cents": face_within(invoice, payment.face_cents + payment.short_face_cents),
        "days_late": late.days_late,
        "late_fee_cents": late.late_fee_cents,
        "late_interest_cents": late.late_interest_cents,
        "assessed_at": now,
        "paid_cents": payment.charges_cents,
        "waived_cents": payment.short_charges_cents,
        "waived_by_id": None,
        "carried_to_id": None,
        "waive_reason": SMALL_DIFFERENCE if payment.short_charges_cents else "",
        "carried_cents": 0,
        "returned_cents": 0,
        "dropped_cents": 0,
    }
