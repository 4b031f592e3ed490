"""Pages of the cards room."""

from portal.cards.routes import charges, registration
from portal.cards.routes.blueprint import blueprint

__all__ = ["blueprint", "charges", "registration"]
