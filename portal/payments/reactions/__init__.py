"""What the payments room does when something happened elsewhere."""

from portal.payments.reactions.bank import give_boleto, keep_credit, take_back_boletos
from portal.payments.reactions.cards import (
    ask_new_signatory,
    charge_card,
    request_card,
    stop_charging,
    withdraw_card_request,
)

__all__ = [
    "ask_new_signatory",
    "charge_card",
    "give_boleto",
    "keep_credit",
    "request_card",
    "stop_charging",
    "take_back_boletos",
    "withdraw_card_request",
]
