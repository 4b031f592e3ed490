"""Templates: made where a text needs one, registered by the queue, kept as WhatsApp says they stand."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.gateways.whatsapp.interface import Outcome, TemplateOrder, TemplateReport
from portal.shared.auth import Role
from portal.shared.mail import post_office
from portal.shared.queue import TryLater, enqueue, enqueue_all
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind, end_of_day
from portal.whatsapp.models import WhatsAppTemplate
from portal.whatsapp.queries.messages import find_template, list_unregistered, templates_by_name
from portal.whatsapp.rules.messages import REGISTER
from portal.whatsapp.rules.templates import STATES, TemplateState, TemplateText

# What stands in a template when it is shown to who approves it.
EXAMPLES = {
    "nome": "Maria Souza",
    "fatura": "000123",
    "valor": "R$ 204,50",
    "vencimento": "15/07/2026",
    "dias": "9",
    "servico": "Plano mensal",
    "parceiro": "Sul Sistemas",
    "pix": "00020126580014br.gov.bcb.pix0136exemplo5204000053039865802BR6304ABCD",
}
LINK_PATH = "/pagar/"


def ensure_templates(
    session: Session, texts: Iterable[TemplateText], *, now: datetime
) -> Mapping[str, WhatsAppTemplate]:
    """The templates of some texts, by name; what is new is registered by the queue."""
    wanted = {text.name: text for text in texts}
    known = templates_by_name(session, wanted)
    rows = [
        {
            "name": text.name,
            "category": text.category,
            "body": text.body,
            "fields": text.fields,
            "button": text.button,
            "state": TemplateState.WAITING,
            "reason": "",
            "made_at": now,
            "changed_at": now,
        }
        for name, text in wanted.items()
        if name not in known
    ]
    if rows:
        once = insert(WhatsAppTemplate).on_conflict_do_nothing(index_elements=["name"])
        made = session.scalars(once.returning(WhatsAppTemplate.id), rows).all()
        if made:
            enqueue_all(session, REGISTER, subject_ids=made, now=now)
        known = templates_by_name(session, wanted)
    return known


def prepare_registration(session: Session, template_id: int, **_moment: datetime) -> TemplateOrder | None:
    """What to ask approval for; None once that is decided."""
    template = session.get_one(WhatsAppTemplate, template_id)
    if template.state not in (TemplateState.WAITING, TemplateState.PENDING):
        return None
    examples = {name: EXAMPLES.get(field, "exemplo") for name, field in template.fields.items()}
    return TemplateOrder(
        name=template.name,
        category=template.category,
        body=template.body,
        examples=examples,
        button=template.button,
        button_url=f"{post_office().base_url}{LINK_PATH}" if template.button else "",
    )


def record_registration(session: Session, template_id: int, report: TemplateReport, *, now: datetime) -> None:
    """Write down how a template stands.

    Raises:
        TryLater: nobody said.
    """
    template = session.get_one(WhatsAppTemplate, template_id, with_for_update=True)
    if report.outcome in (Outcome.NOT_REACHED, Outcome.NO_ANSWER):
        raise TryLater("WhatsApp does not answer about a template")
    if report.outcome is Outcome.REFUSED:
        _stand(session, template, TemplateState.REJECTED, f"código {report.code}", now=now)
    else:
        _stand(session, template, STATES.get(report.status, TemplateState.PENDING), "", now=now)


def note_template(session: Session, *, name: str, status: str, reason: str, now: datetime) -> None:
    """Keep what WhatsApp tells of a template by itself; of one that is not ours, nothing."""
    template = find_template(session, name)
    if template is not None and status in STATES:
        told = "" if reason in ("", "NONE") else reason
        _stand(session, template, STATES[status], told, now=now)


def stop_template(session: Session, name: str, *, code: int, now: datetime) -> None:
    """Send no more of a template that a message was refused for."""
    template = find_template(session, name)
    if template is not None:
        _stand(session, template, TemplateState.PAUSED, f"código {code}", now=now)


def look_again(session: Session, *, template: WhatsAppTemplate, now: datetime) -> None:
    """Ask WhatsApp how a template stands; until it answers, nothing is sent of it."""
    template.state, template.changed_at = TemplateState.PENDING, now
    session.flush()
    enqueue(session, REGISTER, subject_id=template.id, now=now)


def chase_templates(session: Session, *, now: datetime) -> int:
    """Look again at those nothing was heard of; how many."""
    waiting = list_unregistered(session)
    for each in waiting:
        enqueue(session, REGISTER, subject_id=each, now=now)
    return len(waiting)


def _stand(
    session: Session, template: WhatsAppTemplate, state: TemplateState, reason: str, *, now: datetime
) -> None:
    if (template.state, template.reason) == (state, reason):
        return
    template.state, template.reason, template.changed_at = state, reason, now
    session.flush()
    if state in (TemplateState.REJECTED, TemplateState.PAUSED, TemplateState.DISABLED):
        open_task(
            session,
            key=f"whatsapp-template:{template.id}:{state}:{now:%Y-%m-%d}",
            kind=TaskKind.OTHER,
            team=Role.ADMIN,
            title=f"Modelo de WhatsApp {state.label.lower()}: {template.name}",
            detail=f"{reason or 'Sem motivo informado'}. Até ser aprovado de novo, quem receberia por "
            f"WhatsApp recebe por e-mail. Texto do modelo:\n\n{template.body}",
            due_at=end_of_day(now),
            now=now,
        )
