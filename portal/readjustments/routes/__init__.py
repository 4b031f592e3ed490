"""Pages of the readjustments room."""

from portal.readjustments.routes import campaigns, index_months, of_contract
from portal.readjustments.routes.blueprint import blueprint

__all__ = ["blueprint", "campaigns", "index_months", "of_contract"]
