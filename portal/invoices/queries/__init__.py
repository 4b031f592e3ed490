"""Reads of the invoices room."""
