"""How a case ends: the customer stays, or the contract ends with everything that follows, as one."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.cancellations import notifications
from portal.cancellations.models import CancellationCase
from portal.cancellations.operations.consequences import carry_out
from portal.cancellations.operations.locking import locked_case
from portal.cancellations.operations.opening import follow_up_key
from portal.cancellations.operations.pausing import begin_pause, tell_of_pause
from portal.cancellations.queries.discounts import accepted_discount, limit_of
from portal.cancellations.queries.pauses import accepted_pause
from portal.cancellations.queries.settlement import facts_of
from portal.cancellations.rules.cases import CaseState, SettlementChanged, WordsMissing, check_follow_up
from portal.cancellations.rules.settlement import Settlement, settle
from portal.contracts.models import Contract
from portal.contracts.operations.locking import require_writer
from portal.receipts.operations.credit import give_discount
from portal.receipts.rules.receiving import CreditReason
from portal.shared import audit
from portal.shared.auth import Actor, Role
from portal.shared.brazil import format_date
from portal.shared.clock import at_sao_paulo, day_of
from portal.tasks.operations import close_about, open_task
from portal.tasks.rules import TaskKind

WORKDAY_ENDS = 18


def retain(
    session: Session,
    *,
    case: CancellationCase,
    outcome: str,
    follow_up_on: date,
    actor: Actor | None,
    address: str = "",
    now: datetime,
) -> None:
    """The customer stays: a discount that was accepted is its credit, a pause begins, support asks again.

    Without an `actor` the customer decides alone, who is at an `address`.

    Raises:
        WordsMissing, WrongFollowUp: at their fields.
        CannotPause: a pause was accepted that may not be any more.
        CaseClosed: it has an outcome already.
    """
    if actor is not None:
        require_writer(actor)
    if not outcome.strip():
        raise WordsMissing
    check_follow_up(follow_up_on, today=day_of(now))
    contract = locked_case(session, case)
    months = accepted_pause(session, case.id)
    row = begin_pause(session, case, months, actor=actor, now=now) if months else None
    case.credit_id = _discount(session, case, contract, now=now)
    case.pause_id = row.id if row else None
    case.state, case.outcome, case.follow_up_on = CaseState.RETAINED, outcome.strip(), follow_up_on
    summary = f"Cancelamento {case.protocol}: o cliente ficou"
    _close(session, case, actor=actor, address=address, now=now, summary=summary)
    if row is not None:
        tell_of_pause(session, case, row, actor=actor, address=address, now=now)
    open_task(
        session,
        key=follow_up_key(case.id, follow_up_on),
        kind=TaskKind.FOLLOW_UP,
        team=Role.SUPPORT,
        title=f"Perguntar a {contract.customer.display_name} como está",
        detail=case.outcome,
        subject=case,
        due_at=at_sao_paulo(follow_up_on, WORKDAY_ENDS),
        actor=actor,
        now=now,
    )


def _discount(session: Session, case: CancellationCase, contract: Contract, *, now: datetime) -> int | None:
    """The credit of a discount that was accepted, unless another was given meanwhile."""
    accepted = accepted_discount(session, case.id)
    amount = min(accepted, limit_of(session, case, now=now))
    if not amount or amount < accepted:
        return None
    credit = give_discount(
        session,
        reason=CreditReason.RETENTION,
        cause_id=case.id,
        customer=contract.customer,
        amount_cents=amount,
        now=now,
    )
    return credit.id


def cancel(
    session: Session,
    *,
    case: CancellationCase,
    outcome: str,
    seen: str,
    actor: Actor | None,
    address: str = "",
    now: datetime,
) -> Settlement:
    """End what was asked for by the rule: invoices, tasks, the formal mail. `seen`: the settlement as shown.

    Without an `actor` the customer confirms alone, who is at an `address`.

    Raises:
        WordsMissing: at `words`.
        CaseClosed: it has an outcome already.
        SettlementChanged: a payment or an invoice came since it was shown.
        NotPossibleNow: the contract is no longer in force.
    """
    if actor is not None:
        require_writer(actor)
    if not outcome.strip():
        raise WordsMissing
    contract = locked_case(session, case)
    settlement = settle(facts_of(session, contract, today=day_of(now), services=case.services))
    if fingerprint(settlement) != seen:
        raise SettlementChanged
    case.state, case.outcome = CaseState.CANCELED, outcome.strip()
    case.last_day, case.is_withdrawal = settlement.last_day, settlement.is_withdrawal
    case.refund_cents = settlement.refund_cents
    case.fates = {str(invoice.invoice_id): fate.value for invoice, fate in settlement.fates}
    what = "cancelado em parte, esses serviços valem" if case.services else "cancelado, vale"
    summary = f"Contrato {contract.label} {what} até {format_date(settlement.last_day)}"
    _close(session, case, actor=actor, address=address, now=now, summary=summary)
    carry_out(session, case, contract, settlement, actor=actor, now=now)
    notifications.case_closed(session, case=case, customer=contract.customer, now=now)
    return settlement


def fingerprint(settlement: Settlement) -> str:
    """What was shown, in a form that tells whether it is still so."""
    fates = ",".join(
        f"{invoice.invoice_id}:{fate}:{invoice.open_cents}:{invoice.share_cents}"
        for invoice, fate in settlement.fates
    )
    return f"{settlement.last_day}|{settlement.refund_cents}|{fates}"


def _close(
    session: Session,
    case: CancellationCase,
    *,
    actor: Actor | None,
    address: str,
    now: datetime,
    summary: str,
) -> None:
    case.closed_at, case.closed_by_id = now, actor.user_id if actor else None
    session.flush()
    action = "cancellation_confirmed" if case.state is CaseState.CANCELED else "cancellation_retained"
    audit.record(
        session,
        action=action,
        summary=summary,
        subject=case,
        actor=actor,
        actor_label=address,
        now=now,
        reason=case.outcome,
    )
    close_about(session, subject=case, team=Role.SUPPORT, note=case.state.label, actor=actor, now=now)
