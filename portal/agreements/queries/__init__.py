"""Reads of the agreements room."""
