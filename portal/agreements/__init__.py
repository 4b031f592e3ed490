"""Debt agreements: overdue invoices joined, paid by an entry and parts, signed (docs/agreements.md)."""
