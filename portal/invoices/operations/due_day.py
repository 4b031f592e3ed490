"""Changing the day of the month on which a contract falls due."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.operations.log import log_event
from portal.contracts.queries.reading import load_contract, lock_contract
from portal.invoices.models import DueDayChange, Invoice
from portal.invoices.notifications import due_day_changed
from portal.invoices.operations.issuing import draft_invoice, issue_invoice
from portal.invoices.queries.due_day import (
    DueDaySimulation,
    lines_of_a_month,
    share_of_month,
    simulate_due_day,
)
from portal.invoices.rules.due_day import SimulationStale, between_charge
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_date
from portal.shared.clock import day_of
from portal.shared.refusals import Missing
from portal.subscriptions.models import Subscription
from portal.subscriptions.operations.billing import move_payments
from portal.subscriptions.queries.reading import find_subscription


def change_due_day(
    session: Session,
    *,
    contract_id: int,
    due_day: int,
    seen: str,
    actor: Actor | None,
    changed_for: str = "",
    now: datetime,
) -> DueDayChange:
    """Have a contract fall due on another day from its next payment on, as its simulation showed.

    `actor` is who of the portal does it, None for the customer, who is at the address `changed_for`. What is
    billed already stays. Days between two periods are invoiced at once, due on the old day.

    Raises:
        Missing: the contract is not active yet.
        DueDayBlocked, DueDayNotOffered: see `rules.due_day.move_due_day`.
        SimulationStale: `seen` is not what would be stored now.
    """
    contract = load_contract(session, contract_id)
    audit.lock_stream(session, customer_id=contract.customer_id)
    lock_contract(session, contract_id)
    subscription = find_subscription(session, contract_id, for_update=True)
    if subscription is None:
        raise Missing("Este contrato ainda não está ativo.")
    simulation = simulate_due_day(session, subscription, due_day, today=day_of(now))
    if simulation.seen != seen:
        raise SimulationStale
    invoice = _draft_days_between(session, contract, subscription, simulation, now=now)
    change = DueDayChange(
        contract_id=contract_id,
        partner_id=contract.partner_id,
        customer_id=contract.customer_id,
        from_day=subscription.due_day,
        to_day=due_day,
        number=simulation.move.number,
        invoice_id=invoice.id if invoice else None,
        changed_at=now,
        changed_by_id=actor.user_id if actor else None,
        changed_for="" if actor else changed_for,
    )
    session.add(change)
    session.flush()
    move = simulation.move
    move_payments(session, subscription=subscription, place=move.place, next_number=move.first_number)
    if invoice is not None:
        issue_invoice(session, invoice=invoice, due_on=invoice.due_on, now=now)
    _record(session, contract, change, simulation, actor=actor, now=now)
    return change


def _draft_days_between(
    session: Session,
    contract: Contract,
    subscription: Subscription,
    simulation: DueDaySimulation,
    *,
    now: datetime,
) -> Invoice | None:
    move = simulation.move
    if move.between is None or not move.between.amount_cents:
        return None
    lines = share_of_month(lines_of_a_month(session, subscription), move.between.amount_cents)
    return draft_invoice(
        session,
        contract,
        between_charge(move.between, lines),
        number=move.number,
        due_on=max(move.between.starts_on, day_of(now)),
        now=now,
    )


def _record(
    session: Session,
    contract: Contract,
    change: DueDayChange,
    simulation: DueDaySimulation,
    *,
    actor: Actor | None,
    now: datetime,
) -> None:
    first_due_on = format_date(simulation.move.first_due_on)
    log_event(
        session,
        contract,
        "due_day_changed",
        f"Vencimento do contrato {{label}} mudou do dia {change.from_day} para o dia {change.to_day}, "
        f"a partir de {first_due_on}",
        actor=actor,
        actor_label=change.changed_for,
        now=now,
    )
    due_day_changed(session, contract=contract, change_id=change.id, now=now)
