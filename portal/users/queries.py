"""Reads of the users room."""
