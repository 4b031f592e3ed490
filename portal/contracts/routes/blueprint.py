"""The contracts room's place in the application; the modules beside this one add their pages to it."""

from flask import Blueprint

from portal.contracts.models import Contract
from portal.contracts.queries.reading import facts_of
from portal.contracts.rules.progress import MissingStep, what_is_missing

blueprint = Blueprint("contracts", __name__)


def missing_at(contract: Contract) -> MissingStep | None:
    """The one thing a contract waits for."""
    return what_is_missing(facts_of(contract))


blueprint.add_app_template_filter(missing_at, "missing_at")
