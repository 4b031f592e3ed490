"""Reads of the subscriptions room."""
