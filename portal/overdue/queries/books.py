"""What must always be true of suspensions and no constraint holds over two tables at once."""

from collections.abc import Sequence

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto, BoletoSettlement
from portal.banking.rules.boleto import BoletoState
from portal.catalog.rules import ServiceState
from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice
from portal.invoices.rules.states import HELD
from portal.overdue.models import OverdueNotice, Suspension
from portal.shared.clock import SAO_PAULO
from portal.subscriptions.models import Subscription
from portal.subscriptions.rules import UNPAID


def find_broken_suspensions(session: Session) -> Sequence[int]:
    """Contracts suspended without a running suspension, or not suspended with one (invariant M20).

    One that is ending keeps that state while its service is suspended; one released in trust is active.
    """
    runs = Suspension.id.is_not(None)
    is_suspended = Subscription.service_state.in_(UNPAID)
    says_so = Contract.state == ContractState.SUSPENDED
    is_trusted = Subscription.service_state == ServiceState.TRUSTED
    differs = (Contract.state == ContractState.ACTIVE) != is_trusted
    other = and_(runs, differs, Contract.state != ContractState.ENDING)
    return session.scalars(
        select(Subscription.contract_id)
        .join(Contract, Contract.id == Subscription.contract_id)
        .outerjoin(
            Suspension,
            and_(Suspension.contract_id == Subscription.contract_id, Suspension.released_at.is_(None)),
        )
        .where(or_(runs != is_suspended, and_(says_so, ~runs), other))
        .order_by(Subscription.contract_id)
    ).all()


def find_early_suspensions(session: Session) -> Sequence[int]:
    """Suspensions that began before the day their notice names (invariant M13)."""
    day = func.date(func.timezone(SAO_PAULO.key, Suspension.suspended_at))
    return session.scalars(
        select(Suspension.id)
        .join(OverdueNotice, OverdueNotice.id == Suspension.notice_id)
        .where(day < OverdueNotice.suspends_on)
        .order_by(Suspension.id)
    ).all()


def find_suspended_for_nothing(session: Session) -> Sequence[int]:
    """Running suspensions of contracts that owe nothing at all (invariant M13)."""
    owes = select(Invoice.id).where(Invoice.contract_id == Suspension.contract_id, Invoice.state.in_(HELD))
    running = select(Suspension.id).where(Suspension.released_at.is_(None), ~owes.exists())
    return session.scalars(running.order_by(Suspension.id)).all()


def find_suspended_while_settling(session: Session) -> Sequence[int]:
    """Suspensions that began between the bank's word that a boleto is paid and its credit (invariant M13).

    What the bank took back is not on its way; when it did so it does not say, so it is not looked at.
    """
    began = Suspension.suspended_at
    on_its_way = (
        select(BoletoSettlement.id)
        .join(Boleto, Boleto.id == BoletoSettlement.boleto_id)
        .join(Invoice, Invoice.id == Boleto.invoice_id)
        .where(
            Invoice.contract_id == Suspension.contract_id,
            Boleto.state.in_((BoletoState.PAID_UNSETTLED, BoletoState.PAID)),
            BoletoSettlement.told_at <= began,
            or_(BoletoSettlement.settled_at.is_(None), BoletoSettlement.settled_at > began),
        )
    )
    return session.scalars(select(Suspension.id).where(on_its_way.exists()).order_by(Suspension.id)).all()
