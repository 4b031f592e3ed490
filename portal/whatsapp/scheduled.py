"""What the whatsapp room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared.environment import environment
from portal.shared.schedule import JobReport, job
from portal.whatsapp.operations.sending import chase_messages, settle_unanswered
from portal.whatsapp.operations.templates import chase_templates

NOT_CONFIGURED = JobReport("Nenhuma linha de WhatsApp configurada.", {})


@job("sweep-whatsapp", title="WhatsApp sem resposta")
def sweep_whatsapp(session: Session, *, now: datetime) -> JobReport:
    """Settle messages whose answer was lost, send those nobody sends, look at templates under review."""
    if environment().whatsapp is None:
        return NOT_CONFIGURED
    settled, chased = settle_unanswered(session, now=now), chase_messages(session, now=now)
    looked = chase_templates(session, now=now)
    return JobReport(
        f"Mensagens sem resposta: {settled}. Retomadas: {chased}. Modelos em análise: {looked}.",
        {"settled": settled, "chased": chased, "templates": looked},
    )
