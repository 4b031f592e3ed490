"""Use cases of the agreements room."""
