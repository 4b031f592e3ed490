"""Reads of the cards room, split by noun."""
