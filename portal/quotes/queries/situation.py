"""What a customer's record shows of its quotes: how far the best one is, and which wait for somebody."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from portal.customers.queries import SituationOfCustomer
from portal.customers.rules import Need, Situation
from portal.quotes.queries.listing import QuoteEntry, list_quotes_of_customer
from portal.quotes.rules import QuoteState

WAITING = {
    QuoteState.PENDING_APPROVAL: ("espera a decisão do gerente de contas.", "Ver orçamento"),
    QuoteState.COUNTERED: ("recebeu uma contraproposta.", "Responder à contraproposta"),
    QuoteState.APPROVED: ("foi aprovado e ainda não foi enviado.", "Enviar ao cliente"),
    QuoteState.REJECTED: ("foi recusado pelo gerente de contas.", "Fazer nova versão"),
}
FARTHEST_FIRST = (
    QuoteState.CONTRACTED,
    QuoteState.ACCEPTED,
    QuoteState.SENT,
    QuoteState.APPROVED,
    QuoteState.COUNTERED,
    QuoteState.PENDING_APPROVAL,
    QuoteState.DRAFT,
)


def situation_of_customer(session: Session, asked: SituationOfCustomer) -> Situation:
    """The state of the quote that is farthest, how many there are, and what waits."""
    entries = list_quotes_of_customer(session, asked.customer.id, actor=asked.actor)
    return Situation(
        state=_farthest([entry.version.state for entry in entries]),
        needs=tuple(_need(entry) for entry in entries if entry.version.state in WAITING),
        deals=len(entries),
    )


def _farthest(states: Sequence[QuoteState]) -> QuoteState | None:
    return next((state for state in FARTHEST_FIRST if state in states), None)


def _need(entry: QuoteEntry) -> Need:
    sentence, action = WAITING[entry.version.state]
    return Need(
        text=f"O orçamento {entry.label} {sentence}",
        action=action,
        endpoint="quotes.show",
        values={"quote_id": entry.version.quote_id},
    )
