"""Use cases of the invoices room, split by noun."""
