"""What a reminder may say. Pure.

Nobody is threatened, exposed or pressed (CDC art. 42): a text that does so is refused when it is saved, with
the words that are in the way.
"""

import re
from collections.abc import Mapping, Sequence

from portal.shared.brazil import folded

FIELDS = {
    "nome": "nome de quem recebe",
    "fatura": "número da fatura",
    "valor": "quanto custa hoje",
    "vencimento": "dia do vencimento",
    "dias": "dias de atraso",
    "servico": "nome do plano",
    "parceiro": "quem atende o cliente",
}
_FIELD = re.compile(r"\{([^{}]*)\}")
# Beginnings of words, without accents, and what is meant by them.
_BANNED = (
    "negativ", "serasa", "spc", "protest", "cartorio", "judic", "justica", "processo", "processar", "advogad",
    "policia", "penhora", "execucao", "calote", "inadimplen", "devedor", "nome sujo", "sujar seu nome",
    "vergonha", "expor", "divulgar", "seus clientes", "seus vizinhos", "ultimo aviso", "ultima chance",
    "ultima oportunidade", "sob pena", "imediatamente", "sem falta", "medidas cabiveis", "providencias",
)  # fmt: skip
_WORDS = re.compile(r"\b(" + "|".join(_BANNED) + r")\w*")


def banned_words(text: str) -> Sequence[str]:
    """The threats and pressure in a text, as they stand in it without accents; empty when it is fine."""
    return sorted({found.group(0) for found in _WORDS.finditer(folded(text))})


_OFFERS = re.compile(
    r"\b(?:desconto|promoc|oferta|ofertas|imperdivel|gratis|indique|indicacao|upgrade|plano melhor|brinde)\w*"
)


def offer_words(text: str) -> Sequence[str]:
    """What makes a text an offer: WhatsApp bills and approves offers apart, so none stands in a reminder."""
    return sorted({found.group(0) for found in _OFFERS.finditer(folded(text))})


def unknown_fields(text: str) -> Sequence[str]:
    """The fields of a text that there are not."""
    return sorted({found.group(1) for found in _FIELD.finditer(text)} - FIELDS.keys())


def fill(text: str, values: Mapping[str, str]) -> str:
    """A text with its fields filled in; what a value holds is never a field."""
    return _FIELD.sub(lambda found: values.get(found.group(1), found.group(0)), text)
