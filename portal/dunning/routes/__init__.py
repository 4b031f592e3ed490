"""Pages of the dunning room."""

from portal.dunning.routes import customer, policy, runs
from portal.dunning.routes.blueprint import blueprint

__all__ = ["blueprint", "customer", "policy", "runs"]
