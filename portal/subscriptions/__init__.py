"""Subscriptions: what an active contract is billed, and until when a customer is released."""
