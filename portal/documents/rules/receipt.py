"""A receipt (recibo) as it is printed, as plain data. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPayment:
    """One payment of the invoice: when, by which way, by whom, how much of it paid this invoice."""

    paid_on: str
    way: str
    payer: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptSheet:
    """That an invoice was paid: by whom, for what, when and how, to whom. Texts are formatted."""

    invoice: str
    contract: str
    amount: str
    paid_on: str
    due_on: str
    payer_name: str
    payer_document: str
    lines: tuple[tuple[str, str], ...]
    explanation: str
    payments: tuple[ReceiptPayment, ...]
    company_name: str
    company_document: str
    company_address: str
    company_contact: str
    place_and_day: str
