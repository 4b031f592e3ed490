"""Pages of the users room."""

from portal.users.routes import accesses, account, links, signing_in
from portal.users.routes.blueprint import blueprint
from portal.users.routes.signing_in import offer_to_resume

__all__ = ["accesses", "account", "blueprint", "links", "offer_to_resume", "signing_in"]
