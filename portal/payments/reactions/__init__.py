"""What the payments room does when something happened elsewhere."""

from portal.payments.reactions.bank import give_boleto, keep_credit, stop_collecting, stop_collecting_later
from portal.payments.reactions.cards import (
    ask_new_signatory,
    charge_card,
    request_card,
    withdraw_card_request,
)

__all__ = [
    "ask_new_signatory",
    "charge_card",
    "give_boleto",
    "keep_credit",
    "request_card",
    "stop_collecting",
    "stop_collecting_later",
    "withdraw_card_request",
]
