"""A customer asks that what is kept about it be erased."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.shared import audit
from portal.shared.auth import Role
from portal.subscribers.queries.erasure import request_key
from portal.tasks.models import Task
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind

ANSWERED_WITHIN = timedelta(days=15)  # LGPD, art. 19
DETAIL = (
    "O titular pediu a exclusão dos dados (LGPD, art. 18). Contratos, faturas e pagamentos ficam pelo prazo "
    "que a lei manda guardar; contatos, telefones e observações que não são mais precisos saem do cadastro. "
    "Responda ao cliente com o que foi feito."
)


def ask_for_erasure(session: Session, *, customer: Customer, email: str, now: datetime) -> Task:
    """Have an admin see to it within 15 days; asked again in the same month, the task that is there."""
    audit.lock_stream(session, customer_id=customer.id)
    key = request_key(customer.id, f"{now:%Y-%m}")
    if known := session.scalar(select(Task).where(Task.key == key)):
        return known
    audit.record(
        session,
        action="erasure_asked",
        summary="Pedido de exclusão de dados pessoais",
        subject=customer,
        owner=customer,
        actor=None,
        actor_label=email,
        now=now,
    )
    return open_task(
        session,
        key=key,
        kind=TaskKind.OTHER,
        team=Role.ADMIN,
        title=f"Exclusão de dados: {customer.display_name}",
        detail=DETAIL,
        subject=customer,
        due_at=now + ANSWERED_WITHIN,
        now=now,
    )
