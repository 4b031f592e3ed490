"""What billing passed by: somebody is asked to look at it, and lets it be tried again."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.queries.reading import lock_contract
from portal.contracts.rules.states import contract_label
from portal.invoices.models import BillingRun
from portal.invoices.queries.billing_runs import count_parked
from portal.shared import audit
from portal.shared.auth import Actor, Role
from portal.shared.brazil import format_date
from portal.subscriptions.models import Subscription
from portal.subscriptions.operations import billing
from portal.tasks.operations import close_task, open_or_mention
from portal.tasks.queries import find_open
from portal.tasks.rules import TaskResult, end_of_day

BILLING_PARKED = "billing-parked"


def ask_about_parked(session: Session, *, run_id: int, reasons: Mapping[int, str], now: datetime) -> None:
    """Have finance look at what a run passed by, each subscription with the reason.

    One task while it is open: it names each contract once for each time it was parked.
    """
    if not reasons:
        return
    run = session.get_one(BillingRun, run_id)
    parked = select(Subscription.id, Subscription.contract_id).where(Subscription.id.in_(list(reasons)))
    open_or_mention(
        session,
        cause=BILLING_PARKED,
        said=[
            f"Contrato {contract_label(contract_id)}, no faturamento de {format_date(run.day)}: "
            f"{reasons[subscription_id]}"
            for subscription_id, contract_id in session.execute(parked.order_by(Subscription.id)).all()
        ],
        team=Role.FINANCE,
        title="Mensalidades paradas no faturamento",
        detail="O faturamento do dia passou por mensalidades cujos números não conferem: elas ficam sem "
        "fatura até alguém resolver.\nAbra Faturamento, corrija o contrato de cada uma e mande tentar de "
        "novo. A tarefa se encerra sozinha quando nenhuma estiver parada.",
        subject=run,
        due_at=end_of_day(now),
        now=now,
    )


def let_go_on(session: Session, *, contract_id: int, actor: Actor, now: datetime) -> Subscription:
    """Take away the mark that billing passes a contract's subscription by; with the last, its task ends.

    Raises:
        Missing: the contract has none.
    """
    lock_contract(session, contract_id)
    subscription, reason = billing.unpark(session, contract_id=contract_id)
    if reason:
        audit.record(
            session,
            action="billing_let_go_on",
            summary=f"Faturamento do contrato {contract_label(contract_id)} liberado",
            subject=subscription,
            actor=actor,
            reason=reason,
            now=now,
        )
    task = find_open(session, BILLING_PARKED)
    if task is not None and not count_parked(session):
        note = "Nenhuma mensalidade está parada."
        close_task(session, task=task, result=TaskResult.DONE, note=note, actor=actor, now=now)
    return subscription
