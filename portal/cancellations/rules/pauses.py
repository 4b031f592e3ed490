"""Who may pause its service instead of leaving, and for how long. Pure."""

from datetime import date, timedelta
from typing import NamedTuple

from portal.catalog.rules import ServiceState
from portal.shared.brazil import format_date
from portal.shared.refusals import Conflict, Refusal
from portal.subscriptions.rules import BilledTo

LONGEST_PAUSE = 3
PAUSE_AGAIN_AFTER = timedelta(days=365)


class PauseFacts(NamedTuple):
    """All that decides whether a customer may pause.

    `pays_by_the_month`: a payment is for a month. `paused_on`: the day on which the last pause was agreed.
    `is_changing`: another contract waits to take the place of this one.
    """

    billed_to: BilledTo
    state: ServiceState
    pays_by_the_month: bool
    goes_on: bool
    is_parked: bool
    is_partial: bool
    is_changing: bool
    paused_on: date | None


class CannotPause(Refusal):
    """The customer may not pause; says why."""

    def __init__(self, why: str) -> None:
        super().__init__(why, field="pause_months")


class PauseOver(Conflict):
    """The pause ended, or no whole month of it is left."""

    def __init__(self) -> None:
        super().__init__("Desta pausa não resta nenhum mês inteiro: o serviço volta sozinho no dia marcado.")


def months_in_words(months: int) -> str:
    """How long a pause is."""
    return "1 mês" if months == 1 else f"{months} meses"


def why_no_pause(facts: PauseFacts, *, today: date) -> str:
    """Why a customer may not pause today, in words; "" when it may."""
    reasons = (
        (facts.is_partial, "A pausa vale para o contrato inteiro, e o pedido é só de alguns serviços."),
        (facts.billed_to is BilledTo.PARTNER, "Quem cobra este cliente é o parceiro: a pausa é com ele."),
        (not facts.pays_by_the_month, "Este cliente paga vários meses de uma vez: não há mês a pausar."),
        (facts.state is not ServiceState.CURRENT, "Há pagamento em atraso: acerte-o antes de pausar."),
        (not facts.goes_on, "Este contrato está terminando."),
        (facts.is_parked, "A cobrança deste contrato está em conferência. Fale com o financeiro."),
        (facts.is_changing, "Há uma mudança deste contrato em andamento: conclua ou desista dela antes."),
    )
    for applies, words in reasons:
        if applies:
            return words
    if facts.paused_on is not None and (again := facts.paused_on + PAUSE_AGAIN_AFTER) > today:
        paused = format_date(facts.paused_on)
        return f"Este cliente combinou uma pausa em {paused}. Outra, só a partir de {format_date(again)}."
    return ""
