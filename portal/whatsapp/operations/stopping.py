"""The line: paused when the account has a problem, going on when a person says so."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.shared import audit
from portal.shared.auth import Actor, Role
from portal.shared.environment import environment
from portal.shared.queueing import insert_once
from portal.tasks.operations import close_by_key, open_task
from portal.tasks.rules import TaskKind, end_of_day
from portal.whatsapp.models import WhatsAppLine
from portal.whatsapp.rules.reaching import LineOff


def pause_line(session: Session, *, code: int, now: datetime) -> None:
    """Send nothing until a person looked: the account is blocked, its token or its payment is refused."""
    line = _lock_line(session)
    if line.paused_at is not None:
        return
    line.paused_at, line.pause_code = now, code
    session.flush()
    open_task(
        session,
        key=f"whatsapp-line:{line.id}:{now.isoformat()}",
        kind=TaskKind.OTHER,
        team=Role.ADMIN,
        title=f"WhatsApp parado: a Meta recusou a conta (código {code})",
        detail="Confira token, pagamento e situação da conta no gerenciador da Meta. Enquanto isso os "
        "lembretes saem por e-mail. Depois, em WhatsApp, retome o envio.",
        subject=line,
        due_at=end_of_day(now),
        now=now,
    )


def resume_line(session: Session, *, actor: Actor, now: datetime) -> None:
    """Send again. Raises LineOff: there is no line, or it is not paused."""
    if environment().whatsapp is None:
        raise LineOff
    line = _lock_line(session)
    if line.paused_at is None:
        raise LineOff
    key = f"whatsapp-line:{line.id}:{line.paused_at.isoformat()}"
    line.paused_at = line.pause_code = None
    close_by_key(session, key=key, note="O envio foi retomado.", actor=actor, now=now)
    summary = "Envio por WhatsApp retomado"
    audit.record(session, action="whatsapp_resumed", summary=summary, subject=line, actor=actor, now=now)


def _lock_line(session: Session) -> WhatsAppLine:
    settings = environment().whatsapp
    if settings is None:
        raise LineOff
    insert_once(session, WhatsAppLine, key="phone_id", values={"phone_id": settings.phone_id})
    found = select(WhatsAppLine).where(WhatsAppLine.phone_id == settings.phone_id)
    return session.scalars(found.with_for_update().execution_options(populate_existing=True)).one()
