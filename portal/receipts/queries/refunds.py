"""Refunds: the list, one, those of a payment or an invoice. They are finance's: of every partner."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.invoices.models import Invoice
from portal.receipts.models.payment import Payment
from portal.receipts.models.refund import Refund
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.queries.disputes import disputed_cents
from portal.receipts.queries.finance import EXPORT_LIMIT, is_payer, number_meant
from portal.receipts.queries.returns import returned_cents
from portal.receipts.rules.receiving import PaymentOutcome, PaymentSource
from portal.receipts.rules.refunds import LIVE_REFUND, RefundFilter, RefundState, is_by_hand
from portal.receipts.rules.returning import ReturnCause
from portal.shared.environment import environment
from portal.shared.lists import DAYS, ListRequest, ListSpec, Page, contains, paginate, read_all, within_days
from portal.shared.refusals import Missing

STALE_AFTER = timedelta(minutes=30)
SWEPT_AT_ONCE = 200
REFUND_LIST = ListSpec(
    sorts={"pedida": Refund.asked_at, "valor": Refund.amount_cents},
    default="-pedida",
    filters={"estado": RefundFilter, "forma": PaymentSource, **DAYS},
)


def list_refunds(session: Session, request: ListRequest) -> Page[Refund]:
    """A page of refunds with payment and invoice."""
    return paginate(session, _refunds(request), request)


def list_refunds_for_export(request: ListRequest) -> Iterator[Refund]:
    """The whole list as filtered and sorted, read while a file is sent; at most 50.000 lines."""
    yield from read_all(request.ordered(_refunds(request)).limit(EXPORT_LIMIT))


def get_refund(session: Session, refund_id: int) -> Refund:
    """A refund with all that is shown of it. Raises `Missing`."""
    found = session.scalar(
        select(Refund)
        .where(Refund.id == refund_id)
        .options(
            joinedload(Refund.payment),
            joinedload(Refund.invoice),
            joinedload(Refund.taken_back),
            joinedload(Refund.asked_by),
            joinedload(Refund.settled_by),
        )
    )
    if found is None:
        raise Missing("Não encontramos esta devolução.")
    return found


def find_refund_by_key(session: Session, key: str) -> Refund | None:
    """The refund that is known by our key."""
    return session.scalar(select(Refund).filter_by(key=key))


def list_refunds_of(session: Session, payment_id: int) -> Sequence[Refund]:
    """The refunds of a payment, in order."""
    return session.scalars(select(Refund).filter_by(payment_id=payment_id).order_by(Refund.id)).all()


def was_refused(session: Session, payment_id: int) -> bool:
    """Whether the processor or the bank did not give a payment back."""
    refused = select(Refund.id).where(
        Refund.payment_id == payment_id, Refund.state == RefundState.REFUSED, Refund.by_hand.is_(False)
    )
    return session.scalar(refused.limit(1)) is not None


def underway_cents(session: Session, payment_id: int) -> int:
    """How much of a payment is being given back and is not certain yet."""
    total = select(func.sum(Refund.amount_cents)).where(
        Refund.payment_id == payment_id, Refund.state.in_(LIVE_REFUND)
    )
    return int(session.scalar(total) or 0)


def refundable_cents(session: Session, payment: Payment) -> int:
    """How much of a payment can be given back still; 0 of one that is parked or was sent back."""
    if payment.outcome not in (PaymentOutcome.SETTLED, PaymentOutcome.CREDITED) or payment.invoice_id is None:
        return 0
    gone = returned_cents(session, payment.id) + underway_cents(session, payment.id)
    return max(0, payment.amount_cents - gone - disputed_cents(session, payment.id))


def list_refunds_named(session: Session, reference: str) -> Sequence[Refund]:
    """The refunds of one return of a Pix that came in as several payments."""
    named = or_(Refund.reference == reference, Refund.reference.startswith(f"{reference}/", autoescape=True))
    return session.scalars(
        select(Refund).where(Refund.way == PaymentSource.PIX, named).order_by(Refund.id)
    ).all()


def payment_to_give_back(
    session: Session, *, source: PaymentSource, origin_id: str, reference: str
) -> Payment:
    """The payment that a refund made at its source is of.

    Money may have come in again after it went back: then the refund of this reference is of the payment that
    still holds some. Raises `Missing` when the source's money is not among our payments.
    """
    known = select(Payment).join(Refund, Refund.payment_id == Payment.id)
    found = session.scalar(known.where(Refund.way == source, Refund.reference == reference))
    if found is not None:
        return found
    of_origin = or_(Payment.external_id == origin_id, Payment.facts["origin_id"].astext == origin_id)
    payments = session.scalars(
        select(Payment).where(Payment.source == source, of_origin).order_by(Payment.id)
    ).all()
    if not payments:
        raise Missing("Não encontramos este pagamento.")
    return next((each for each in payments if refundable_cents(session, each)), payments[0])


def goes_by_hand(way: PaymentSource) -> bool:
    """Whether a person must transfer what goes back by a way, as this portal is set up."""
    return is_by_hand(way, has_pix=bool(environment().bank.pix_url))


def list_back_of_invoice(session: Session, invoice_id: int) -> Sequence[Row[datetime, str, int, bool, int]]:
    """What went back of an invoice's payments or is on its way: as (at, cause, cents, is done, payment)."""
    went = select(
        PaymentReturn.returned_at.label("at"),
        cast(PaymentReturn.cause, String).label("cause"),
        PaymentReturn.amount_cents,
        true().label("is_done"),
        PaymentReturn.payment_id,
    ).where(PaymentReturn.invoice_id == invoice_id)
    goes = select(
        Refund.asked_at, literal(ReturnCause.REFUND.value), Refund.amount_cents, false(), Refund.payment_id
    ).where(Refund.invoice_id == invoice_id, Refund.state.in_(LIVE_REFUND))
    both = union_all(went, goes).subquery()
    return session.execute(select(*both.c).order_by(both.c.at, both.c.payment_id)).all()


def list_stale_refunds(session: Session, *, now: datetime) -> Sequence[Refund]:
    """Refunds of which the processor or the bank did not say for a while what became of them."""
    return session.scalars(
        select(Refund)
        .where(
            Refund.state.in_(LIVE_REFUND),
            Refund.by_hand.is_(False),
            func.coalesce(Refund.checked_at, Refund.asked_at) < now - STALE_AFTER,
        )
        .order_by(Refund.id)
        .limit(SWEPT_AT_ONCE)
    ).all()


def _refunds(request: ListRequest) -> Select[Refund]:
    statement = (
        select(Refund)
        .join(Refund.payment)
        .join(Refund.invoice)
        .options(contains_eager(Refund.payment), contains_eager(Refund.invoice))
        .where(*_in_state(request.filter("estado")))
    )
    if way := request.filter("forma"):
        statement = statement.where(Refund.way == PaymentSource(way))
    if text := request.search:
        named = contains(func.lower(Invoice.payer_name), text.lower())
        known = contains(func.lower(Refund.reference), text.lower())
        number = Invoice.number == number_meant(text)
        statement = statement.where(or_(*is_payer(Payment, text), named, known, number))
    return statement.where(*within_days(request, Refund.asked_at))


def _in_state(state: str) -> Iterator[ColumnElement[bool]]:
    conditions: dict[str, ColumnElement[bool]] = {
        RefundFilter.LIVE: Refund.state.in_(LIVE_REFUND),
        RefundFilter.TO_PAY: Refund.state.in_(LIVE_REFUND) & Refund.by_hand,
        RefundFilter.DONE: Refund.state == RefundState.DONE,
        RefundFilter.REFUSED: Refund.state == RefundState.REFUSED,
    }
    if state:
        yield conditions[state]
