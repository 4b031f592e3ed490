"""Decisions of the receipts room, split by noun. Pure."""
