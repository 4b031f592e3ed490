"""Decisions of the invoices room, split by noun."""
