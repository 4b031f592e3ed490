"""What helps to pay while a customer is on the phone: the invoice again, by WhatsApp."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.dunning.rules.ways import INVOICE, second_copy
from portal.invoices.models import Invoice
from portal.invoices.rules.refusals import NotOpen
from portal.invoices.rules.states import InvoiceState
from portal.shared import audit
from portal.shared.auth import Actor, Role
from portal.shared.environment import supplier_line
from portal.shared.tokens import ONE_CLICK
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind, end_of_day
from portal.whatsapp.operations.sending import Outgoing, queue_messages
from portal.whatsapp.operations.templates import ensure_templates
from portal.whatsapp.queries.messages import is_on, messages_about
from portal.whatsapp.queries.reaching import Reach, reach_of
from portal.whatsapp.rules.reaching import LineOff, NobodyReached
from portal.whatsapp.rules.templates import NotApproved, TemplateState


def send_invoice(session: Session, *, invoice: Invoice, actor: Actor, now: datetime) -> Reach:
    """Send a loaded open invoice with Pix and boleto by WhatsApp, as the customer asked for it; to whom.

    It asks no consent: who is on the phone asked for it. Who opted out is not written to all the same.

    Raises:
        NotOpen: there is nothing to pay.
        LineOff, NotApproved, NobodyReached: it cannot go by itself.
    """
    audit.lock_stream(session, customer_id=invoice.customer_id)
    if invoice.state is not InvoiceState.OPEN:
        raise NotOpen(invoice.label, invoice.state.label)
    if not is_on(session):
        raise LineOff
    text = second_copy(supplier_line())
    if ensure_templates(session, [text], now=now)[text.name].state is not TemplateState.APPROVED:
        raise NotApproved
    to = reach_of(session, [invoice.customer_id], needs_consent=False)[invoice.customer_id]
    if to.why is not None:
        raise NobodyReached(to.why)
    last = messages_about(session, INVOICE, [invoice.id]).get(invoice.id)
    if last is not None and now - last.queued_at < ONE_CLICK:
        return to
    outgoing = Outgoing(
        key=f"invoice:{invoice.id}:{now.isoformat()}",
        subject_id=invoice.id,
        phone=to.phone,
        user_id=to.user_id,
        name=to.name,
        partner_id=invoice.partner_id,
        customer_id=invoice.customer_id,
    )
    queue_messages(session, kind=INVOICE, messages=[outgoing], now=now)
    audit.record(
        session,
        action="invoice_sent_by_whatsapp",
        summary=f"Fatura {invoice.label} enviada por WhatsApp a {to.name} (final {to.phone[-4:] or '–'})",
        subject=invoice,
        actor=actor,
        now=now,
    )
    return to


def ask_to_send_otherwise(
    session: Session, invoice_id: int, *, message_id: int, why: str, now: datetime
) -> None:
    """Tell support that what was promised on the phone did not arrive."""
    invoice = session.get_one(Invoice, invoice_id)
    if invoice.state is not InvoiceState.OPEN:
        return
    open_task(
        session,
        key=f"whatsapp-invoice:{message_id}",
        kind=TaskKind.FOLLOW_UP,
        team=Role.SUPPORT,
        title=f"A fatura {invoice.label} não chegou por WhatsApp",
        detail=f"{why}. Ela foi prometida na ligação: mande por e-mail, ou ligue de novo.",
        subject=invoice,
        due_at=end_of_day(now),
        now=now,
    )
