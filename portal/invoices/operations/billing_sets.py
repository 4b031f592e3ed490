"""Making the invoices of a whole set at once: what `issue_installment` does for one.

All of it is one statement, however large the set, so that what was computed for the invoices is at hand for
their lines and postings. A test makes invoices of the same subscriptions both ways and compares the rows.
"""

from datetime import datetime
from functools import cache

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Insert,
    Select,
    String,
    Subquery,
    Update,
    and_,
    bindparam,
    cast,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.orm import Session

from portal.invoices.models import BillingChunk, Invoice, InvoiceLine, LateCharge, Posting
from portal.invoices.operations.carrying import carry_charges
from portal.invoices.queries.billing import SET, DueSet, find_misfits, is_invoiced
from portal.invoices.queries.carrying import charges_of_set, left_of_set
from portal.invoices.queries.next_invoices import in_force_now, next_invoices
from portal.invoices.rules import charges
from portal.invoices.rules.billing import why_parked
from portal.invoices.rules.ledger import Account, PostingKind
from portal.invoices.rules.states import InvoiceState
from portal.settings.queries import late_terms
from portal.shared.clock import day_of
from portal.subscriptions.models import Subscription
from portal.subscriptions.operations import billing
from portal.subscriptions.queries.reading import lines_of_payment

# What a line of an invoice has of the subscription's.
COPIED = ("position", "code", "label", "quantity", "amount_cents")
# What a statement is told when it runs, besides `SET`.
CHUNK_ID = bindparam("chunk_id", type_=BigInteger)
NOW = bindparam("now", type_=Invoice.created_at.type)


def bill(session: Session, chunk: BillingChunk, due: DueSet, *, size: int, now: datetime) -> tuple[int, int]:
    """Invoices, lines and postings of the next payments of a locked set, which goes on to those after.

    How many of its `size` there are now, and what they come to.

    As many as the chunk has numbers left; what does not fit is left as it is. Where an invoice is there
    already, its subscription only goes on. Late charges that are left of paid invoices go along, where there
    are any.
    """
    # By the connection: with values, a session takes each statement for one of many rows.
    connection = session.connection()
    carries = bool(connection.execute(_left(), due.values).all())
    values = {
        **due.values,
        "chunk_id": chunk.id,
        "first_number": chunk.first_number,
        "count": chunk.count,
        "today": day_of(now),
        **in_force_now(late_terms(session)),
        "now": now,
    }
    count, cents = connection.execute(_billed(carries=carries), values).one()
    if carries:
        carry_charges(session, _made(chunk, due))
    if count < size:
        connection.execute(_passed_on(), values)
    return count, cents


def park_misfits(session: Session, due: DueSet) -> dict[int, str]:
    """Pass by what of a locked set cannot be billed: each subscription with the reason."""
    misfits = {payment.subscription_id: why_parked(payment) for payment in find_misfits(session, due)}
    billing.park(session, reasons=misfits)
    return misfits


@cache
def _left() -> Select[int]:
    """The late charges that go along, to be locked."""
    return charges_of_set(SET.condition).with_for_update(of=LateCharge)


@cache
def _billed(*, carries: bool) -> Select[int, int]:
    """The statement of `bill`. It is built once: that takes as long as billing some hundred of a set."""
    lines = _lines()
    left_over = left_of_set(SET.condition) if carries else None
    made = _invoices(lines, left_over)
    cents = func.coalesce(func.sum(made.c.amount_cents), 0).cast(BigInteger)
    written = select(func.count(), cents).add_cte(
        _invoice_lines(made, lines).cte("copied"),
        _postings(made, PostingKind.ISSUED).cte("postings_made"),
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
    rows = next_invoices(lines, left_over).add_columns(
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
