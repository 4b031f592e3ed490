"""Demonstration data: synthetic people and companies, loaded once through the real operations."""
