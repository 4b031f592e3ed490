"""What is asked of WhatsApp, and what it answers. An accepted message is not a delivered one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What became of a call."""

    DONE = "done"
    REFUSED = "refused"  # with a code; nothing was done
    NOT_REACHED = "not_reached"  # nobody listened; nothing was done
    NO_ANSWER = "no_answer"  # it may have been done


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Whom a message is for: a phone as "5547999991234" or, of a person who shows none, WhatsApp's own id."""

    phone: str = ""
    user_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateMessage:
    """A message of an approved template. `tag` is ours: every word about the message brings it back.

    `fields` fill the named parameters of the body, `button` ends the address of its button.
    """

    to: Receiver
    tag: str
    template: str
    fields: Mapping[str, str]
    button: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessage:
    """An answer in words of ours, to somebody who wrote within the last 24 hours."""

    to: Receiver
    tag: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReport:
    """`message_id` is WhatsApp's, of a message it accepted; `code` is its reason, of one it refused."""

    outcome: Outcome
    message_id: str = ""
    code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateOrder:
    """A text to be approved. `body` has its fields as `{{name}}`; `examples` has a value for each.

    `button_url` is the address before what `TemplateMessage.button` adds; "" for none.
    """

    name: str
    category: str
    body: str
    examples: Mapping[str, str]
    button: str = ""
    button_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateReport:
    """How a template stands, in WhatsApp's word for it: APPROVED, PENDING, REJECTED, PAUSED, DISABLED."""

    outcome: Outcome
    status: str = ""
    category: str = ""
    code: int = 0


class WhatsAppGateway(Protocol):
    """A line of WhatsApp. No call raises for what the other side does."""

    def send(self, message: TemplateMessage | TextMessage) -> SendReport:
        """Hand a message over. Made again, it is another message: there is no key that prevents it."""

    def register(self, order: TemplateOrder) -> TemplateReport:
        """Have a template approved; one that is there already is only looked at."""
