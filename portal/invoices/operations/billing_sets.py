"""Making the invoices of a whole set at once: what `issue_installment` does for one.

All of it is one statement, however large the set, so that what was computed for the invoices is at hand for
their lines and postings. A test makes invoices of the same subscriptions both ways and compares the rows.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Insert,
    Select,
    String,
    Subquery,
    Update,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal,
    select,
    true,
)
from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.invoices.models import BillingChunk, Invoice, InvoiceLine, LateCharge, Posting
from portal.invoices.operations.carrying import carry_charges
from portal.invoices.queries.billing import DueSet, find_misfits, fits, is_invoiced, sum_up
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

# What a line of an invoice has of the subscription's.
COPIED = ("position", "code", "label", "quantity", "amount_cents")
# What a statement is told when it runs.
SET = DueSet(
    due_until=bindparam("due_until", type_=Date),
    first_id=bindparam("first_id", type_=BigInteger),
    last_id=bindparam("last_id", type_=BigInteger),
)
CHUNK_ID = bindparam("chunk_id", type_=BigInteger)
NOW = bindparam("now", type_=Invoice.created_at.type)


def bill(session: Session, chunk: BillingChunk, due: DueSet, *, now: datetime) -> None:
    """Invoices, lines and postings of the next payments of a locked set, which goes on to those after.

    As many as the chunk has numbers left; what does not fit is left as it is. Where an invoice is there
    already, its subscription only goes on. Late charges that are left of paid invoices go along, where there
    are any.
    """
    left = charges_of_set(due.condition).with_for_update(of=LateCharge)
    carries = bool(session.scalars(left).all())
    values = {
        **{name: getattr(due, name) for name in ("due_until", "first_id", "last_id")},
        "chunk_id": chunk.id,
        "first_number": chunk.first_number,
        "count": chunk.count,
        "today": day_of(now),
        "now": now,
    }
    # By the connection: with values, a session takes each statement for one of many rows.
    connection = session.connection()
    connection.execute(_billed(carries=carries), values)
    if carries:
        carry_charges(session, _made(chunk, due))
    connection.execute(_passed_on(), values)


def park_misfits(session: Session, due: DueSet) -> int:
    """Pass by, with the reason, what of a locked set cannot be billed; how many."""
    misfits = {payment.subscription_id: why_parked(payment) for payment in find_misfits(session, due)}
    billing.park(session, reasons=misfits)
    return len(misfits)


@cache
def _billed(*, carries: bool) -> Insert:
    """The statement of `bill`. It is built once: that takes as long as billing some hundred of a set."""
    lines = _lines()
    left_over = left_of_set(SET.condition) if carries else None
    made = _invoices(lines, left_over)
    written = _postings(made, PostingKind.ISSUED).add_cte(
        _invoice_lines(made, lines).cte("copied"),
        billing.advancing(Subscription.contract_id == made.c.contract_id).cte("advanced"),
    )
    if left_over is None:
        return written
    return written.add_cte(
        _carried_lines(made, lines, left_over).cte("carried_lines"),
        _postings(made, PostingKind.CARRIED).cte("carried_postings"),
    )


@cache
def _passed_on() -> Update:
    """Going on with those whose invoice was there before."""
    return billing.advancing(and_(SET.condition, is_invoiced()))


def _made(chunk: BillingChunk, due: DueSet) -> ColumnElement[bool]:
    """Which invoices of a chunk are of a set."""
    of_set = select(Subscription.contract_id).where(due.is_in_range)
    return and_(Invoice.chunk_id == chunk.id, Invoice.contract_id.in_(of_set))


def _lines() -> CTE:
    """The lines of the next payments of a set; computed once for the sums and for the lines of invoices."""
    lines = lines_of_payment().where(SET.condition).order_by(None).subquery("line")
    names = ("subscription_id", "contract_id", *COPIED, "of_term_cents")
    return select(*(lines.c[name] for name in names)).cte("lines")


def _invoices(lines: CTE, left_over: Subquery | None) -> CTE:
    """The insertion of a set's invoices, which gives of each what its lines and postings need."""
    used = select(func.count()).where(Invoice.chunk_id == CHUNK_ID).scalar_subquery()
    place = func.row_number().over(order_by=Subscription.id)
    rows = _next_invoices(lines, left_over).add_columns(
        CHUNK_ID.label("chunk_id"),
        (bindparam("first_number", type_=BigInteger) - 1 + used + place).label("number"),
        literal(InvoiceState.OPEN, String).label("state"),
        NOW.label("created_at"),
        NOW.label("issued_at"),
        literal(0, BigInteger).label("paid_cents"),
        literal("").label("void_reason"),
    )
    numbered = rows.order_by(Subscription.id).limit(bindparam("count", type_=BigInteger) - used)
    made = (Invoice.id, Invoice.contract_id, Invoice.partner_id, Invoice.customer_id)
    return (
        insert(Invoice)
        .from_select(list(numbered.selected_columns.keys()), numbered)
        .returning(*made, Invoice.amount_cents, Invoice.carried_cents)
        .cte("made")
    )


def _next_invoices(lines: CTE, left_over: Subquery | None) -> Select[*tuple[Any, ...]]:
    """What the next invoice of each subscription says. One that is made late is due when it is made."""
    sums, period = sum_up(lines), period_of(Subscription.next_number.expression)
    partner, customer = _payers()
    pays_partner = Subscription.billed_to == BilledTo.PARTNER
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
            case((pays_partner, partner.c.name), else_=customer.c.name).label("payer_name"),
            case((pays_partner, partner.c.document), else_=customer.c.document).label("payer_document"),
            Subscription.payment_method,
            Subscription.next_number.label("installment_number"),
            *_of_period(period),
            (sums.c.amount_cents + carried).label("amount_cents"),
            carried.label("carried_cents"),
            literal("BRL").label("currency"),
            _explanation(period).label("explanation"),
        )
        .select_from(Subscription)
        .join(sums, sums.c.subscription_id == Subscription.id)
        .join(period, true())
        .outerjoin(partner, true())
        .outerjoin(customer, true())
        .where(SET.condition, fits(sums), ~is_invoiced())
    )
    if left_over is None:
        return invoices
    return invoices.outerjoin(left_over, left_over.c.contract_id == Subscription.contract_id)


def _of_period(period: FromClause) -> Iterator[ColumnElement[Any]]:
    """What an invoice has of the period it is for."""
    due_on = func.greatest(period.c.due_on, bindparam("today", type_=Date), type_=Date)
    yield period.c.term.label("term_number")
    yield period.c.payment.label("payment_number")
    yield cast(func.date_trunc("month", due_on), Date).label("due_month")
    yield due_on.label("due_on")
    yield period.c.starts_on.label("period_from")
    yield period.c.ends_on.label("period_until")
    yield period.c.grace_until


def _payers() -> tuple[FromClause, FromClause]:
    """Whoever pays a subscription: its partner or its customer, each looked up by its key.

    Of plain joins, PostgreSQL takes the sums for one row, and then reads all customers for each subscription.
    """
    partner = (
        select(Partner.name, Partner.document)
        .where(Partner.id == Subscription.partner_id, Subscription.billed_to == BilledTo.PARTNER)
        .limit(1)
    )
    customer = (
        select(Customer.name, Customer.document)
        .where(Customer.id == Subscription.customer_id, Subscription.billed_to == BilledTo.CUSTOMER)
        .limit(1)
    )
    return partner.lateral("partner"), customer.lateral("customer")


def _invoice_lines(made: CTE, lines: CTE) -> Insert:
    rows = (
        select(made.c.id, *(lines.c[name] for name in COPIED))
        .join(lines, lines.c.contract_id == made.c.contract_id)
        .order_by(made.c.id, lines.c.position)
    )
    return insert(InvoiceLine).from_select(["invoice_id", *COPIED], rows)


def _carried_lines(made: CTE, lines: CTE, left_over: Subquery) -> Insert:
    """The last line of those that ask for charges of earlier invoices."""
    last = select(func.max(lines.c.position)).where(lines.c.contract_id == made.c.contract_id)
    rows = (
        select(
            made.c.id,
            last.scalar_subquery() + 1,
            literal(charges.LATE_CHARGES),
            left_over.c.label,
            literal(1, BigInteger),
            made.c.carried_cents,
        )
        .join(left_over, left_over.c.contract_id == made.c.contract_id)
        .where(made.c.carried_cents > 0)
    )
    return insert(InvoiceLine).from_select(["invoice_id", *COPIED], rows)


def _postings(made: CTE, kind: PostingKind) -> Insert:
    """What each new invoice asks for, booked by what it is asked for."""
    credit, cents = Account.DEFERRED_REVENUE, made.c.amount_cents - made.c.carried_cents
    if kind is PostingKind.CARRIED:
        credit, cents = Account.LATE_CHARGES, made.c.carried_cents
    rows = (
        select(
            literal(f"{kind}:").concat(cast(made.c.id, String)).concat(":-:-"),
            literal(kind, String),
            literal(Account.RECEIVABLE, String),
            literal(credit, String),
            cents,
            made.c.partner_id,
            made.c.customer_id,
            made.c.id,
            literal(""),
            NOW,
        )
        .where(cents > 0)
        .order_by(made.c.id)
    )
    columns = (
        *("key", "kind", "debit_account", "credit_account", "amount_cents"),
        *("partner_id", "customer_id", "invoice_id", "payment_key", "booked_at"),
    )
    return insert(Posting).from_select(columns, rows)


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
