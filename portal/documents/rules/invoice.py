"""An invoice (fatura) as it is printed, as plain data. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysToPay:
    """How an open invoice is paid; empty what there is none of. `ted` are names and values."""

    amount: str
    pix_text: str
    pix_picture: str
    boleto_line: str
    boleto_remark: str
    ted: tuple[tuple[str, str], ...]
    elsewhere: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceSheet:
    """What is charged, to whom, until when, and how it is paid. Texts are formatted, empty where none is.

    `seller` is in whose name it comes: the partner's, whom the customer knows, or the supplier's; `company_*`
    is the supplier, who collects. `taken_off` are credit and payments, and what lateness adds. `ways` is None
    of one that is not to be paid, and `notice` says why.
    """

    number: str
    kind: str
    contract: str
    issued_on: str
    due_on: str
    period: str
    way: str
    payer_name: str
    payer_document: str
    payer_address: str
    seller: str
    seller_contact: str
    lines: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]
    total: str
    taken_off: tuple[tuple[str, str], ...]
    notice: str
    ways: WaysToPay | None
    company_name: str
    company_document: str
    company_address: str
    company_contact: str
