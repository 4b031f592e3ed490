"""Decisions of the cards room, split by noun. Pure."""
