"""How a case ends: the customer stays, or the contract ends with everything that follows, as one."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.cancellations import notifications
from portal.cancellations.models import CancellationCase
from portal.cancellations.operations.locking import locked_case
from portal.cancellations.operations.opening import follow_up_key, task_key
from portal.cancellations.queries import facts_of
from portal.cancellations.rules.cases import CaseState, SettlementChanged, WordsMissing, check_follow_up
from portal.cancellations.rules.settlement import Fate, Settlement, settle
from portal.contracts.models import Contract
from portal.contracts.operations.ending import end_contract, is_over_on
from portal.contracts.operations.locking import require_writer
from portal.invoices.operations.settling import void_invoice
from portal.shared import audit
from portal.shared.auth import Actor, Role
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import at_sao_paulo, day_of
from portal.tasks.operations import close_by_key, open_task
from portal.tasks.rules import TaskKind

FINANCE_WITHIN = timedelta(days=2)
WORKDAY_ENDS = 18


def retain(
    session: Session, *, case: CancellationCase, outcome: str, follow_up_on: date, actor: Actor, now: datetime
) -> None:
    """The customer stays: nothing changes, and support asks again on a day.

    Raises:
        WordsMissing, WrongFollowUp: at their fields.
        CaseClosed: it has an outcome already.
    """
    require_writer(actor)
    if not outcome.strip():
        raise WordsMissing
    check_follow_up(follow_up_on, today=day_of(now))
    contract = locked_case(session, case)
    case.state, case.outcome, case.follow_up_on = CaseState.RETAINED, outcome.strip(), follow_up_on
    _close(session, case, actor=actor, now=now, summary=f"Cancelamento {case.protocol}: o cliente ficou")
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


def cancel(
    session: Session, *, case: CancellationCase, outcome: str, seen: str, actor: Actor, now: datetime
) -> Settlement:
    """End the contract by the rule: invoices, tasks, the formal mail. `seen`: the settlement as shown.

    Raises:
        WordsMissing: at `words`.
        CaseClosed: it has an outcome already.
        SettlementChanged: a payment or an invoice came since it was shown.
        NotPossibleNow: the contract is no longer in force.
    """
    require_writer(actor)
    if not outcome.strip():
        raise WordsMissing
    contract = locked_case(session, case)
    settlement = settle(facts_of(session, contract, today=day_of(now)))
    if fingerprint(settlement) != seen:
        raise SettlementChanged
    case.state, case.outcome = CaseState.CANCELED, outcome.strip()
    case.last_day, case.is_withdrawal = settlement.last_day, settlement.is_withdrawal
    case.refund_cents = settlement.refund_cents
    case.fates = {str(invoice.invoice_id): fate.value for invoice, fate in settlement.fates}
    summary = f"Contrato {contract.label} cancelado, vale até {format_date(settlement.last_day)}"
    _close(session, case, actor=actor, now=now, summary=summary)
    _drop_invoices(session, case, contract, settlement, actor=actor, now=now)
    _end(session, case, contract, settlement, actor=actor, now=now)
    _ask_for_refund(session, case, contract, settlement, actor=actor, now=now)
    notifications.case_closed(session, case=case, customer=contract.customer, now=now)
    return settlement


def fingerprint(settlement: Settlement) -> str:
    """What was shown, in a form that tells whether it is still so."""
    fates = ",".join(
        f"{invoice.invoice_id}:{fate}:{invoice.open_cents}" for invoice, fate in settlement.fates
    )
    return f"{settlement.last_day}|{settlement.refund_cents}|{fates}"


def _close(session: Session, case: CancellationCase, *, actor: Actor, now: datetime, summary: str) -> None:
    case.closed_at, case.closed_by_id = now, actor.user_id
    session.flush()
    action = "cancellation_confirmed" if case.state is CaseState.CANCELED else "cancellation_retained"
    audit.record(
        session, action=action, summary=summary, subject=case, actor=actor, now=now, reason=case.outcome
    )
    close_by_key(session, key=task_key(case.id), note=case.state.label, actor=actor, now=now)


def _end(
    session: Session,
    case: CancellationCase,
    contract: Contract,
    settlement: Settlement,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    last_day = settlement.last_day
    end_contract(
        session,
        contract=contract,
        last_day=last_day,
        at_once=is_over_on(last_day, now=now),
        reason=f"Cancelado a pedido do cliente: protocolo {case.protocol}.",
        actor=actor,
        now=now,
    )


def _drop_invoices(
    session: Session,
    case: CancellationCase,
    contract: Contract,
    settlement: Settlement,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """What is owed for nothing any more is void; finance sees that the bank drops its boletos."""
    dropped = settlement.of(Fate.DROPPED)
    for invoice in dropped:
        why = f"Contrato cancelado: protocolo {case.protocol}"
        void_invoice(session, invoice_id=invoice.invoice_id, reason=why, actor=actor, now=now)
    if dropped:
        labels = ", ".join(invoice.label for invoice in dropped)
        _ask_finance(
            session,
            case,
            what="boletos",
            kind=TaskKind.CANCELLATION,
            title=f"Conferir a baixa dos boletos de {contract.customer.display_name}",
            detail=f"Faturas anuladas pelo cancelamento {case.protocol}: {labels}.",
            actor=actor,
            now=now,
        )


def _ask_for_refund(
    session: Session,
    case: CancellationCase,
    contract: Contract,
    settlement: Settlement,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    if settlement.refund_cents:
        amount = format_money(settlement.refund_cents)
        _ask_finance(
            session,
            case,
            what="refund",
            kind=TaskKind.REFUND,
            title=f"Devolver {amount} a {contract.customer.display_name}",
            detail=f"Arrependimento em até 7 dias (CDC, art. 49), protocolo {case.protocol}.",
            actor=actor,
            now=now,
        )


def _ask_finance(
    session: Session,
    case: CancellationCase,
    *,
    what: str,
    kind: TaskKind,
    title: str,
    detail: str,
    actor: Actor,
    now: datetime,
) -> None:
    open_task(
        session,
        key=f"cancellation:{case.id}:{what}",
        kind=kind,
        team=Role.FINANCE,
        title=title,
        detail=detail,
        subject=case,
        due_at=now + FINANCE_WITHIN,
        actor=actor,
        now=now,
    )
