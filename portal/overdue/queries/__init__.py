"""Reads of the overdue room."""
