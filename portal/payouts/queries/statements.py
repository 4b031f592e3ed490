"""Statements: the lots of partners, their lines, and where each line comes from. Foreign ones are missing."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session, joinedload

from portal.contracts.models import Contract
from portal.customers.models import Customer
from portal.customers.queries.reading import matching
from portal.invoices.models import Invoice
from portal.partners.models import Partner
from portal.partners.queries.actors import visible_to
from portal.partners.queries.searching import all_words
from portal.payouts.models import (
    Payout,
    PayoutLine,
    PayoutTransfer,
    PayoutUndoing,
    RepasseAccrual,
    RepasseReversal,
)
from portal.payouts.rules import LineKind, PayoutState, parse_month
from portal.receipts.models.payment import Payment
from portal.shared.auth import Actor
from portal.shared.lists import ListRequest, ListSpec, Page, paginate, read_all
from portal.shared.refusals import Missing

EXPORT_LIMIT = 200_000
LINES_PER_PAGE = 50
STATEMENT_LIST = ListSpec(
    sorts={"mes": Payout.month, "parceiro": Partner.trade_name, "total": Payout.total_cents},
    default="-mes",
    filters={"mes": None, "estado": PayoutState},
)
LINE_LIST = ListSpec(
    sorts={
        "ordem": PayoutLine.id,
        "cliente": func.coalesce(Customer.search_text, ""),
        "valor": PayoutLine.amount_cents,
    },
    default="ordem",
    filters={"tipo": LineKind},
)

type Line = Row[PayoutLine, RepasseAccrual | None, RepasseReversal | None, Invoice | None, Customer | None]


class Item(NamedTuple):
    """A share that accrued and where it comes from: its payment, if kept, its lot, what was taken back.

    The accrual has customer, partner, invoice; the contract its frozen version. `lot` is None before the
    month is closed.
    """

    accrual: RepasseAccrual
    contract: Contract
    payment: Payment | None
    lot: Payout | None
    reversals: Sequence[RepasseReversal]


def list_statements(session: Session, request: ListRequest, *, actor: Actor) -> Page[Payout]:
    """A page of lots with partner and transfer."""
    return paginate(session, _statements(actor, request), request)


def list_statements_for_export(request: ListRequest, *, actor: Actor) -> Iterator[Payout]:
    """The whole list as filtered and sorted, read while a file is sent."""
    yield from read_all(request.ordered(_statements(actor, request)).limit(EXPORT_LIMIT))


def get_statement(session: Session, payout_id: int, *, actor: Actor) -> Payout:
    """A lot with partner, who closed it, the lot before it, and its transfer.

    Raises:
        Missing: there is none, or it is not the actor's to see.
    """
    found = session.scalar(_with_all().where(Payout.id == payout_id, visible_to(actor, Payout.partner_id)))
    if found is None:
        raise Missing("Não encontramos este extrato.")
    return found


def find_last_statement(session: Session, *, actor: Actor) -> Payout | None:
    """The newest lot this person sees, with its transfer."""
    return session.scalar(
        select(Payout)
        .where(visible_to(actor, Payout.partner_id))
        .options(joinedload(Payout.transfer))
        .order_by(Payout.month.desc(), Payout.id.desc())
        .limit(1)
    )


def list_lines(session: Session, payout: Payout, request: ListRequest) -> Page[Line]:
    """A page of a loaded lot's lines, each with accrual, reversal, invoice and customer where it has them."""
    return paginate(session, _lines(payout, request), request, per_page=LINES_PER_PAGE)


def list_all_lines(payout: Payout, request: ListRequest) -> Iterator[Line]:
    """Every line as filtered and sorted, read while a file is sent."""
    yield from read_all(request.ordered(_lines(payout, request)).limit(EXPORT_LIMIT))


def list_first_lines(session: Session, payout: Payout, *, count: int) -> Sequence[Line]:
    """The first lines in their own order."""
    request = LINE_LIST.read({})
    return session.execute(request.ordered(_lines(payout, request)).limit(count)).all()


def find_last_transfer(session: Session, partner_id: int) -> PayoutTransfer | None:
    """How a partner was paid the last time."""
    return session.scalar(
        select(PayoutTransfer)
        .where(PayoutTransfer.partner_id == partner_id)
        .order_by(PayoutTransfer.id.desc())
        .limit(1)
    )


def list_undoings(session: Session, payout: Payout) -> Sequence[PayoutUndoing]:
    """Payments of a lot that were undone, with what they said and who undid them, in order."""
    return session.scalars(
        select(PayoutUndoing)
        .where(PayoutUndoing.payout_id == payout.id)
        .options(joinedload(PayoutUndoing.transfer), joinedload(PayoutUndoing.undone_by))
        .order_by(PayoutUndoing.id)
    ).all()


def get_item(session: Session, accrual_id: int, *, actor: Actor) -> Item:
    """A share that accrued, with where it comes from.

    Raises:
        Missing: there is none, or it is not the actor's to see.
    """
    row = session.execute(
        select(RepasseAccrual, Contract, Payment, Payout)
        .join(Contract, Contract.id == RepasseAccrual.contract_id)
        .outerjoin(Payment, Payment.key == RepasseAccrual.payment_key)
        .outerjoin(PayoutLine, PayoutLine.accrual_id == RepasseAccrual.id)
        .outerjoin(Payout, Payout.id == PayoutLine.payout_id)
        .where(RepasseAccrual.id == accrual_id, visible_to(actor, RepasseAccrual.partner_id))
        .options(
            joinedload(RepasseAccrual.customer).joinedload(Customer.partner),
            joinedload(RepasseAccrual.invoice),
            joinedload(Contract.version),
        )
    ).one_or_none()
    if row is None:
        raise Missing("Não encontramos este item de repasse.")
    reversals = session.scalars(
        select(RepasseReversal).where(RepasseReversal.accrual_id == accrual_id).order_by(RepasseReversal.id)
    ).all()
    return Item(*row, reversals)


def _with_all() -> Select[Payout]:
    return select(Payout).options(
        joinedload(Payout.partner),
        joinedload(Payout.closed_by),
        joinedload(Payout.previous),
        joinedload(Payout.transfer).joinedload(PayoutTransfer.recorded_by),
    )


def _statements(actor: Actor, request: ListRequest) -> Select[Payout]:
    statement = (
        select(Payout)
        .join(Payout.partner)
        .options(joinedload(Payout.partner), joinedload(Payout.transfer))
        .where(visible_to(actor, Payout.partner_id))
    )
    if month := parse_month(request.filter("mes")):
        statement = statement.where(Payout.month == month)
    if request.search:
        statement = statement.where(all_words(Partner.search_text, request.search))
    return statement.where(*_in_state(request.filter("estado")))


def _in_state(state: str) -> Iterator[ColumnElement[bool]]:
    paid = select(PayoutTransfer.id).where(PayoutTransfer.payout_id == Payout.id, PayoutTransfer.stands())
    is_paid = paid.exists()
    conditions: dict[str, ColumnElement[bool]] = {
        PayoutState.TO_PAY: (Payout.total_cents > 0) & ~is_paid,
        PayoutState.PAID_OUT: is_paid,
        PayoutState.CARRIED: Payout.total_cents < 0,
        PayoutState.EMPTY: Payout.total_cents == 0,
    }
    if state:
        yield conditions[state]


def _lines(payout: Payout, request: ListRequest) -> Select[*tuple[Any, ...]]:
    of_line = func.coalesce(PayoutLine.accrual_id, RepasseReversal.accrual_id)
    statement = (
        select(PayoutLine, RepasseAccrual, RepasseReversal, Invoice, Customer)
        .outerjoin(RepasseReversal, RepasseReversal.id == PayoutLine.reversal_id)
        .outerjoin(RepasseAccrual, RepasseAccrual.id == of_line)
        .outerjoin(Invoice, Invoice.id == RepasseAccrual.invoice_id)
        .outerjoin(Customer, Customer.id == RepasseAccrual.customer_id)
        .where(PayoutLine.payout_id == payout.id)
    )
    if kind := request.filter("tipo"):
        statement = statement.where(PayoutLine.kind == LineKind(kind))
    return statement.where(matching(request.search)) if request.search else statement
