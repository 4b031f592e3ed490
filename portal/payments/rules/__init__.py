"""Decisions of the payments room, split by noun. Pure."""
