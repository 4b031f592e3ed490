"""The receipt of a cancellation (comprovante) as it is printed, as plain data. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationSheet:
    """Whose contract was canceled, when it was asked for, and what follows. Texts are formatted."""

    protocol: str
    requested_at: str
    confirmed_on: str
    contract: str
    customer_name: str
    customer_document: str
    notes: tuple[str, ...]
    company_name: str
    company_document: str
    company_address: str
    company_contact: str
    place_and_day: str
