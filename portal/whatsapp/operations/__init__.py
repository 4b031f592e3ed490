"""Use cases of the whatsapp room, split by noun."""
