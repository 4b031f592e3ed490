"""The ways to make one payment, and every word the portal has for them.

How a plan is paid is the calculator's `PAYMENT_METHODS`: one of these ways for its first payment, and one
for those that follow.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Self


class Way(StrEnum):
    """A way to make one payment. The order is the one in which a payer is offered them."""

    label: str
    """By itself: "Boleto bancário"."""
    short: str
    """In lists and figures: "Boleto"."""
    heading: str
    """Above what a payer does: "Cartão de crédito"."""
    noun: str
    """Within a sentence: "boleto"."""
    by: str
    """After an amount: "por boleto ou Pix"."""
    offer: str
    """With what a payer may choose instead: "Boleto ou Pix"."""
    means: str
    """What the page of an invoice holds for it."""

    PIX = ("pix", "Pix", "Pix", "Pix", "Pix", "por Pix", "Pix", "o Pix, com QR code")
    BOLETO = (
        "boleto",
        "Boleto bancário",
        "Boleto",
        "Boleto",
        "boleto",
        "por boleto ou Pix",
        "Boleto ou Pix",
        "o boleto, com código de barras, e o Pix, com QR code",
    )
    CARD = (
        "card",
        "Cartão de Crédito",
        "Cartão",
        "Cartão de crédito",
        "cartão",
        "no cartão",
        "Cartão ou Pix",
        "cartão de crédito ou Pix com QR Code",
    )
    TED = (
        "ted",
        "TED",
        "TED",
        "TED",
        "TED",
        "por TED",
        "TED ou Pix",
        "os dados para a TED e o Pix, com QR code",
    )

    def __new__(cls, code: str, *words: str) -> Self:
        """A code with its words."""
        way = str.__new__(cls, code)
        way._value_ = code
        way.label, way.short, way.heading, way.noun, way.by, way.offer, way.means = words
        return way

    @property
    def needs_card(self) -> bool:
        """Whether the vendor charges it by itself, to a card registered before."""
        return self is Way.CARD

    @classmethod
    def offered(cls, own: str, *, card: bool, boleto: bool = True) -> tuple["Way", ...]:
        """Every way to pay an open invoice, the contract's own first.

        `card`: whether cards are taken here; `boleto`: whether the payer can have one.
        """
        barred = {cls.CARD: not card, cls.BOLETO: not boleto}
        usable: Iterator[Way] = (way for way in cls if not barred.get(way))
        return tuple(sorted(usable, key=lambda way: way != own))
