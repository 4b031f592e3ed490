"""Cards: the states of asking for one, registering and charging it, and how a refusal is said. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict

PREPARE_SETUP, CHECK_SETUP = "prepare_card_setup", "check_card_setup"
CHARGE, CANCEL_CHARGE = "charge_card", "cancel_charge"
COMPARE = "compare_card_charges"

SWEEP_AFTER = timedelta(minutes=5)
SETUP_IS_FRESH = timedelta(days=2)  # after its page was opened, a card may come in without a report
# The processor knows our key for a day at least: later a charge that is not found is not made again.
KEY_IS_KNOWN = timedelta(hours=23)


class CardRequestState(LabeledEnum):
    """Where asking a customer for a card stands."""

    SENT = "sent", "Link enviado"
    OPENED = "opened", "Link aberto"
    REGISTERED = "registered", "Cartão cadastrado"
    EXPIRED = "expired", "Link expirado"
    REPLACED = "replaced", "Substituído por outro link"
    CANCELED = "canceled", "Cancelado"


LIVE_REQUEST = frozenset({CardRequestState.SENT, CardRequestState.OPENED})


class CardSetupState(StrEnum):
    """Where the registration of a card stands: asked of the processor, ready for the browser, told, over."""

    CREATED = "created"
    READY = "ready"
    REPORTED = "reported"
    SUCCEEDED = "succeeded"
    DROPPED = "dropped"


OPEN_SETUP = frozenset({CardSetupState.CREATED, CardSetupState.READY, CardSetupState.REPORTED})


class ChargeState(LabeledEnum):
    """What is known of a charge. `unknown`: asked for, and no answer came."""

    CREATED = "created", "Cobrança pedida"
    PROCESSING = "processing", "Cobrança em andamento"
    UNKNOWN = "unknown", "Aguardando a operadora"
    REQUIRES_ACTION = "requires_action", "Aguardando o cliente confirmar"
    SUCCEEDED = "succeeded", "Cobrança aprovada"
    DECLINED = "declined", "Cobrança recusada"
    CANCELED = "canceled", "Cobrança cancelada"


LIVE_CHARGE = frozenset(
    {ChargeState.CREATED, ChargeState.PROCESSING, ChargeState.UNKNOWN, ChargeState.REQUIRES_ACTION}
)
ASKED = frozenset({ChargeState.CREATED, ChargeState.PROCESSING, ChargeState.UNKNOWN})


class CardsNotInUse(Conflict):
    """No card processor is configured."""

    def __init__(self) -> None:
        super().__init__("O pagamento por cartão não está disponível no momento. Escolha outra forma.")


class LinkNotOpen(Conflict):
    """The link expired, was used or replaced."""

    def __init__(self) -> None:
        super().__init__("Este link já foi usado ou não vale mais. Peça um novo a quem o enviou.")


class NothingToAsk(Conflict):
    """The contract is over, or waits for no card."""

    def __init__(self) -> None:
        super().__init__("Este contrato não espera o cadastro de um cartão.")


DECLINED = "o banco recusou"
NOT_CONFIRMED = "a confirmação com o banco não foi concluída"
NOT_MADE = "not_made"
REFUSALS = {
    "insufficient_funds": "o saldo ou o limite não é suficiente",
    "card_velocity_exceeded": "o limite do cartão foi atingido",
    "withdrawal_count_limit_exceeded": "o limite do cartão foi atingido",
    "expired_card": "o cartão está vencido",
    "invalid_expiry_month": "a validade não confere",
    "invalid_expiry_year": "a validade não confere",
    "incorrect_cvc": "o código de segurança não confere",
    "invalid_cvc": "o código de segurança não confere",
    "incorrect_number": "o número do cartão não confere",
    "invalid_number": "o número do cartão não confere",
    "incomplete_number": "falta parte do número do cartão",
    "incomplete_expiry": "falta a validade",
    "incomplete_cvc": "falta o código de segurança",
    "card_not_supported": "este cartão não aceita este tipo de cobrança",
    "currency_not_supported": "este cartão não aceita cobranças em reais",
    "authentication_required": NOT_CONFIRMED,
    "payment_intent_authentication_failure": NOT_CONFIRMED,
    "setup_intent_authentication_failure": NOT_CONFIRMED,
    "processing_error": "a operadora não conseguiu processar",
    NOT_MADE: "a operadora não respondeu",
}
# What tomorrow will not mend, or only the customer can: such a card is not tried again.
FOR_GOOD = frozenset(
    "expired_card invalid_expiry_month invalid_expiry_year incorrect_number invalid_number "
    "card_not_supported currency_not_supported lost_card stolen_card pickup_card authentication_required "
    "payment_intent_authentication_failure".split()
)
BRANDS = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "elo": "Elo",
    "hipercard": "Hipercard",
    "diners": "Diners Club",
    "discover": "Discover",
    "jcb": "JCB",
}


def refusal_in_words(code: str) -> str:
    """Why a card was not taken or charged, as half a sentence. A stolen card is not called so."""
    return REFUSALS.get(code, DECLINED)


def declined_sentence(last4: str, code: str) -> str:
    """What a customer is told of a charge that failed."""
    return (
        f"Não conseguimos cobrar o cartão final {last4}: {refusal_in_words(code)}. "
        "Tente outro cartão ou pague por Pix."
    )


def next_try_on(*, first_refused_on: date, times: int, code: str, days: Sequence[int]) -> date | None:
    """When a card refused `times` times for an invoice is tried again; None when it is not (product 6).

    `days`: how long after its first refusal the second, third … try is; `code`: of the last refusal.
    """
    if code in FOR_GOOD or not 1 <= times <= len(days):
        return None
    return first_refused_on + timedelta(days=days[times - 1])


EXPIRY_TOLD_DAYS = (7, 30)
"""How long before its last day a card's payer is told to register another one, the nearest first."""


def last_day_of_card(*, month: int, year: int) -> date:
    """A card is taken until the end of the month printed on it."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def expiry_told(last_day: date, *, today: date) -> int | None:
    """Which of the days of `EXPIRY_TOLD_DAYS` it is time to tell of; None too early, or too late to help."""
    left = (last_day - today).days
    return next((days for days in EXPIRY_TOLD_DAYS if 0 <= left <= days), None)


def card_in_words(brand: str, last4: str) -> str:
    """ "Visa final 4242"."""
    return f"{BRANDS.get(brand.lower(), 'Cartão')} final {last4}"


def may_be_made(created_at: datetime, *, now: datetime) -> bool:
    """Whether a charge nobody finds may still be made under its key without a second one arising."""
    return now < created_at + KEY_IS_KNOWN
