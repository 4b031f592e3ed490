"""Lists of what waits for finance: TEDs to confirm and parked payments. They see every partner's.

Few wait at a time, so a search reads each with its invoice and customer rather than every invoice.
"""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from portal.customers.models import Customer
from portal.customers.queries.reading import matching
from portal.invoices.models import Invoice
from portal.receipts.models.payment import ParkedPayment, Payment
from portal.receipts.models.ted import TedTransfer
from portal.receipts.queries.finance import EXPORT_LIMIT, is_payer, number_meant
from portal.receipts.rules.receiving import ParkReason, PaymentSource
from portal.receipts.rules.ted import PENDING, TedState
from portal.shared.lists import ListRequest, ListSpec, Page, paginate, read_all

TED_LIST = ListSpec(
    sorts={
        "cliente": Customer.search_text,
        "valor": func.coalesce(TedTransfer.amount_cents, Invoice.amount_cents),
        "avisada": TedTransfer.announced_at,
    },
    default="avisada",
    filters={"estado": PENDING},
)
PARKED_LIST = ListSpec(
    sorts={"valor": Payment.amount_cents, "pago": Payment.paid_at},
    default="pago",
    filters={"motivo": ParkReason, "forma": PaymentSource},
)


def list_teds_to_confirm(session: Session, request: ListRequest) -> Page[TedTransfer]:
    """A page of the TEDs that wait for finance, with customer and invoice."""
    return paginate(session, _teds(request), request)


def list_teds_for_export(request: ListRequest) -> Iterator[TedTransfer]:
    """The whole list as filtered and sorted, read while a file is sent; at most 50.000 lines."""
    yield from read_all(request.ordered(_teds(request)).limit(EXPORT_LIMIT))


def list_parked(session: Session, request: ListRequest) -> Page[ParkedPayment]:
    """A page of the payments nobody has decided about, with the invoice each named."""
    return paginate(session, _parked(request), request)


def list_parked_for_export(request: ListRequest) -> Iterator[ParkedPayment]:
    """The whole list as filtered and sorted, read while a file is sent; at most 50.000 lines."""
    yield from read_all(request.ordered(_parked(request)).limit(EXPORT_LIMIT))


def _teds(request: ListRequest) -> Select[TedTransfer]:
    statement = (
        select(TedTransfer)
        .join(TedTransfer.invoice)
        .join(TedTransfer.customer)
        .options(contains_eager(TedTransfer.invoice), contains_eager(TedTransfer.customer))
        .where(TedTransfer.state.in_(PENDING))
    )
    if state := request.filter("estado"):
        statement = statement.where(TedTransfer.state == TedState(state))
    return statement.where(*_meant(TedTransfer, request.search))


def _parked(request: ListRequest) -> Select[ParkedPayment]:
    statement = (
        select(ParkedPayment)
        .join(ParkedPayment.payment)
        .outerjoin(ParkedPayment.meant_invoice)
        .outerjoin(Invoice.customer)
        .options(contains_eager(ParkedPayment.payment), contains_eager(ParkedPayment.meant_invoice))
        .where(ParkedPayment.resolved_at.is_(None))
    )
    if reason := request.filter("motivo"):
        statement = statement.where(ParkedPayment.reason == ParkReason(reason))
    if source := request.filter("forma"):
        statement = statement.where(Payment.source == PaymentSource(source))
    return statement.where(*_meant(Payment, request.search))


def _meant(paid: type[Payment | TedTransfer], text: str) -> Iterator[ColumnElement[bool]]:
    """The payer's name or document, the customer's, or the invoice's number."""
    if text:
        yield or_(*is_payer(paid, text), matching(text), Invoice.number == number_meant(text))
