"""Use cases of the overdue room."""
