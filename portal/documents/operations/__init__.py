"""Printing documents and keeping files."""
