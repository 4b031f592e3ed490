"""Who can be written to, and by which number. Pure."""

import re

from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal
from portal.shared.whatsapp import number_of

COUNTRY = "55"
_MOBILE = re.compile(r"[1-9][1-9](?:9[0-9]{8}|[6-9][0-9]{7})")
_FIGURES = re.compile(r"[0-9]{11,15}")


class NotReached(LabeledEnum):
    """Why somebody is not written to, in the order in which it is asked."""

    NO_NUMBER = "no_number", "Sem celular no cadastro"
    OPTED_OUT = "opted_out", "Não quer mensagens por WhatsApp"
    NO_CONSENT = "no_consent", "Ainda não autorizou o WhatsApp"
    UNREACHABLE = "unreachable", "O número não tem WhatsApp"


class NobodyReached(Refusal):
    """A message to a customer who cannot be written to."""

    def __init__(self, why: NotReached) -> None:
        super().__init__(f"O WhatsApp não pode ir: {why.label.lower()}.")


class LineOff(Conflict):
    """No line of WhatsApp is set up, or it is paused."""

    def __init__(self) -> None:
        super().__init__("O envio automático por WhatsApp está desligado. Use a mensagem pronta.")


def mobile_number(phone: str) -> str | None:
    """A phone kept as area code and number, in E.164 without its sign: "4799991234" → "5547999991234".

    Only of a mobile: nothing goes to a landline by itself. `queries.reaching.mobile_in_sql` says the same.
    """
    return number_of(phone) if _MOBILE.fullmatch(phone) else None


def known_number(told: str) -> str | None:
    """A number as WhatsApp tells it, which may lack the ninth digit of a Brazilian mobile, as it is kept."""
    figures = re.sub(r"[^0-9]", "", told)
    if not _FIGURES.fullmatch(figures):
        return None
    national = figures.removeprefix(COUNTRY)
    return mobile_number(national) or figures if figures.startswith(COUNTRY) else figures


def national_forms(number: str) -> tuple[str, ...]:
    """How a kept number may stand in a customer's record: with the ninth digit, and as it was before."""
    national = number.removeprefix(COUNTRY)
    old = f"{national[:2]}{national[3:]}" if len(national) == 11 else national
    return tuple(dict.fromkeys((national, old)))
