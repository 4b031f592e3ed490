"""How a customer pays: five ways, two of them with the first payment by TED."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class PaymentMethod(NamedTuple):
    """A way to pay: `first` is used for the contract's first payment, `later` for every other one."""

    label: str
    first: str
    later: str

    @property
    def uses_card(self) -> bool:
        """Whether a card is among the methods, so that the term may be split in installments."""
        return self.later == "card"


METHODS: Mapping[str, PaymentMethod] = MappingProxyType(
    {
        "boleto": PaymentMethod("Boleto bancário", "boleto", "boleto"),
        "card": PaymentMethod("Cartão de Crédito", "card", "card"),
        "ted_boleto": PaymentMethod("TED / Boleto", "ted", "boleto"),
        "ted_card": PaymentMethod("TED / Cartão de Crédito", "ted", "card"),
        "ted": PaymentMethod("TED", "ted", "ted"),
    }
)

PAYMENT_METHODS: Mapping[str, str] = MappingProxyType(
    {code: method.label for code, method in METHODS.items()}
)
"""Code and label of every payment method, in the order they are offered."""

CARD_PAYMENT_METHODS = frozenset(code for code, method in METHODS.items() if method.uses_card)
"""The methods that allow installments."""
