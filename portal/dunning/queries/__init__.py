"""Reads of the dunning room, split by noun."""
