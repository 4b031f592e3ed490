"""In which order the ways to pay are offered. Pure."""

from enum import StrEnum


class Method(StrEnum):
    """A way to pay one invoice, as invoices name it."""

    BOLETO = "boleto"
    CARD = "card"
    TED = "ted"
    PIX = "pix"

    @property
    def label(self) -> str:
        return {"boleto": "Boleto", "card": "Cartão de crédito", "ted": "TED", "pix": "Pix"}[self]


_USUAL_ORDER = (Method.PIX, Method.BOLETO, Method.CARD, Method.TED)


def offered(own: str, *, card: bool, boleto: bool = True) -> tuple[Method, ...]:
    """Every way to pay an open invoice, the contract's own first.

    `card`: whether cards are taken here; `boleto`: whether the payer can have one.
    """
    barred = {Method.CARD: not card, Method.BOLETO: not boleto}
    usable = [method for method in _USUAL_ORDER if not barred.get(method)]
    return tuple(sorted(usable, key=lambda method: method != own))
