"""How far a contract is: its steps, and in one sentence what is missing and since when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from portal.contracts.rules.states import ContractState


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAction:
    """What somebody may do about a step: a button that posts to `endpoint`, or a link that `opens` it.

    `whatsapp` is the endpoint that passes the same on by WhatsApp, "" when there is none.
    """

    label: str
    endpoint: str
    values: Mapping[str, int] = field(default_factory=dict)
    opens: bool = False
    whatsapp: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step on the way to an active contract: its state in words, and since when it is so.

    `tone` is a badge's: "neutral", "waiting" (for the customer), "good", "needs" (somebody here), "refused".
    """

    title: str
    state_words: str
    since: datetime | None
    tone: str
    action: StepAction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What of a contract decides what it lacks. `lacks_card`: its first payment waits for one."""

    state: ContractState
    created_at: datetime
    generation_asked_at: datetime | None
    generated_at: datetime | None
    signed_at: datetime | None
    paid_at: datetime | None
    needs_payment: bool
    lacks_card: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingStep:
    """What is missing, and since when."""

    words: str
    since: datetime


def what_is_missing(facts: Facts) -> MissingStep | None:
    """The one thing a contract waits for, None when it waits for nothing."""
    match facts.state:
        case ContractState.DRAFT if facts.generation_asked_at:
            return MissingStep(words="O documento está sendo preparado", since=facts.generation_asked_at)
        case ContractState.DRAFT:
            return MissingStep(words="Falta gerar o contrato", since=facts.created_at)
        case ContractState.AWAITING_SIGNATURE:
            both = facts.needs_payment and facts.paid_at is None
            other = "o cadastro do cartão" if facts.lacks_card else "o primeiro pagamento"
            words = f"Faltam a assinatura e {other}" if both else "Falta a assinatura"
            return MissingStep(words=words, since=facts.generated_at or facts.created_at)
        case ContractState.AWAITING_PAYMENT:
            other = "o cadastro do cartão" if facts.lacks_card else "o primeiro pagamento"
            return MissingStep(words=f"Falta {other}", since=facts.signed_at or facts.created_at)
        case _:
            return None
