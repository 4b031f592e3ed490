"""Quotes: price, negotiate, approve, send, and what the customer answers."""
