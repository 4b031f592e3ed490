"""Decisions of the banking room, split by noun. Pure."""
