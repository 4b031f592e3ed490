"""WhatsApp: whom a message is for, and the address that opens it ready in the sender's own WhatsApp. Pure.

Nothing is sent from here, so nothing is ever said to be sent: the timeline says "preparado".
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from portal.shared.brazil import format_phone

CHAT = "https://wa.me"
_NATIONAL = re.compile(r"[1-9][1-9](?:9[0-9]{8}|[2-9][0-9]{7})")
_MOBILE_BEFORE_THE_NINE = re.compile(r"[1-9][1-9][6-9][0-9]{7}")
_LANDLINE = re.compile(r"[1-9][1-9][2-5][0-9]{7}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody to write to. `key` names the choice, `call` is how a greeting calls them ("Maria")."""

    key: str
    name: str
    call: str
    phone: str
    role: str = ""

    @property
    def number(self) -> str:
        """The number as wa.me takes it, "" when the phone cannot have WhatsApp."""
        return number_of(self.phone) or ""

    @property
    def has_landline(self) -> bool:
        """Whether the phone is a landline: WhatsApp Business may answer there, or nobody."""
        return _LANDLINE.fullmatch(self.phone) is not None

    @property
    def words(self) -> str:
        """How the choice is shown: "Maria Souza, responsável: (47) 99999-1234"."""
        who = ", ".join(filter(None, (self.name, self.role)))
        note = " (fixo)" if self.has_landline else ""
        return f"{who}: {format_phone(self.phone)}{note}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who writes, and for which company."""

    name: str
    company: str


def number_of(phone: str) -> str | None:
    """A phone kept as area code and number, as wa.me takes it: "47999991234" → "5547999991234".

    A landline is taken, for WhatsApp Business answers there too; a mobile number of before the ninth digit
    gets it. None for what is no number of one person: 0800, 4004, too short, too long.
    """
    if _MOBILE_BEFORE_THE_NINE.fullmatch(phone):
        phone = f"{phone[:2]}9{phone[2:]}"
    return f"55{phone}" if _NATIONAL.fullmatch(phone) else None


def chat_address(number: str, text: str) -> str:
    """The address that opens a chat with the message typed in."""
    return f"{CHAT}/{number}?text={quote(text, safe='')}"


def chat_of(phone: str) -> str:
    """The address that opens a chat with a phone kept as area code and number, nothing typed in."""
    return f"{CHAT}/{number_of(phone) or ''}"


def opening(to: Person, sender: Sender) -> str:
    """Greeting by name, and who writes: "Olá, Maria! Aqui é Bruno Lima, de Sul Sistemas."."""
    return f"Olá, {to.call}! Aqui é {sender.name}, de {sender.company}."


def prepared_for(to: Person, what: str) -> str:
    """The line of the timeline: "WhatsApp preparado para Maria Souza (final 1234): proposta 000012"."""
    return f"WhatsApp preparado para {to.name} (final {to.number[-4:]}): {what}"
