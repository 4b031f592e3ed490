"""Use cases of the invoices room, split by noun."""

from portal.invoices.operations.issuing import issue_first_invoice, issue_installment, issue_invoice
from portal.invoices.operations.ledger import post, post_of_invoice
from portal.invoices.operations.sending import payment_link, prepare_invoice, send_invoice
from portal.invoices.operations.settling import credit_paid, settle_invoice, void_invoice

__all__ = [
    "credit_paid",
    "issue_first_invoice",
    "issue_installment",
    "issue_invoice",
    "payment_link",
    "post",
    "post_of_invoice",
    "prepare_invoice",
    "send_invoice",
    "settle_invoice",
    "void_invoice",
]
