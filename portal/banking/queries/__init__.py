"""Reads of the banking room, split by noun."""
