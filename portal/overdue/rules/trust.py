"""Whether a suspended service is released before it is paid, for how long, and why it is not. Pure."""

from datetime import date, timedelta
from typing import NamedTuple

from portal.shared.brazil import format_date
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict


class TrustTerms(NamedTuple):
    """The settings: for how many days, 0 for never; how many days after the last one, 0 for one in all."""

    days: int
    again_after: int


class TrustOffer(NamedTuple):
    """What a suspended customer may have today.

    `until` is the last day of service, None when it is refused: then `why_not` says why and `next_on` when
    it will be possible, None for never.
    """

    until: date | None
    why_not: str = ""
    next_on: date | None = None


class TrustOutcome(LabeledEnum):
    """What became of a release."""

    RUNNING = "running", "Em andamento"
    PAID = "paid", "Pago durante a liberação"
    PAID_LATER = "paid_later", "Pago depois"
    NOT_PAID = "not_paid", "Não pago"


class TrustRefused(Conflict):
    """The customer has had its release, or there is none."""


class NothingSuspended(Conflict):
    """No service of the customer is suspended, or it is released in trust already."""

    def __init__(self) -> None:
        super().__init__("Nenhum serviço está suspenso: não há o que liberar.")


def trust_offer(last_given_on: date | None, *, terms: TrustTerms, today: date) -> TrustOffer:
    """What a suspended customer may have that was last released in trust on a day, None for never."""
    if not terms.days:
        return TrustOffer(None, "A liberação em confiança não está disponível.")
    if last_given_on is None:
        return TrustOffer(today + timedelta(days=terms.days))
    used = f"A liberação em confiança já foi usada em {format_date(last_given_on)}"
    if not terms.again_after:
        return TrustOffer(None, f"{used} e só pode ser usada uma vez.")
    next_on = last_given_on + timedelta(days=terms.again_after)
    if next_on > today:
        return TrustOffer(None, f"{used}. A próxima é possível a partir de {format_date(next_on)}.", next_on)
    return TrustOffer(today + timedelta(days=terms.days))


def countdown(until_on: date, today: date) -> str:
    """How long a release still lasts: "termina hoje, no fim do dia", "faltam 2 dias"."""
    left = (until_on - today).days
    if left <= 0:
        return "termina hoje, no fim do dia"
    return "termina amanhã, no fim do dia" if left == 1 else f"faltam {left} dias"
