"""Invoices: what a customer owes and when, and the ledger of what came of it."""
