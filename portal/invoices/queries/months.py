"""Which months of service are paid: the coverage ledger, the invoices still to be paid, and pauses."""

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from portal.customers.queries.months import MonthsOfService
from portal.customers.rules import MonthPart, MonthState, ServiceMonth
from portal.invoices.models import Invoice, Posting
from portal.invoices.queries.due_dates import payable_days
from portal.invoices.rules.ledger import PostingKind
from portal.invoices.rules.months import months_of
from portal.invoices.rules.states import OWED, InvoiceKind, InvoiceState
from portal.partners.queries.actors import visible_to
from portal.subscriptions.models import Coverage, FreeMonth, Subscription, SubscriptionPause
from portal.subscriptions.queries.free_months import is_kept
from portal.subscriptions.rules import FIRST, BilledTo

OFFER = "offer:"
HELD_BY_AGREEMENT = InvoiceState.IN_AGREEMENT

type Table = type[Coverage | FreeMonth | Invoice | SubscriptionPause]


def months_of_service(session: Session, asked: MonthsOfService) -> Sequence[ServiceMonth]:
    """The latest months of a customer or a contract. One statement; months in force reach to today."""
    rows = session.execute(
        union_all(_covered(asked), _owed(asked), _paused(asked), _given(asked)).order_by("starts_on")
    ).all()
    payable_until = payable_days(session)
    parts = [_part(row, payable_until=payable_until, today=asked.today) for row in rows]
    goes_on = any(row.goes_on for row in rows)
    return months_of(parts, until=asked.today if goes_on else None)


def find_uncovered_payments(session: Session) -> Sequence[int]:
    """Paid invoices whose time is not in the coverage ledger as they say it (invariant M16).

    The first one of a contract counts from the day the service began, whatever it says itself; one that
    ended a suspension, from then on.
    """
    says_so = or_(
        Invoice.installment_number == FIRST,
        and_(Coverage.covers_from == Invoice.period_from, Coverage.covers_until == Invoice.period_until),
        and_(Coverage.after_suspension, Coverage.covers_from > Invoice.period_until),
    )
    return session.scalars(
        select(Invoice.id)
        .join(Subscription, Subscription.contract_id == Invoice.contract_id)
        .outerjoin(Coverage, _is_of_invoice())
        .where(
            Invoice.state == InvoiceState.PAID,
            Invoice.kind.not_in((InvoiceKind.DIFFERENCE, InvoiceKind.AGREEMENT)),
            or_(Coverage.id.is_(None), ~says_so),
        )
        .order_by(Invoice.id)
    ).all()


def _covered(asked: MonthsOfService) -> Select[*tuple[object, ...]]:
    return (
        select(
            Coverage.covers_from.label("starts_on"),
            Coverage.covers_until.label("ends_on"),
            func.coalesce(Invoice.id, _paid_by_key()).label("invoice_id"),
            case(
                (Invoice.state == HELD_BY_AGREEMENT, HELD_BY_AGREEMENT.value),
                (_is_carried_offer(), MonthState.PAID.value),
            ).label("state"),
            null().label("due_on"),
            Subscription.ended_at.is_(None).label("goes_on"),
            cast(null(), BigInteger).label("given_with"),
        )
        .join(Subscription, Subscription.contract_id == Coverage.contract_id)
        .outerjoin(Invoice, and_(_is_of_invoice(), Invoice.state.in_((InvoiceState.PAID, HELD_BY_AGREEMENT))))
        .where(_is_asked(Coverage, asked), Coverage.taken_back_at.is_(None), ~_is_own_offer())
    )


def _owed(asked: MonthsOfService) -> Select[*tuple[object, ...]]:
    """What is owed, and what an agreement holds whose entry did not give its time yet."""
    given = select(Coverage.id).where(_is_of_invoice()).exists()
    return select(
        Invoice.period_from,
        Invoice.period_until,
        Invoice.id,
        Invoice.state,
        Invoice.due_on,
        true(),
        cast(null(), BigInteger),
    ).where(
        _is_asked(Invoice, asked),
        or_(Invoice.state.in_(OWED), and_(Invoice.state == HELD_BY_AGREEMENT, ~given)),
        Invoice.installment_number > FIRST,
        true() if asked.actor else Invoice.billed_to == BilledTo.CUSTOMER,
    )


def _paused(asked: MonthsOfService) -> Select[*tuple[object, ...]]:
    """The days of pauses, those to come too."""
    pause = SubscriptionPause
    return select(
        pause.paused_from,
        pause.paused_until,
        null(),
        literal(MonthState.PAUSED.value),
        null(),
        false(),
        cast(null(), BigInteger),
    ).where(_is_asked(pause, asked), pause.is_kept)


def _given(asked: MonthsOfService) -> Select[*tuple[object, ...]]:
    """The months that were given away, those to come too; not what was lost."""
    free = FreeMonth
    return select(
        free.starts_on,
        free.ends_on,
        null(),
        literal(MonthState.FREE.value),
        null(),
        false(),
        free.contract_id,
    ).where(_is_asked(free, asked), is_kept(asked.today))


def _is_own_offer() -> ColumnElement[bool]:
    """Whether a coverage is that of a free month, which is told by itself."""
    own = select(FreeMonth.id).where(
        FreeMonth.contract_id == Coverage.contract_id, FreeMonth.number == Coverage.number
    )
    return and_(Coverage.payment_key.startswith(OFFER), own.correlate(Coverage).exists())


def _is_carried_offer() -> ColumnElement[bool]:
    """Whether an amendment's coverage reaches into a free month of the contract before it."""
    return and_(Coverage.payment_key.startswith(OFFER), ~_is_own_offer())


def _is_asked(table: Table, asked: MonthsOfService) -> ColumnElement[bool]:
    mine = visible_to(asked.actor, table.partner_id) if asked.actor else true()
    condition = and_(table.customer_id == asked.customer_id, mine)
    if asked.contract_id is None:
        return condition
    return and_(condition, table.contract_id == asked.contract_id)


def _is_of_invoice() -> ColumnElement[bool]:
    return and_(
        Coverage.contract_id == Invoice.contract_id,
        Coverage.number == Invoice.installment_number,
        Coverage.taken_back_at.is_(None),
    )


def _paid_by_key() -> ColumnElement[int | None]:
    """The invoice a payment paid: an amendment may go on in time that the contract before it paid."""
    return (
        select(func.max(Posting.invoice_id))
        .where(
            Posting.payment_key == Coverage.payment_key,
            Posting.payment_key != "",
            Posting.customer_id == Coverage.customer_id,
            Posting.kind.in_((PostingKind.PAID, PostingKind.RESOLVED)),
        )
        .correlate(Coverage)
        .scalar_subquery()
    )


def _part(row: Row[*tuple[object, ...]], *, payable_until: Callable[[date], date], today: date) -> MonthPart:
    if row.state in (MonthState.PAUSED, MonthState.FREE, MonthState.PAID):
        state = MonthState(row.state)
    elif row.state == HELD_BY_AGREEMENT:
        state = MonthState.AGREED
    elif row.state is None:
        state = MonthState.FREE if row.invoice_id is None else MonthState.PAID
    else:
        is_late = row.state != InvoiceState.OPEN or payable_until(row.due_on) < today
        state = MonthState.LATE if is_late else MonthState.OPEN
    return MonthPart(state, row.starts_on, row.ends_on, row.invoice_id, row.given_with)
