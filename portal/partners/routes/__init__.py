"""Pages of the partners room."""

from portal.partners.routes import partners, people, team
from portal.partners.routes.blueprint import blueprint

__all__ = ["blueprint", "partners", "people", "team"]
