"""Reads of the customers room, split by noun."""
