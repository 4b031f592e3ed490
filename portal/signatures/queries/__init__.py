"""Reads of the signatures room."""
