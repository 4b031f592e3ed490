"""Decisions of the bank of the tests, split by noun. Pure."""
