"""Use cases of the payouts room, split by verb."""
