"""Decisions of the overdue room, split by noun."""
