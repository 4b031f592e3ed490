"""The states of a cancellation case, why customers leave, and what they are offered. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from portal.shared.brazil import format_date, format_money
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal

WORDS_LENGTH = 1_000
ANSWER_WITHIN_DAYS = 7
ALARM_HOUR = 18
LONGEST_FOLLOW_UP = timedelta(days=180)
CHAT_SILENCE = timedelta(minutes=10)
DISCOUNT_MONTHS = 3
DISCOUNT_AGAIN_AFTER = timedelta(days=365)
ALARM, SILENCE = "cancellation_alarm:", "cancellation_silence:"


class CaseState(LabeledEnum):
    """Where a case stands."""

    OPEN = "open", "Em atendimento"
    RETAINED = "retained", "Cliente ficou"
    CANCELED = "canceled", "Cancelado"
    TAKEN_BACK = "taken_back", "Desfeito"


class Origin(LabeledEnum):
    """Through whom the customer asked."""

    STAFF = "staff", "Atendimento"
    PARTNER = "partner", "Revenda"
    CUSTOMER = "customer", "Central do Assinante"


class Reason(LabeledEnum):
    """Why the customer wants to leave."""

    PRICE = "price", "Preço"
    CLOSED = "closed", "A empresa fechou ou foi vendida"
    COMPETITOR = "competitor", "Vai usar outro sistema"
    MISSING_FEATURE = "missing_feature", "Falta um recurso"
    SUPPORT = "support", "Insatisfação com o atendimento"
    HARD_TO_USE = "hard_to_use", "Dificuldade de uso"
    NOT_USED = "not_used", "Não usa"
    OTHER = "other", "Outro motivo"


class Offer(LabeledEnum):
    """What may keep a customer."""

    SUPPORT = "support", "Atendimento dedicado"
    TRAINING = "training", "Treinamento"
    OTHER_PLAN = "other_plan", "Outro plano"
    PAUSE = "pause", "Pausa"
    DISCOUNT = "discount", "Desconto"


class Answer(LabeledEnum):
    """What the customer said to an offer."""

    ACCEPTED = "accepted", "Aceitou"
    DECLINED = "declined", "Recusou"
    THINKING = "thinking", "Vai pensar"


FITTING: dict[Reason, tuple[Offer, ...]] = {
    Reason.PRICE: (Offer.OTHER_PLAN, Offer.DISCOUNT, Offer.PAUSE),
    Reason.CLOSED: (Offer.PAUSE,),
    Reason.COMPETITOR: (Offer.TRAINING, Offer.OTHER_PLAN, Offer.DISCOUNT),
    Reason.MISSING_FEATURE: (Offer.SUPPORT, Offer.OTHER_PLAN),
    Reason.SUPPORT: (Offer.SUPPORT, Offer.TRAINING),
    Reason.HARD_TO_USE: (Offer.TRAINING, Offer.SUPPORT),
    Reason.NOT_USED: (Offer.TRAINING, Offer.OTHER_PLAN, Offer.PAUSE),
    Reason.OTHER: tuple(Offer),
}


def offers_for(reason: Reason) -> Sequence[Offer]:
    """What to offer first, and then the rest."""
    first = FITTING[reason]
    return [*first, *(offer for offer in Offer if offer not in first)]


def protocol_of(case_id: int, requested_at: datetime) -> str:
    """The number the customer is given: "2026-000123"."""
    return f"{day_of(requested_at).year}-{case_id:06d}"


def answer_until(requested_at: datetime) -> date:
    """The day by which the customer has an answer."""
    return day_of(requested_at) + timedelta(days=ANSWER_WITHIN_DAYS)


def alarm_at(requested_at: datetime) -> datetime:
    """When a case without an outcome alarms support: at 18:00 of its day, or of the next after that."""
    day = day_of(requested_at)
    alarm = at_sao_paulo(day, ALARM_HOUR)
    return alarm if requested_at < alarm else at_sao_paulo(day + timedelta(days=1), ALARM_HOUR)


def alarm_key(case_id: int, day: date) -> str:
    """The key of the task that alarms support of a case on a day."""
    return f"{ALARM}{case_id}:{day.isoformat()}"


def silence_key(argument_id: int) -> str:
    """The key of the task to call a customer who did not answer this in the chat."""
    return f"{SILENCE}{argument_id}"


class AlreadyAsked(Conflict):
    """The same services have an open case."""

    def __init__(self, protocol: str, *, on: date) -> None:
        super().__init__(
            f"Já existe um pedido de cancelamento deste contrato, aberto em {format_date(on)}: "
            f"protocolo {protocol}. Continue nele."
        )


class CaseClosed(Conflict):
    """Somebody closed the case before."""

    def __init__(self, state: CaseState) -> None:
        super().__init__(
            f"Este pedido já foi encerrado: {state.label.lower()}. Atualize a página para ver o resultado."
        )


class SettlementChanged(Conflict):
    """What was shown before confirming is no longer what would happen."""

    def __init__(self) -> None:
        super().__init__(
            "O acerto mudou enquanto esta página estava aberta, por exemplo porque um pagamento entrou. "
            "Confira os valores de novo antes de confirmar."
        )


class DiscountTooLarge(Refusal):
    """More than may be given to who stays."""

    def __init__(self, limit_cents: int) -> None:
        words = (
            f"O desconto pode ser de até {format_money(limit_cents)}."
            if limit_cents
            else "Este cliente não pode receber desconto: recebeu um em 12 meses, ou o parceiro o cobra."
        )
        super().__init__(words, field="discount")


def discount_limit(monthly_cents: int, *, percent: int) -> int:
    """The most a customer who stays may get, in centavos: so much of three months."""
    return monthly_cents * DISCOUNT_MONTHS * percent // 100


class ContractReplaced(Conflict):
    """Another contract took the place of the one the case was about."""

    def __init__(self) -> None:
        super().__init__(
            "O contrato deste pedido foi substituído enquanto esta página estava aberta. "
            "O pedido passou ao novo contrato: confira o acerto de novo antes de confirmar."
        )


class CannotTakeBack(Conflict):
    """The contract has ended, or something else came of the case."""

    def __init__(self) -> None:
        super().__init__(
            "Este cancelamento não pode mais ser desfeito: o último dia de serviço já passou. "
            "Para voltar, faça um novo orçamento."
        )


class ServicesGone(Refusal):
    """What was chosen to end is not in the contract, or ended before."""

    def __init__(self) -> None:
        super().__init__("Escolha serviços que ainda estão no contrato.", field="services")


class WordsMissing(Refusal):
    """Nobody wrote what was said."""

    def __init__(self) -> None:
        super().__init__("Escreva o que foi dito.", field="words")


class WrongFollowUp(Refusal):
    """The day of the follow-up lies in the past, or too far ahead."""

    def __init__(self) -> None:
        super().__init__("Escolha um dia depois de hoje, dentro dos próximos 180 dias.", field="follow_up_on")


def check_follow_up(day: date, *, today: date) -> None:
    """Raise `WrongFollowUp` unless somebody can ask again on that day."""
    if not today < day <= today + LONGEST_FOLLOW_UP:
        raise WrongFollowUp
