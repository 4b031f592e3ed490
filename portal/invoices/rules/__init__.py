"""Decisions of the invoices room, split by noun."""

from portal.invoices.rules.ledger import CASH, Account, PostingKind
from portal.invoices.rules.refusals import MoreThanOpen, NobodyToSendTo, NotBilledYet, NotOpen
from portal.invoices.rules.states import InvoiceKind, InvoiceState, invoice_label, payable_until
from portal.subscriptions.rules import BilledTo

__all__ = [
    "CASH",
    "Account",
    "BilledTo",
    "InvoiceKind",
    "InvoiceState",
    "MoreThanOpen",
    "NobodyToSendTo",
    "NotBilledYet",
    "NotOpen",
    "PostingKind",
    "invoice_label",
    "payable_until",
]
