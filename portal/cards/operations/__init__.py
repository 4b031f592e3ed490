"""Use cases of the cards room: ask for a card, keep it, charge it."""
