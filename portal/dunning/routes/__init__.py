"""Pages of the dunning room."""

from portal.dunning.routes import chats, customer, desk, numbers, policy, prices, runs
from portal.dunning.routes.blueprint import blueprint

__all__ = ["blueprint", "chats", "customer", "desk", "numbers", "policy", "prices", "runs"]
