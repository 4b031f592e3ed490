"""Use cases of the users room."""
