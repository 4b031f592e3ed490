"""Which way a reminder goes when its step says WhatsApp, and how its template reads. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from portal.shared.labels import LabeledEnum
from portal.whatsapp.rules.messages import Category
from portal.whatsapp.rules.reaching import NotReached
from portal.whatsapp.rules.templates import LONGEST, TemplateText, template_of

REMINDER, INVOICE = "dunning_reminder", "invoice"  # kinds of messages by WhatsApp
BUTTON = "Ver Pix, boleto e cartão"
GREETING = "Olá, {nome}!"
PIX = "Pix copia e cola:\n{pix}"
HELP = "Pelo botão você vê o boleto e as outras formas. Se já pagou, não precisa fazer nada."
HOW_TO_STOP = "Para não receber mais por aqui, responda SAIR."
SECOND_COPY = "Segue a sua fatura {fatura}, de {valor}, com vencimento em {vencimento}, como combinamos."
_PARAMETER = re.compile(r"\{\{([a-z_]+)\}\}")
# How long what fills a field may become: a template is refused when it is too long filled in.
LONGEST_VALUES = {
    "nome": 60, "fatura": 10, "valor": 18, "vencimento": 10, "dias": 4, "servico": 60, "parceiro": 60,
    "pix": 220,
}  # fmt: skip


class NotByWhatsApp(LabeledEnum):
    """Why a reminder goes another way than its step says, in the order in which it is asked."""

    OFF = "off", "WhatsApp automático desligado"
    PAUSED = "paused", "Envio por WhatsApp parado"
    TEMPLATE = "template", "Texto não aprovado ou pausado pelo WhatsApp"
    NO_NUMBER = NotReached.NO_NUMBER.value, NotReached.NO_NUMBER.label
    OPTED_OUT = NotReached.OPTED_OUT.value, NotReached.OPTED_OUT.label
    NO_CONSENT = NotReached.NO_CONSENT.value, NotReached.NO_CONSENT.label
    UNREACHABLE = NotReached.UNREACHABLE.value, NotReached.UNREACHABLE.label


@dataclass(frozen=True, slots=True, kw_only=True)
class LineNow:
    """How WhatsApp stands as a run is prepared: `why` nothing goes by it, and the steps that may."""

    why: NotByWhatsApp | None
    approved_steps: Collection[int] = ()
    needs_consent: bool = True


def step_template(body: str, supplier: str) -> TemplateText:
    """The template of a step's text: greeting, text, Pix, help, and who collects (CDC art. 42-A)."""
    paragraphs = (GREETING, *body.split("\n"), PIX, HELP, HOW_TO_STOP, supplier)
    return template_of(paragraphs, prefix="cobranca", category=Category.UTILITY, button=BUTTON)


def second_copy(supplier: str) -> TemplateText:
    """The template by which an invoice is sent again while somebody is on the phone."""
    paragraphs = (GREETING, SECOND_COPY, PIX, HELP, supplier)
    return template_of(paragraphs, prefix="fatura", category=Category.UTILITY, button=BUTTON)


def is_too_long(body: str, supplier: str) -> bool:
    """Whether a step's text does not fit into a template once its fields are filled in."""
    text = step_template(body, supplier)
    values = {field: "x" * length for field, length in LONGEST_VALUES.items()}
    return len(in_words(text, values)) > LONGEST


def filled(text: TemplateText, values: Mapping[str, str]) -> dict[str, str]:
    """What fills each parameter of a template."""
    return {name: values[field] for name, field in text.fields.items()}


def in_words(text: TemplateText, values: Mapping[str, str]) -> str:
    """The message as somebody reads it."""
    parameters = filled(text, values)
    return _PARAMETER.sub(lambda found: parameters[found[1]], text.body)
