"""Decisions about contracts. Pure."""
