"""Use cases of the subscriptions room."""
