"""Payouts: what the partner receives of each payment."""
