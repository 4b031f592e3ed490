"""Tables of the invoices room, split by noun."""

from portal.invoices.models.bad_debt import BadDebt
from portal.invoices.models.billing_run import BillingChunk, BillingRun, VoidedNumber
from portal.invoices.models.credit_note import CreditNote
from portal.invoices.models.due_day import DueDayChange
from portal.invoices.models.invoice import Invoice, InvoiceLine, InvoiceSeries
from portal.invoices.models.late_charge import LateCharge
from portal.invoices.models.open_sum import OpenSum
from portal.invoices.models.posting import Posting

__all__ = [
    "BadDebt",
    "BillingChunk",
    "BillingRun",
    "CreditNote",
    "DueDayChange",
    "Invoice",
    "InvoiceLine",
    "InvoiceSeries",
    "LateCharge",
    "OpenSum",
    "Posting",
    "VoidedNumber",
]
