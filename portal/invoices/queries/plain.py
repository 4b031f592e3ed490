"""What settling many invoices at once reads of each: columns, for entities cost more than all the rest."""

from datetime import date
from typing import NamedTuple

from portal.invoices.rules.states import OWED, InvoiceState
from portal.subscriptions.rules import BilledTo


class PlainInvoice(NamedTuple):
    """An invoice as it is while its row is locked; the names are those of its columns."""

    id: int
    contract_id: int
    partner_id: int
    customer_id: int
    billed_to: BilledTo
    payer_name: str
    payer_document: str
    installment_number: int
    due_on: date
    currency: str
    state: InvoiceState
    amount_cents: int
    carried_cents: int
    paid_cents: int
    late_fee_basis_points: int
    late_interest_basis_points: int
    charges_first: bool

    @property
    def open_cents(self) -> int:
        """As of an invoice's entity."""
        return self.amount_cents - self.paid_cents if self.state in OWED else 0
