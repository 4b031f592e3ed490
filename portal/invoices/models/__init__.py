"""Tables of the invoices room, split by noun."""

from portal.invoices.models.invoice import Invoice, InvoiceLine, InvoiceSeries
from portal.invoices.models.posting import Posting

__all__ = ["Invoice", "InvoiceLine", "InvoiceSeries", "Posting"]
