"""How far a message is, and what an error means for it. Pure.

What the API says of errors goes by `code`, never by words (docs/dunning.md has the table).
"""

from datetime import timedelta

from portal.shared.labels import LabeledEnum

SEND, REGISTER, TAKE_EVENT = "send-whatsapp", "register-whatsapp-template", "take-whatsapp-event"
TAG = "portal-message-"
WAITS = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 120, 300, 900, 1_800, 3_600))
UNKNOWN_FOR = timedelta(hours=1)
"""So long a lost answer may still be made good by a word about the message; then it counts as not sent."""


class Category(LabeledEnum):
    """What Meta bills a message as. An offer is marketing; the two never share a template."""

    UTILITY = "utility", "Utilidade"
    MARKETING = "marketing", "Marketing"
    SERVICE = "service", "Atendimento"


class MessageState(LabeledEnum):
    """How far a message is. From `accepted` on, only forward in the order of `RANK`."""

    QUEUED = "queued", "Na fila"
    CALLING = "calling", "Saindo"
    UNKNOWN = "unknown", "Sem resposta ainda"
    ACCEPTED = "accepted", "Aceita"
    SENT = "sent", "Enviada"
    FAILED = "failed", "Falhou"
    DELIVERED = "delivered", "Entregue"
    READ = "read", "Lida"
    NOT_NEEDED = "not_needed", "Não foi mais preciso"


RANK = {
    state: rank
    for rank, state in enumerate(
        (
            MessageState.QUEUED,
            MessageState.CALLING,
            MessageState.UNKNOWN,
            MessageState.ACCEPTED,
            MessageState.SENT,
            MessageState.FAILED,
            MessageState.DELIVERED,
            MessageState.READ,
        )
    )
}
REACHED = (MessageState.DELIVERED, MessageState.READ)
"""Read without delivered is delivered too: its own word may be missing."""


def later_of(state: MessageState, told: MessageState) -> MessageState:
    """What a message is after a word about it: never less than it was, in whatever order and how often."""
    if state is MessageState.NOT_NEEDED:
        return state
    return max(state, told, key=lambda each: RANK[each])


class Failure(LabeledEnum):
    """What an error means."""

    TRY_AGAIN = "try_again", "O WhatsApp pediu para esperar"
    RECEIVER = "receiver", "Número sem WhatsApp"
    OPTED_OUT = "opted_out", "Não quer mensagens por WhatsApp"
    TEMPLATE = "template", "Modelo pausado ou não aprovado"
    ACCOUNT = "account", "Conta do WhatsApp bloqueada"
    NO_ANSWER = "no_answer", "O WhatsApp não respondeu"
    OTHER = "other", "Recusada pelo WhatsApp"


_CLASSES = {
    # throughput, pair rate, spam rate, unknown, away
    Failure.TRY_AGAIN: (1, 2, 4, 80007, 130429, 131000, 131016, 131048, 131056, 131057, 133004),
    Failure.RECEIVER: (131026, 131030, 131045, 131021),
    Failure.OPTED_OUT: (131050,),
    Failure.TEMPLATE: (
        131008, 131009, 132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018, 132068, 132069,
    ),
    Failure.ACCOUNT: (0, 3, 10, 190, 200, 368, 131005, 131031, 131042, 133010),
}  # fmt: skip
_BY_CODE = {code: failure for failure, codes in _CLASSES.items() for code in codes}


def failure_of(code: int) -> Failure:
    """What a code means; one nobody knows is `OTHER`."""
    return _BY_CODE.get(code, Failure.OTHER)


def wait_after(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts that were told to wait; None: no more of them."""
    return WAITS[attempts - 1] if attempts <= len(WAITS) else None


def tag_of(message_id: int) -> str:
    """By what every word about a message names it, also one whose answer was lost."""
    return f"{TAG}{message_id}"


def message_of(tag: str) -> int | None:
    """The message of a tag of ours."""
    number = tag.removeprefix(TAG)
    return int(number) if tag.startswith(TAG) and number.isdecimal() and len(number) < 18 else None
