"""Routes of the overdue room: the interface by which products ask, and its keys."""

from portal.overdue.routes import api, keys, trust
from portal.overdue.routes.blueprint import blueprint

__all__ = ["api", "blueprint", "keys", "trust"]
