"""Use cases of the partners room."""
