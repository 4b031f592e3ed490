"""Reads of the payments room, split by noun."""
