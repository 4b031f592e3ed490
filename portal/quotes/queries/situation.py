"""What other pages show of quotes: how many a customer has and which wait; which a partner's end touches."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.customers.queries.reading import SituationOfCustomer
from portal.customers.rules import Need, Situation
from portal.partners.queries.partners import BusinessOfPartner
from portal.quotes.models import Quote, QuoteVersion
from portal.quotes.queries.listing import QuoteEntry, list_quotes_of_customer
from portal.quotes.rules.states import QuoteState

WAITING = {
    QuoteState.PENDING_APPROVAL: ("espera a decisão do gerente de contas.", "Ver orçamento"),
    QuoteState.COUNTERED: ("recebeu uma contraproposta.", "Responder à contraproposta"),
    QuoteState.APPROVED: ("foi aprovado e ainda não foi enviado.", "Enviar ao cliente"),
    QuoteState.REJECTED: ("foi recusado pelo gerente de contas.", "Fazer nova versão"),
}


def situation_of_customer(session: Session, asked: SituationOfCustomer) -> Situation:
    """How many there are, and what waits."""
    entries = list_quotes_of_customer(session, asked.customer.id, actor=asked.actor)
    return Situation(
        needs=tuple(_need(entry) for entry in entries if entry.version.state in WAITING),
        deals=len(entries),
    )


def open_proposals_of_partner(session: Session, asked: BusinessOfPartner) -> str:
    """How many a customer could accept today."""
    open_ones = (
        select(func.count(Quote.proposal_id.distinct()))
        .join(QuoteVersion, QuoteVersion.quote_id == Quote.id)
        .where(
            QuoteVersion.partner_id == asked.partner_id,
            QuoteVersion.is_live,
            QuoteVersion.state == QuoteState.SENT,
            QuoteVersion.expires_on >= asked.today,
        )
    )
    count = session.scalar(open_ones) or 0
    if not count:
        return ""
    if count == 1:
        what = "1 proposta aberta fica suspensa: o cliente não pode mais aceitá-la"
    else:
        what = f"{count} propostas abertas ficam suspensas: os clientes não podem mais aceitá-las"
    return f"{what} e a página dá o contato da empresa. Reativar o parceiro devolve as que estão no prazo."


def _need(entry: QuoteEntry) -> Need:
    sentence, action = WAITING[entry.version.state]
    return Need(
        text=f"O orçamento {entry.label} {sentence}",
        action=action,
        endpoint="quotes.show",
        values={"quote_id": entry.version.quote_id},
    )
