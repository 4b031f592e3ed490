"""What is answered to a product that asks whether its service is released. Pure."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from portal.catalog.rules import ServiceState
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal

A_DAY = timedelta(days=1)
PREFIX = "acesso_"
PER_MINUTE = 600
"""Questions a minute by one key."""


class AccessState(LabeledEnum):
    """How a service stands, as it is answered; the words are part of the interface and never change."""

    CURRENT = "em_dia", "Em dia"
    GRACE = "em_tolerancia", "Em tolerância: venceu há poucos dias"
    OVERDUE = "em_atraso", "Em atraso: avisado da suspensão, ainda com serviço"
    TRUSTED = "em_confianca", "Suspenso e liberado por alguns dias em confiança"
    SUSPENDED = "suspenso", "Suspenso por falta de pagamento"
    PAUSED = "em_pausa", "Em pausa combinada com o cliente: volta sozinho"
    NONE = "sem_servico", "Sem este serviço, ou documento que ninguém conhece"


class AccessReason(LabeledEnum):
    """Why a service is not, or not for long, released."""

    LATE = "pagamento_em_atraso", "Há pagamento vencido"
    PAUSED = "pausa", "O cliente pediu meses sem serviço"
    NONE = "sem_contrato", "Não há contrato deste serviço em vigor"


class Access(NamedTuple):
    """An answer. `until` is the last day on which the service is released for sure, None when it is not."""

    is_released: bool
    until: date | None
    state: AccessState
    reason: AccessReason | None


class Service(NamedTuple):
    """A subscription in force: its state, the last paid day, the day its notice names, and the last one on
    which it is released in trust. `is_paused`: today is one of the days of a pause.
    """

    state: ServiceState
    released_until: date | None
    suspends_on: date | None
    trusted_until: date | None = None
    is_paused: bool = False


NO_SERVICE = Access(is_released=False, until=None, state=AccessState.NONE, reason=AccessReason.NONE)
BY_STATE = {
    ServiceState.CURRENT: AccessState.CURRENT,
    ServiceState.GRACE: AccessState.GRACE,
    ServiceState.OVERDUE: AccessState.OVERDUE,
    ServiceState.TRUSTED: AccessState.TRUSTED,
    ServiceState.SUSPENDED: AccessState.SUSPENDED,
}


class KeyRevoked(Conflict):
    """It was revoked before."""

    def __init__(self) -> None:
        super().__init__("Esta chave já foi revogada.")


class UnknownProduct(Refusal):
    """No price list sells it."""

    def __init__(self) -> None:
        super().__init__("Escolha um produto da tabela de preços.", field="plan")


def access_to(services: Iterable[Service], today: date) -> Access:
    """The answer about the services of one product that a document has: the best of them."""
    answers = [_access(service, today) for service in services]
    return max(answers, key=lambda answer: (answer.is_released, answer.until or date.min), default=NO_SERVICE)


def _access(service: Service, today: date) -> Access:
    state = BY_STATE[service.state]
    if service.state is ServiceState.SUSPENDED:
        return Access(is_released=False, until=None, state=state, reason=AccessReason.LATE)
    if service.state is ServiceState.TRUSTED:
        return Access(
            is_released=True, until=service.trusted_until or today, state=state, reason=AccessReason.LATE
        )
    if service.is_paused and service.state is ServiceState.CURRENT:
        return Access(is_released=False, until=None, state=AccessState.PAUSED, reason=AccessReason.PAUSED)
    if service.state is ServiceState.CURRENT:
        until = max(service.released_until or today, today)
        return Access(is_released=True, until=until, state=state, reason=None)
    days = (today, service.released_until, service.suspends_on and service.suspends_on - A_DAY)
    until = max(day for day in days if day)
    return Access(is_released=True, until=until, state=state, reason=AccessReason.LATE)
