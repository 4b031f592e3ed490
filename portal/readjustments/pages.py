"""What the team is told to say, in words."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from calculator import SelectionRefused, parse_selection, term_savings
from portal.catalog.queries import current_list
from portal.contracts.models import Contract
from portal.readjustments.models import Readjustment
from portal.readjustments.rules.index import percent_text
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import day_of
from portal.shared.refusals import Missing


def renewal_script(session: Session, row: Readjustment, contract: Contract, *, now: datetime) -> str:
    """What to say to a customer before a readjustment: the reason, what changes, what else there is."""
    campaign, due_on = row.campaign, format_date(row.due_on)
    index = f"até {campaign.last_index_month:%m/%Y} é {percent_text(campaign.basis_points)}"
    change = f"de {format_money(row.before_cents)} para {format_money(row.after_cents)}"
    lines = [
        f"Ligue para {contract.customer.display_name} antes da fatura de {due_on}.",
        "",
        f"Por que o preço muda: o contrato prevê reajuste a cada 12 meses. O IGP-M de 12 meses {index}.",
        f"O que muda: a mensalidade passa {change} a partir da fatura de {due_on}.",
        "",
        "O que oferecer (preços cheios da tabela de hoje, para os mesmos itens):",
        *_options(session, contract, now=now),
        "Se o cliente aceitar, use Renovar no contrato: o novo contrato recomeça o prazo de 12 meses.",
        "Se não quiser mudar nada, agradeça e confirme a data.",
        "Se for preciso manter o preço, suspenda o reajuste do contrato, com o motivo.",
    ]
    return "\n".join(lines)


def _options(session: Session, contract: Contract, *, now: datetime) -> Iterator[str]:
    """Each term of the list in force, and the other plans, for what the customer has now."""
    try:
        price_list = current_list(session, today=day_of(now), now=now).price_list
        selection = parse_selection(contract.version.selection)
        for saving in term_savings(selection, price_list):
            if saving.term.code != contract.version.term:
                yield f"- {saving.term.label}: {format_money(saving.monthly_cents)} por mês."
        for code, plan in price_list.plans.items():
            if code != contract.version.plan:
                yield f"- Outro plano: {plan.label}, com os itens que o cliente usa; calcule em Renovar."
    except (Missing, SelectionRefused):
        yield "- A tabela de hoje não vende os mesmos itens: monte a proposta em Renovar."
