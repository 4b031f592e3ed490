"""Pages of the readjustments room."""

from portal.readjustments.routes import index_months
from portal.readjustments.routes.blueprint import blueprint

__all__ = ["blueprint", "index_months"]
