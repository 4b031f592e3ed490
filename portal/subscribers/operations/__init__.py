"""Use cases of the subscribers room."""
