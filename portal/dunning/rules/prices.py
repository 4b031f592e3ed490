"""What a message costs: dated prices in ten-thousandths of a real, sums in centavos. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from portal.dunning.rules.steps import Channel
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal
from portal.whatsapp.rules.messages import Category

UNIT = 10_000
PER_CENT = UNIT // 100


class PriceSort(LabeledEnum):
    """What has a price: a channel and, of WhatsApp, what Meta bills a message as."""

    EMAIL = "email", "E-mail"
    UTILITY = "whatsapp_utility", "WhatsApp, utilidade"
    MARKETING = "whatsapp_marketing", "WhatsApp, marketing"
    SERVICE = "whatsapp_service", "WhatsApp, atendimento"
    PHONE = "phone", "Ligação"


# Until somebody says otherwise: Meta's list for Brazil of 01/10/2026, US$ 0.0068 and US$ 0.0625, at R$ 5,40.
DEFAULTS: Mapping[PriceSort, int] = {
    PriceSort.EMAIL: 0,
    PriceSort.UTILITY: 367,
    PriceSort.MARKETING: 3_375,
    PriceSort.SERVICE: 367,
    PriceSort.PHONE: 0,
}
_OF_CHANNEL = {
    Channel.EMAIL: PriceSort.EMAIL,
    Channel.WHATSAPP: PriceSort.UTILITY,
    Channel.PHONE: PriceSort.PHONE,
}
_OF_CATEGORY = {
    Category.UTILITY: PriceSort.UTILITY,
    Category.MARKETING: PriceSort.MARKETING,
    Category.SERVICE: PriceSort.SERVICE,
}


class Cost(NamedTuple):
    """What some messages cost: how many, and how much in ten-thousandths of a real."""

    many: int
    ten_thousandths: int

    @property
    def cents(self) -> int:
        """In centavos, half up."""
        return cents_of(self.ten_thousandths)


class PastPrice(Refusal):
    """A price for days that are past: what was shown for them would change."""

    def __init__(self) -> None:
        super().__init__("Escolha hoje ou um dia que ainda vem.", field="from_on")


class PriceThere(Conflict):
    """There is a price from that day on already."""

    def __init__(self) -> None:
        super().__init__("Já há um preço a partir deste dia. Escolha outro dia.", field="from_on")


def cents_of(ten_thousandths: int) -> int:
    """A sum of prices in centavos, half up."""
    return (ten_thousandths + PER_CENT // 2) // PER_CENT


def price_of(channel: Channel, prices: Mapping[PriceSort, int]) -> int:
    """What one reminder by a channel costs; by WhatsApp it is always of the category utility."""
    return prices[_OF_CHANNEL[channel]]


def price_of_category(category: Category, prices: Mapping[PriceSort, int]) -> int:
    """What one message costs that WhatsApp billed as a category."""
    return prices[_OF_CATEGORY[category]]


def costs_of(counts: Mapping[Channel, int], prices: Mapping[PriceSort, int]) -> Mapping[Channel, Cost]:
    """What so many reminders by each channel cost."""
    return {channel: Cost(many, many * price_of(channel, prices)) for channel, many in counts.items()}


def total_of(costs: Mapping[Channel, Cost]) -> Cost:
    """All of them together: the sum is rounded, never the parts."""
    return Cost(
        sum(each.many for each in costs.values()), sum(each.ten_thousandths for each in costs.values())
    )


def in_reais(ten_thousandths: int) -> str:
    """A price with all its figures: 367 → "R$ 0,0367"."""
    return f"R$\N{NO-BREAK SPACE}{ten_thousandths // UNIT},{ten_thousandths % UNIT:04d}"


def is_from_now_on(from_on: date, *, today: date) -> bool:
    """Whether a new price changes nothing that is past."""
    return from_on >= today
