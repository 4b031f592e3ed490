"""Who may pause its service instead of leaving, and for how long. Pure."""

from datetime import date

from portal.invoices.rules.unbilled import UnbilledFacts, UnbilledWords, why_billed, why_not_yet
from portal.shared.refusals import Conflict, Refusal

LONGEST_PAUSE = 3
PAUSE = UnbilledWords("a pausa", "pausar", "combinou uma pausa", "Outra")


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


def why_no_pause(facts: UnbilledFacts, *, is_partial: bool, paused_on: date | None, today: date) -> str:
    """Why a customer may not pause today, in words; "" when it may.

    `is_partial`: it asks to leave some services only. `paused_on`: when the last pause was agreed.
    """
    if is_partial:
        return "A pausa vale para o contrato inteiro, e o pedido é só de alguns serviços."
    return why_billed(facts, PAUSE) or why_not_yet(paused_on, PAUSE, today=today)
