"""Tables of the cards room, split by noun."""

from portal.cards.models import cards, charge

__all__ = ["cards", "charge"]
