"""Writing down each step: as evidence of the signature, and in the customer's log.

The log can never be erased, so it shows an address only as the signing page does; the evidence has it whole.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared import audit
from portal.shared.auth import Actor
from portal.signatures.models import Envelope, EnvelopeEvent
from portal.signatures.rules.signing import HOUSE, USER_AGENT_LENGTH, Visitor, masked_email
from portal.signatures.rules.states import EventKind

# The steps that the customer's log tells too, in its words. The others stand in the evidence alone.
_SUMMARIES = {
    EventKind.SENT: "Link de assinatura de {title} enviado para {email}",
    EventKind.OPENED: "Link de assinatura de {title} aberto pela primeira vez",
    EventKind.CODE_SENT: "Código para assinar {title} enviado para {email}",
    EventKind.POSTPONED: "{signer} deixou para assinar {title} depois",
    EventKind.SIGNED: "{signer} assinou {title}",
    EventKind.DECLINED: "{signer} não quis assinar {title}",
    EventKind.RESENT: "Link de assinatura de {title} enviado de novo para {email}",
    EventKind.REMINDED: "Lembrete de assinatura de {title} enviado para {email}",
    EventKind.EXPIRED: "Prazo para assinar {title} terminou",
    EventKind.CANCELED: "Assinatura de {title} cancelada",
}
_BY_SIGNATORY = frozenset({EventKind.POSTPONED, EventKind.SIGNED, EventKind.DECLINED, EventKind.CODE_SENT})


def log_event(
    session: Session,
    envelope: Envelope,
    kind: EventKind,
    *,
    now: datetime,
    visitor: Visitor = HOUSE,
    actor: Actor | None = None,
    detail: str = "",
    is_logged: bool = True,
) -> EnvelopeEvent:
    """Append a step to the evidence and, with `is_logged`, to the customer's log."""
    event = EnvelopeEvent(
        envelope_id=envelope.id,
        partner_id=envelope.partner_id,
        kind=kind,
        at=now,
        ip=visitor.ip,
        user_agent=visitor.user_agent[:USER_AGENT_LENGTH],
        detail=detail,
    )
    session.add(event)
    session.flush()
    if is_logged and kind in _SUMMARIES:
        _log(session, envelope, kind, actor=actor, detail=detail, now=now)
    return event


def _log(
    session: Session, envelope: Envelope, kind: EventKind, *, actor: Actor | None, detail: str, now: datetime
) -> None:
    audit.record(
        session,
        action=f"signature_{kind.value}",
        summary=_SUMMARIES[kind].format(
            title=envelope.title, email=masked_email(envelope.signer_email), signer=envelope.signer_name
        ),
        reason=detail if kind in (EventKind.DECLINED, EventKind.CANCELED) else "",
        subject=envelope,
        actor=actor,
        actor_label=f"Responsável: {envelope.signer_name}" if kind in _BY_SIGNATORY else "",
        now=now,
    )
