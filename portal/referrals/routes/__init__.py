"""Pages of the referrals room."""

from portal.referrals.routes import listing, of_customer
from portal.referrals.routes.blueprint import blueprint

__all__ = ["blueprint", "listing", "of_customer"]
