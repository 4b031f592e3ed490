"""Reads of the receipts room, split by noun."""
