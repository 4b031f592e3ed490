"""Templates: texts that are approved before they may be sent. Pure.

A template is known by its text: the same text is the same template, another text another one. Each ends with
who collects (CDC art. 42-A): the footer that the API has is too short for name, CNPJ and address.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple

from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict
from portal.whatsapp.rules.messages import Category

LONGEST = 1_024
_FIELD = re.compile(r"\{([a-z]+)\}")


class TemplateState(LabeledEnum):
    """How a template stands."""

    WAITING = "waiting", "A registrar"
    PENDING = "pending", "Em análise"
    APPROVED = "approved", "Aprovado"
    REJECTED = "rejected", "Recusado"
    PAUSED = "paused", "Pausado"
    DISABLED = "disabled", "Desativado"


STATES = {
    "APPROVED": TemplateState.APPROVED,
    "REINSTATED": TemplateState.APPROVED,
    "UNPAUSED": TemplateState.APPROVED,
    "PENDING": TemplateState.PENDING,
    "IN_APPEAL": TemplateState.PENDING,
    "REJECTED": TemplateState.REJECTED,
    "PAUSED": TemplateState.PAUSED,
    "DISABLED": TemplateState.DISABLED,
    "PENDING_DELETION": TemplateState.DISABLED,
    "DELETED": TemplateState.DISABLED,
}


class TemplateText(NamedTuple):
    """A template before it is registered. `fields` names what fills each parameter, by its name."""

    name: str
    category: Category
    body: str
    fields: dict[str, str]
    button: str


class NotApproved(Conflict):
    """A message of a template that WhatsApp has not approved, or no more."""

    def __init__(self) -> None:
        super().__init__(
            "O WhatsApp ainda não aprovou este texto. Mande pelo seu WhatsApp, com a mensagem pronta."
        )


def template_of(paragraphs: Sequence[str], *, prefix: str, category: Category, button: str) -> TemplateText:
    """The template of some paragraphs with fields in braces, as they stand in a policy.

    A field that stands in it twice gets a name of its own each time: the API wants them different.
    """
    used: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        count = sum(field == found[1] for field in used.values())
        name = found[1] if not count else f"{found[1]}_{'abcdefghijklmnopqrstuvwxyz'[count % 26]}"
        used[name] = found[1]
        return f"{{{{{name}}}}}"

    body = _FIELD.sub(named, "\n\n".join(part.strip() for part in paragraphs if part.strip()))
    digest = hashlib.sha256(f"{category}\n{button}\n{body}".encode()).hexdigest()[:16]
    return TemplateText(f"{prefix}_{digest}", category, body, used, button)


def parameter(text: str) -> str:
    """A value as a parameter may be: one line, no runs of spaces, not empty."""
    return " ".join(text.split()) or "–"
