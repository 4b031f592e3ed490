"""What a customer's record shows of its quotes: how many there are, and which wait for somebody."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.customers.rules import Need, Situation
from portal.quotes.queries.listing import QuoteEntry, list_quotes_of_customer
from portal.quotes.rules import QuoteState
from portal.shared.auth import Actor

WAITING = {
    QuoteState.PENDING_APPROVAL: ("espera a decisão do gerente de contas.", "Ver orçamento"),
    QuoteState.COUNTERED: ("recebeu uma contraproposta.", "Responder à contraproposta"),
    QuoteState.APPROVED: ("foi aprovado e ainda não foi enviado.", "Enviar ao cliente"),
    QuoteState.REJECTED: ("foi recusado pelo gerente de contas.", "Fazer nova versão"),
}


def situation_of_customer(session: Session, actor: Actor, customer: Customer, _now: datetime) -> Situation:
    """How many there are, and what waits."""
    entries = list_quotes_of_customer(session, customer.id, actor=actor)
    return Situation(
        needs=tuple(_need(entry) for entry in entries if entry.version.state in WAITING),
        deals=len(entries),
    )


def _need(entry: QuoteEntry) -> Need:
    sentence, action = WAITING[entry.version.state]
    return Need(
        text=f"O orçamento {entry.label} {sentence}",
        action=action,
        endpoint="quotes.show",
        values={"quote_id": entry.version.quote_id},
    )
