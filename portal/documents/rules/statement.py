"""A statement of repasse (extrato) as it is printed, as plain data. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """One line: of which customer and invoice, what, how much. `is_negative` where it takes away."""

    customer: str
    invoice: str
    item: str
    paid: str
    amount: str
    is_negative: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementSheet:
    """A partner's statement of a month. Texts are formatted; `left_out` says what is not on paper."""

    month: str
    partner_name: str
    partner_document: str
    opening: str
    accrued: str
    reversed: str
    total: str
    outcome: str
    rows: tuple[StatementRow, ...]
    left_out: str
    closed: str
    company_name: str
    company_document: str
    company_address: str
    company_contact: str
