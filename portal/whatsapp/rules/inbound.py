"""What somebody wants who writes to us. Pure."""

import re

from portal.shared.brazil import folded
from portal.shared.labels import LabeledEnum

LONGEST_TEXT = 2_000


class Intent(LabeledEnum):
    """What is done about it."""

    OPT_OUT = "opt_out", "Pediu para não receber mensagens"
    OPT_IN = "opt_in", "Pediu para receber mensagens"
    CANCEL = "cancel", "Pode querer cancelar"
    OTHER = "other", "Escreveu"


_OPT_OUT = re.compile(
    r"(?:por favor |pfv )?(?:parar?|pare|sair|stop|descadastrar|remover|"
    r"(?:cancel(?:ar|e|a)|parem?|parar?) (?:o |os |de )?"
    r"(?:envios?|mensagens|lembretes|avisos|enviar)(?: .{0,30})?|"
    r"nao (?:quero|desejo) (?:mais )?(?:receber|mensagens).{0,40}|me tir[ea] .{0,30})"
)
_OPT_IN = re.compile(r"voltar|quero (?:voltar a )?receber(?: mensagens| lembretes| avisos)?")
_CANCEL = re.compile(r"\bcancel(?:ar|a|e|em|o|ei|amento|ando|ado)\b|\b(?:encerrar|rescindir|desistir)\b")
_SIGNS = re.compile(r"[^a-z0-9 ]+")


def intent_of(text: str) -> Intent:
    """What a text asks for. Only a whole text is an opt-out: "não vou parar" is none."""
    plain = " ".join(_SIGNS.sub(" ", folded(text)).split())
    if _OPT_OUT.fullmatch(plain):
        return Intent.OPT_OUT
    if _OPT_IN.fullmatch(plain):
        return Intent.OPT_IN
    return Intent.CANCEL if _CANCEL.search(plain) else Intent.OTHER
