"""Invoices that a debt agreement holds. The agreements room decides.

What such an invoice owes stays owed in the ledger; what the agreement's own invoices ask for stands against
it on the account *Acordos a cumprir*, until their money fills the debt.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.invoices.events import InvoiceHeld, InvoiceLetGo
from portal.invoices.models import Invoice
from portal.invoices.operations.log import log_event
from portal.invoices.rules.refusals import NotOpen
from portal.invoices.rules.states import InvoiceState
from portal.shared.auth import Actor
from portal.shared.events import publish


def hold_invoice(session: Session, invoice: Invoice, *, by: str, now: datetime) -> None:
    """Have a locked open invoice be in an agreement called `by`: nobody is asked for it meanwhile.

    Raises:
        NotOpen: it is not open.
    """
    if invoice.state is not InvoiceState.OPEN:
        raise NotOpen(invoice.label, invoice.state.label)
    invoice.state = InvoiceState.IN_AGREEMENT
    session.flush()
    log_event(session, invoice, "invoice_held", f"Fatura {invoice.label} no {by}", actor=None, now=now)
    publish(session, InvoiceHeld(invoice_id=invoice.id, at=now))


def let_invoice_go(
    session: Session, invoice: Invoice, *, by: str, reason: str, actor: Actor | None, now: datetime
) -> None:
    """Have a locked invoice, in an agreement so far, be owed as before, less what was paid of it."""
    if invoice.state is not InvoiceState.IN_AGREEMENT:
        return
    invoice.state = InvoiceState.OPEN
    session.flush()
    summary = f"Fatura {invoice.label} em aberto de novo: {by} desfeito"
    log_event(session, invoice, "invoice_let_go", summary, actor=actor, now=now, reason=reason)
    publish(session, InvoiceLetGo(invoice_id=invoice.id, at=now))
