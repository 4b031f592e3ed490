"""Pages of the users room."""

from portal.users.routes import accesses, account, confirming, factors, links, second_step, signing_in
from portal.users.routes.blueprint import blueprint
from portal.users.routes.confirming import ask_to_confirm
from portal.users.routes.factors import ask_for_factor
from portal.users.routes.refused import note_forbidden
from portal.users.routes.signing_in import offer_to_resume

__all__ = [
    "accesses",
    "account",
    "ask_for_factor",
    "ask_to_confirm",
    "blueprint",
    "confirming",
    "factors",
    "links",
    "note_forbidden",
    "offer_to_resume",
    "second_step",
    "signing_in",
]
