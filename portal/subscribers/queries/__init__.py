"""Reads of the subscribers room."""
