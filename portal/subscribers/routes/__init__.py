"""Pages of the Central do Assinante."""

from portal.subscribers.routes import companies, entering, home
from portal.subscribers.routes.blueprint import blueprint

__all__ = ["blueprint", "companies", "entering", "home"]
