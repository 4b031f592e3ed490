"""When months of a contract may go by without an invoice: given away, or in a pause. Pure."""

from datetime import date, timedelta
from typing import NamedTuple

from portal.catalog.rules import ServiceState
from portal.shared.brazil import format_date
from portal.subscriptions.rules import BilledTo

AGAIN_AFTER = timedelta(days=365)


class UnbilledFacts(NamedTuple):
    """What decides whether the next months of a contract may go without an invoice.

    `pays_by_the_month`: a payment is for a month. `is_changing`: another contract waits to take the place of
    this one.
    """

    billed_to: BilledTo
    state: ServiceState
    pays_by_the_month: bool
    goes_on: bool
    is_parked: bool
    is_changing: bool


class UnbilledWords(NamedTuple):
    """How it is spoken of: what the partner decides on, what is done to a month, what was had, and others."""

    what: str
    to_do: str
    had: str
    another: str


def why_billed(facts: UnbilledFacts, words: UnbilledWords) -> str:
    """Why the next months are to be invoiced as ever, in words; "" when they need not be."""
    reasons = (
        (
            facts.billed_to is BilledTo.PARTNER,
            f"Quem cobra este cliente é o parceiro: {words.what} é com ele.",
        ),
        (
            not facts.pays_by_the_month,
            f"Este cliente paga vários meses de uma vez: não há mês a {words.to_do}.",
        ),
        (facts.state is not ServiceState.CURRENT, "Há pagamento em atraso: acerte-o antes."),
        (not facts.goes_on, "Este contrato está terminando."),
        (facts.is_parked, "A cobrança deste contrato está em conferência pelo financeiro."),
        (facts.is_changing, "Há uma mudança deste contrato em andamento: conclua ou desista dela antes."),
    )
    return next((why for applies, why in reasons if applies), "")


def why_not_yet(last_on: date | None, words: UnbilledWords, *, today: date) -> str:
    """Why a customer that had such months on a day must wait for others, in words; "" when it need not."""
    if last_on is None or (again := last_on + AGAIN_AFTER) <= today:
        return ""
    last = format_date(last_on)
    return f"Este cliente {words.had} em {last}. {words.another}, só a partir de {format_date(again)}."
