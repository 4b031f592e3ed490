"""A credit note (nota de crédito) as it is printed, as plain data. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteSheet:
    """What was taken back of which invoice, for whom and why. Texts are formatted."""

    number: str
    issued_on: str
    amount: str
    reason: str
    effect: str
    invoice: str
    invoice_amount: str
    invoice_due_on: str
    contract: str
    payer_name: str
    payer_document: str
    company_name: str
    company_document: str
    company_address: str
    company_contact: str
    place_and_day: str
