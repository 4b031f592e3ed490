"""Use cases of the dunning room, split by noun."""
