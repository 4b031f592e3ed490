"""What a customer sees of its account: its plans and invoices, not what its partner owes for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.cards.models.cards import Card
from portal.cards.queries.cards import card_in_use
from portal.catalog.rules import ServiceState
from portal.contracts.models import Contract
from portal.contracts.queries.reading import with_everything
from portal.contracts.rules.states import IN_FORCE
from portal.documents.models import StoredFile
from portal.documents.rules.files import FileKind
from portal.invoices.models import Invoice, LateCharge
from portal.invoices.queries.late_charges import left_of_charges
from portal.invoices.queries.reading import load_invoice
from portal.invoices.rules.states import HELD, OWED, InvoiceState
from portal.overdue.models import Suspension, TrustRelease
from portal.overdue.queries.trust import offer_columns, offer_in
from portal.overdue.rules.trust import TrustOffer
from portal.shared.clock import day_of
from portal.shared.lists import DAYS, ListRequest, ListSpec, Page, paginate, read_all, within_days
from portal.shared.payment_methods import Way
from portal.shared.refusals import Missing
from portal.subscribers.rules import PAID_ON_HOME, Service
from portal.subscriptions.models import Coverage, Subscription, SubscriptionPause
from portal.subscriptions.rules import BilledTo

UNKNOWN = "Não encontramos esta fatura."
SHOWN = (*HELD, InvoiceState.PAID)
INVOICE_LIST = ListSpec(
    sorts={"vencimento": Invoice.due_on, "valor": Invoice.amount_cents},
    default="-vencimento",
    filters={"estado": InvoiceState, **DAYS},
)
DOCUMENT_LIST = ListSpec(sorts={"data": StoredFile.created_at}, default="-data")
EXPORT_LIMIT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicesOnHome:
    """The owed invoices, the first due first, each with what is open of its earlier charges in centavos; and
    the latest paid ones, each with what was paid as late charges beside its own amount.
    """

    owed: Sequence[tuple[Invoice, int]]
    paid: Sequence[tuple[Invoice, int]]


def services_of(
    session: Session, customer_id: int, *, today: date
) -> tuple[Sequence[Service], TrustOffer | None]:
    """The plans in force, the one released longest first, and what a suspended one may have in trust.

    One statement. The offer is None where nothing is suspended.
    """
    covered = (
        select(func.max(Coverage.grace_until))
        .where(Coverage.contract_id == Subscription.contract_id, Coverage.taken_back_at.is_(None))
        .correlate(Subscription)
        .scalar_subquery()
    ).label("released_until")
    rows = session.execute(
        select(
            Subscription.contract_id,
            Subscription.plan_name,
            Subscription.service_state,
            Subscription.service_kind,
            covered,
            Suspension.suspended_at,
            TrustRelease.until_on,
            _of_last_pause(SubscriptionPause.paused_from).label("paused_from"),
            _of_last_pause(SubscriptionPause.paused_until).label("paused_until"),
            *offer_columns(customer_id),
        )
        .outerjoin(
            Suspension,
            and_(Suspension.contract_id == Subscription.contract_id, Suspension.released_at.is_(None)),
        )
        .outerjoin(TrustRelease, TrustRelease.suspension_id == Suspension.id)
        .where(Subscription.customer_id == customer_id, Subscription.ended_at.is_(None))
        .order_by(covered.desc().nulls_last(), Subscription.id)
    ).all()
    services = [_service(row) for row in rows]
    is_suspended = any(each.state is ServiceState.SUSPENDED for each in services)
    return services, offer_in(rows[0], today=today) if is_suspended else None


def _of_last_pause(day: InstrumentedAttribute[date]) -> ScalarSelect[date]:
    latest = select(day).where(
        SubscriptionPause.contract_id == Subscription.contract_id, SubscriptionPause.is_kept
    )
    return latest.order_by(SubscriptionPause.id.desc()).limit(1).correlate(Subscription).scalar_subquery()


def _service(row: Any) -> Service:
    return Service(
        contract_id=row.contract_id,
        plan_name=row.plan_name,
        released_until=row.released_until,
        state=row.service_state,
        suspended_on=row.suspended_at and day_of(row.suspended_at),
        trusted_until=row.until_on,
        kind=row.service_kind,
        pause=(row.paused_from, row.paused_until) if row.paused_from else None,
    )


def invoices_on_home(session: Session, customer_id: int) -> InvoicesOnHome:
    """What the first page lists. One statement, however long the history is."""
    paid = (
        _own(customer_id)
        .with_only_columns(Invoice.id)
        .where(Invoice.state == InvoiceState.PAID)
        .order_by(Invoice.paid_at.desc(), Invoice.id.desc())
        .limit(PAID_ON_HOME)
    )
    open_charges, paid_charges = (
        select(func.coalesce(func.sum(cents), 0))
        .where(LateCharge.invoice_id == Invoice.id)
        .correlate(Invoice)
        .scalar_subquery()
        for cents in (left_of_charges(), LateCharge.paid_cents - LateCharge.returned_cents)
    )
    rows = session.execute(
        _own(customer_id)
        .add_columns(open_charges, paid_charges)
        .where(or_(Invoice.state.in_(OWED), and_(Invoice.id.in_(paid))))
        .order_by(Invoice.due_on, Invoice.id)
    ).all()
    owed = [(invoice, int(cents)) for invoice, cents, _ in rows if invoice.state in OWED]
    settled = [(invoice, int(cents)) for invoice, _, cents in rows if invoice.state is InvoiceState.PAID]
    return InvoicesOnHome(owed=owed, paid=settled[::-1])


def list_invoices(session: Session, request: ListRequest, *, customer_id: int) -> Page[Invoice]:
    """A page of all invoices of a customer."""
    return paginate(session, _wanted(request, customer_id), request)


def list_for_export(request: ListRequest, *, customer_id: int) -> Iterator[Invoice]:
    """As `list_invoices`, all of them up to a limit."""
    return read_all(request.ordered(_wanted(request, customer_id)).limit(EXPORT_LIMIT))


def _wanted(request: ListRequest, customer_id: int) -> Select[Invoice]:
    statement = _own(customer_id).where(Invoice.state.in_(SHOWN), *within_days(request, Invoice.due_on))
    if state := request.filter("estado"):
        statement = statement.where(Invoice.state == InvoiceState(state))
    return statement


def get_own_invoice(session: Session, invoice_id: int, *, customer_id: int) -> Invoice:
    """An invoice that this customer owes or owed, loaded as pages need it.

    Raises:
        Missing: there is none, or it is somebody else's.
    """
    found = session.scalar(
        _own(customer_id)
        .with_only_columns(Invoice.id)
        .where(Invoice.id == invoice_id, Invoice.state.in_(SHOWN))
    )
    if found is None:
        raise Missing(UNKNOWN)
    return load_invoice(session, found)


def list_payable(session: Session, customer_id: int) -> Sequence[Invoice]:
    """The open invoices of a customer, the first due first."""
    return session.scalars(
        _own(customer_id).where(Invoice.state == InvoiceState.OPEN).order_by(Invoice.due_on, Invoice.id)
    ).all()


def _own(customer_id: int) -> Select[Invoice]:
    return select(Invoice).where(Invoice.customer_id == customer_id, Invoice.billed_to == BilledTo.CUSTOMER)


def list_documents(session: Session, request: ListRequest, *, customer_id: int) -> Page[StoredFile]:
    """A page of what a customer signed or was sent to sign."""
    return paginate(session, _documents(customer_id), request)


def get_own_document(session: Session, file_id: int, *, customer_id: int) -> StoredFile:
    """A document of this customer, without its content.

    Raises:
        Missing: there is none, or it is not the customer's to see.
    """
    found = session.scalar(_documents(customer_id).where(StoredFile.id == file_id))
    if found is None:
        raise Missing("Não encontramos este documento.")
    return found


def list_own_subscriptions(session: Session, customer_id: int) -> Sequence[Subscription]:
    """What goes on and is owed by a customer itself."""
    return session.scalars(_own_subscriptions(customer_id).order_by(Subscription.id)).all()


def get_own_subscription(session: Session, contract_id: int, *, customer_id: int) -> Subscription:
    """What one of a customer's contracts is billed, where it owes that itself.

    Raises:
        Missing: there is none, it is over, or it is somebody else's.
    """
    found = session.scalar(_own_subscriptions(customer_id).where(Subscription.contract_id == contract_id))
    if found is None:
        raise Missing("Não encontramos este contrato.")
    return found


def _own_subscriptions(customer_id: int) -> Select[Subscription]:
    return select(Subscription).where(
        Subscription.customer_id == customer_id,
        Subscription.billed_to == BilledTo.CUSTOMER,
        Subscription.ended_at.is_(None),
    )


def _documents(customer_id: int) -> Select[StoredFile]:
    return select(StoredFile).where(
        StoredFile.customer_id == customer_id, StoredFile.kind == FileKind.SIGNED_CONTRACT
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CardInUse:
    """How a contract is paid that is charged on a card, which is None before one was registered."""

    contract_id: int
    plan_name: str
    card: Card | None


def list_cards(session: Session, customer_id: int) -> Sequence[CardInUse]:
    """The contracts in force whose months are charged on a card of the customer, with that card."""
    rows = session.execute(
        select(Subscription.contract_id, Subscription.plan_name, Card)
        .join(Contract, Contract.id == Subscription.contract_id)
        .outerjoin(Card, Card.id == card_in_use(BilledTo.CUSTOMER))
        .where(
            Subscription.customer_id == customer_id,
            Subscription.ended_at.is_(None),
            Subscription.billed_to == BilledTo.CUSTOMER,
            Subscription.payment_method == Way.CARD.value,
        )
        .order_by(Subscription.id)
    ).all()
    return [
        CardInUse(contract_id=contract_id, plan_name=plan_name, card=card)
        for contract_id, plan_name, card in rows
    ]


def list_own_contracts(session: Session, customer_id: int) -> Sequence[Contract]:
    """The contracts in force of a customer, the newest first, loaded with everything."""
    return session.scalars(
        with_everything()
        .where(Contract.customer_id == customer_id, Contract.state.in_(IN_FORCE))
        .order_by(Contract.id.desc())
    ).all()


def get_own_contract(session: Session, contract_id: int, *, customer_id: int) -> Contract:
    """A contract in force of this customer, loaded with everything.

    Raises:
        Missing: there is none, it is over, or it is somebody else's.
    """
    found = session.scalar(
        with_everything().where(
            Contract.id == contract_id, Contract.customer_id == customer_id, Contract.state.in_(IN_FORCE)
        )
    )
    if found is None:
        raise Missing("Não encontramos este contrato.")
    return found
