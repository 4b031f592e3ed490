"""Subscriptions: until when a customer is released. The ledger of coverage."""
