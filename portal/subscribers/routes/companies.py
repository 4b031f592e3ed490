"""One address, several companies: which one to look at."""

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.shared.db import db
from portal.shared.htmx import go_to, render
from portal.shared.refusals import Missing
from portal.subscribers.forms import CompanyForm
from portal.subscribers.operations.signing_in import choose_company
from portal.subscribers.queries.people import list_companies
from portal.subscribers.routes.blueprint import blueprint
from portal.subscribers.routes.guard import for_subscribers, subscriber


@blueprint.get("/empresas")
@for_subscribers
def companies() -> ResponseReturnValue:
    """The companies this person may look after."""
    person = subscriber()
    found = list_companies(db.session, person.email)
    return render("subscribers/companies.html", subscriber=person, companies=found)


@blueprint.post("/empresas")
@for_subscribers
def choose() -> ResponseReturnValue:
    """Look at this one from now on."""
    form = CompanyForm()
    if not form.validate():
        raise Missing
    choose_company(db.session, subscriber=subscriber(), customer_id=form.customer_id.data or 0)
    return go_to(url_for("subscribers.home"))
