"""Tables of the payments room, split by noun."""

from portal.payments.models.bank_file import BankFile, BankNotice
from portal.payments.models.boleto import Boleto, BoletoSeries
from portal.payments.models.cards import Card, CardRequest, CardSetup
from portal.payments.models.charge import Charge, ProcessorEvent
from portal.payments.models.payment import CustomerCredit, ParkedPayment, Payment
from portal.payments.models.ted import TedTransfer

__all__ = [
    "BankFile",
    "BankNotice",
    "Boleto",
    "BoletoSeries",
    "Card",
    "CardRequest",
    "CardSetup",
    "Charge",
    "CustomerCredit",
    "ParkedPayment",
    "Payment",
    "ProcessorEvent",
    "TedTransfer",
]
