"""Making the invoices of a whole set at once: what `issue_installment` does for one.

Each function is a statement or two, however large the set. A test makes the invoices of the same
subscriptions both ways and compares the rows.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.customers.models import Customer
from portal.invoices.models import BillingChunk, Invoice, InvoiceLine, LateCharge, Posting
from portal.invoices.operations.carrying import carry_charges
from portal.invoices.queries.billing import DueSet, find_misfits, fits, is_invoiced, sums_of
from portal.invoices.queries.carrying import charges_of_set, left_of_set
from portal.invoices.rules import charges
from portal.invoices.rules.billing import why_parked
from portal.invoices.rules.ledger import Account, PostingKind
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.partners.models import Partner
from portal.shared.clock import day_of
from portal.subscriptions.models import Subscription
from portal.subscriptions.operations import billing
from portal.subscriptions.queries.periods import period_of
from portal.subscriptions.queries.reading import lines_of_payment
from portal.subscriptions.rules import BilledTo


def bill(session: Session, chunk: BillingChunk, due: DueSet, *, now: datetime) -> None:
    """Invoices, lines and postings of the next payments of a locked set, which goes on to those after.

    As many as the chunk has numbers left; what does not fit is left as it is. Where an invoice is there
    already, its subscription only goes on. Late charges that are left of paid invoices go along, where there
    are any.
    """
    left = charges_of_set(due.condition).with_for_update(of=LateCharge)
    left_over = left_of_set(due.condition) if session.scalars(left).all() else None
    _insert_invoices(session, chunk, due, left_over, now=now)
    _insert_lines(session, chunk, due)
    _post(session, chunk, due, PostingKind.ISSUED, now=now)
    if left_over is not None:
        _insert_carried_lines(session, chunk, due, left_over)
        _post(session, chunk, due, PostingKind.CARRIED, now=now)
        carry_charges(session, _made(chunk, due))
    billing.advance(session, and_(due.condition, is_invoiced()))


def park_misfits(session: Session, due: DueSet) -> int:
    """Pass by, with the reason, what of a locked set cannot be billed; how many."""
    misfits = {payment.subscription_id: why_parked(payment) for payment in find_misfits(session, due)}
    billing.park(session, reasons=misfits)
    return len(misfits)


def _made(chunk: BillingChunk, due: DueSet) -> ColumnElement[bool]:
    """Which invoices of a chunk are of a set that is not moved on yet."""
    of_set = select(Subscription.contract_id).where(due.condition)
    return and_(Invoice.chunk_id == chunk.id, Invoice.contract_id.in_(of_set))


def _insert_invoices(
    session: Session, chunk: BillingChunk, due: DueSet, left_over: Subquery | None, *, now: datetime
) -> None:
    used = select(func.count()).where(Invoice.chunk_id == chunk.id).scalar_subquery()
    place = func.row_number().over(order_by=Subscription.id)
    rows = _next_invoices(due, left_over, today=day_of(now)).add_columns(
        literal(chunk.id, BigInteger).label("chunk_id"),
        (chunk.first_number - 1 + used + place).label("number"),
        literal(InvoiceState.OPEN, String).label("state"),
        literal(now, Invoice.created_at.type).label("created_at"),
        literal(now, Invoice.issued_at.type).label("issued_at"),
        literal(0, BigInteger).label("paid_cents"),
        literal("").label("void_reason"),
    )
    numbered = rows.order_by(Subscription.id).limit(chunk.count - used)
    session.execute(insert(Invoice).from_select(list(numbered.selected_columns.keys()), numbered))


def _next_invoices(due: DueSet, left_over: Subquery | None, *, today: date) -> Select[*tuple[Any, ...]]:
    """What the next invoice of each subscription says. One that is made late is due when it is made."""
    sums, period = sums_of(due), period_of(Subscription.next_number.expression)
    due_on = func.greatest(period.c.due_on, today, type_=Date)
    carried: ColumnElement[int] = literal(0, BigInteger)
    if left_over is not None:
        carried = func.coalesce(left_over.c.cents, 0)
    invoices = (
        select(
            Subscription.contract_id,
            Subscription.partner_id,
            Subscription.customer_id,
            literal(InvoiceKind.INSTALLMENT, String).label("kind"),
            Subscription.billed_to,
            _of_payer(Partner.name, Customer.name).label("payer_name"),
            _of_payer(Partner.document, Customer.document).label("payer_document"),
            Subscription.payment_method,
            Subscription.next_number.label("installment_number"),
            period.c.term.label("term_number"),
            period.c.payment.label("payment_number"),
            cast(func.date_trunc("month", due_on), Date).label("due_month"),
            due_on.label("due_on"),
            period.c.starts_on.label("period_from"),
            period.c.ends_on.label("period_until"),
            period.c.grace_until,
            (sums.c.amount_cents + carried).label("amount_cents"),
            carried.label("carried_cents"),
            literal("BRL").label("currency"),
            _explanation(period).label("explanation"),
        )
        .select_from(Subscription)
        .join(sums, sums.c.subscription_id == Subscription.id)
        .join(period, true())
        .where(due.condition, fits(sums), ~is_invoiced())
    )
    if left_over is None:
        return invoices
    return invoices.outerjoin(left_over, left_over.c.contract_id == Subscription.contract_id)


def _of_payer(
    of_partner: InstrumentedAttribute[str], of_customer: InstrumentedAttribute[str]
) -> ColumnElement[str]:
    """A value of whoever pays a subscription, looked up by its key.

    Of joins, PostgreSQL takes the sums for one row, and then reads all customers for each subscription.
    """
    partner = select(of_partner).where(Partner.id == Subscription.partner_id).scalar_subquery()
    customer = select(of_customer).where(Customer.id == Subscription.customer_id).scalar_subquery()
    return case((Subscription.billed_to == BilledTo.PARTNER, partner), else_=customer)


def _insert_lines(session: Session, chunk: BillingChunk, due: DueSet) -> None:
    lines = lines_of_payment().where(due.condition).order_by(None).subquery("lines")
    columns = ("position", "code", "label", "quantity", "amount_cents")
    rows = (
        select(Invoice.id, *(lines.c[name] for name in columns))
        .join(lines, lines.c.contract_id == Invoice.contract_id)
        .where(Invoice.chunk_id == chunk.id)
        .order_by(Invoice.id, lines.c.position)
    )
    session.execute(insert(InvoiceLine).from_select(["invoice_id", *columns], rows))


def _insert_carried_lines(session: Session, chunk: BillingChunk, due: DueSet, left_over: Subquery) -> None:
    """The last line of those that ask for charges of earlier invoices."""
    last = select(func.max(InvoiceLine.position)).where(InvoiceLine.invoice_id == Invoice.id)
    rows = (
        select(
            Invoice.id,
            last.correlate(Invoice).scalar_subquery() + 1,
            literal(charges.LATE_CHARGES),
            left_over.c.label,
            literal(1, BigInteger),
            Invoice.carried_cents,
        )
        .join(left_over, left_over.c.contract_id == Invoice.contract_id)
        .where(_made(chunk, due), Invoice.carried_cents > 0)
    )
    columns = ("invoice_id", "position", "code", "label", "quantity", "amount_cents")
    session.execute(insert(InvoiceLine).from_select(columns, rows))


# From which account each kind books what, of a new invoice.
BOOKED = {
    PostingKind.ISSUED: (Account.DEFERRED_REVENUE, Invoice.amount_cents - Invoice.carried_cents),
    PostingKind.CARRIED: (Account.LATE_CHARGES, Invoice.carried_cents.expression),
}


def _post(session: Session, chunk: BillingChunk, due: DueSet, kind: PostingKind, *, now: datetime) -> None:
    credit, cents = BOOKED[kind]
    rows = (
        select(
            literal(f"{kind}:").concat(cast(Invoice.id, String)).concat(":-:-"),
            literal(kind, String),
            literal(Account.RECEIVABLE, String),
            literal(credit, String),
            cents,
            Invoice.partner_id,
            Invoice.customer_id,
            Invoice.id,
            literal(""),
            literal(now, Posting.booked_at.type),
        )
        .join(Subscription, Subscription.contract_id == Invoice.contract_id)
        .where(Invoice.chunk_id == chunk.id, due.condition, cents > 0)
        .order_by(Invoice.id)
    )
    columns = (
        *("key", "kind", "debit_account", "credit_account", "amount_cents"),
        *("partner_id", "customer_id", "invoice_id", "payment_key", "booked_at"),
    )
    session.execute(insert(Posting).from_select(columns, rows))


def _explanation(period: FromClause) -> ColumnElement[str]:
    """What `rules.charges.later_installment` says."""
    months, count = Subscription.months, Subscription.payments_in_term
    several = func.concat("Parcela ", period.c.payment, " de ", count, ", de ", months, " meses")
    name = case(
        (Subscription.billed_to == BilledTo.PARTNER, charges.PARTNERS_COST[:-1]),
        (months == 1, "Mensalidade"),
        (count == 1, func.concat("Parcela única de ", months, " meses")),
        else_=several,
    )
    return func.concat(
        name,
        ". Período de ",
        _day(period.c.starts_on),
        " até ",
        _day(period.c.ends_on),
        ". Libera o serviço até ",
        _day(period.c.grace_until),
        ".",
    )


def _day(day: ColumnElement[Any]) -> ColumnElement[str]:
    return func.to_char(day, "DD/MM/YYYY")
