"""Pages of the dunning room."""

from portal.dunning.routes import customer, desk, policy, runs
from portal.dunning.routes.blueprint import blueprint

__all__ = ["blueprint", "customer", "desk", "policy", "runs"]
