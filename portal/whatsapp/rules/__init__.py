"""Decisions of the whatsapp room, split by noun."""
