"""A boleto as it is printed, as plain data. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BoletoSlip:
    """A boleto's slip. Texts are formatted; `bars` are (start, width) in units of `bars_width` in all;
    `pix_picture` is the QR code as an SVG.
    """

    bank_name: str
    bank_code: str
    line: str
    bars: tuple[tuple[int, int], ...]
    bars_width: int
    our_number: str
    wallet: str
    branch_account: str
    company_name: str
    company_document: str
    company_address: str
    payer_name: str
    payer_document: str
    payer_address: str
    issued_on: str
    due_on: str
    amount: str
    invoice: str
    instructions: str
    lines: tuple[tuple[str, str], ...]
    pix_picture: str
