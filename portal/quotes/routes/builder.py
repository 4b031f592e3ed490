"""The quote builder: choose a plan, price on every change, save.

The builder's request in eight steps. (1) A view below gets the form, on every change and on every save.
(2) `BuilderInput` takes it apart by field name (`forms/builder_input.py`). (3) `PriceSnapshot` tells which
prices the page showed when it was typed, from one hidden field (`forms/builder_snapshot.py`). (4) A
`PricingContext` brings what nobody types: price list, day, arrangement and tier (`builder_context.py`).
(5) `price_form` makes a selection of it and prices that at Original (`forms/builder_quote.py`). (6) What
differs from the snapshot was typed, the rest follows the prices; with those amounts it is priced again, which
gives the `PricedForm` (`forms/negotiation.py`). (7) A save stores its selection, by operations that price
it once more (`builder_saving.py`). (8) `figures_of` puts it into words (`pages/builder_figures.py`), and the
page, or only its parts that changed, is the answer (`builder_page.py`).
"""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.customers.queries import reading as customers
from portal.quotes.forms.builder_input import BuilderInput
from portal.quotes.forms.builder_quote import price_form
from portal.quotes.operations.pricing import selection_of
from portal.quotes.pages.offer import plan_cards
from portal.quotes.queries.reading import get_live_version
from portal.quotes.routes.blueprint import blueprint
from portal.quotes.routes.builder_context import (
    context_from,
    context_of,
    is_covered,
    target_from,
    todays_context,
)
from portal.quotes.routes.builder_page import FormTarget, live_parts, saved_parts, whole_page
from portal.quotes.routes.builder_saving import (
    create_from,
    find_made_by,
    is_autosave,
    not_saved,
    save_from,
)
from portal.quotes.rules.states import require_draft
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import as_key, db
from portal.shared.htmx import go_to, is_htmx, render
from portal.shared.refusals import Refusal
from portal.shared.transactions import writes_nothing


@blueprint.get("/clientes/<int:customer_id>/contratar")
@requires(Permission.WRITE_QUOTES)
def choose_plan(customer_id: int) -> ResponseReturnValue:
    """Hiper Mini or Hiper Gestão?"""
    customer = customers.get_customer_alone(db.session, customer_id, actor=actor())
    return render("quotes/choose_plan.html", customer=customer, plans=plan_cards(todays_context().price_list))


@blueprint.get("/orcamentos/novo")
@requires(Permission.WRITE_QUOTES)
def new() -> ResponseReturnValue:
    """A quote that stands nowhere yet: the chosen plan at its Original."""
    customer_id = as_key(request.args.get("cliente"))
    customer = customers.get_customer_alone(db.session, customer_id, actor=actor())
    priced = price_form(BuilderInput.empty(plan=request.args.get("plano", "")), todays_context())
    priced.errors.clear()  # an address with an unknown plan shows the first one
    return whole_page(priced, FormTarget(customer=customer), actor=actor())


@blueprint.post("/orcamentos/calculo")
@requires(Permission.WRITE_QUOTES)
@writes_nothing
def preview() -> ResponseReturnValue:
    """Price what stands in the form; nothing is stored."""
    typed = BuilderInput.from_form(request.form)
    priced = price_form(typed, context_from(typed))
    if is_htmx():
        return live_parts(priced, covered=is_covered(priced))
    return whole_page(priced, target_from(typed), actor=actor(), status=422 if priced.errors else 200)


@blueprint.post("/orcamentos")
@requires(Permission.WRITE_QUOTES)
def create() -> ResponseReturnValue:
    """Store a new quote once, however often the button was pressed."""
    typed = BuilderInput.from_form(request.form)
    made = find_made_by(typed)
    if made is None:
        target, priced = target_from(typed), price_form(typed, todays_context(afresh=True))
        try:
            made = create_from(priced, target.customer)
        except Refusal as refusal:
            return not_saved(priced, target, refusal)
    return go_to(url_for("quotes.show", quote_id=made.id))


@blueprint.get("/orcamentos/<int:quote_id>/editar")
@requires(Permission.WRITE_QUOTES)
def edit(quote_id: int) -> ResponseReturnValue:
    """The draft as it was saved last."""
    version = get_live_version(db.session, quote_id, actor=actor())
    require_draft(version.state)
    typed = BuilderInput.from_selection(selection_of(version))
    priced = price_form(typed, context_of(version))
    return whole_page(priced, FormTarget(customer=version.customer, version=version), actor=actor())


@blueprint.post("/orcamentos/<int:quote_id>/editar")
@requires(Permission.WRITE_QUOTES)
def save(quote_id: int) -> ResponseReturnValue:
    """Store the draft, unless somebody else did since this page was opened."""
    version = get_live_version(db.session, quote_id, actor=actor())
    priced = price_form(BuilderInput.from_form(request.form), context_of(version))
    try:
        version = save_from(priced, version)
    except Refusal as refusal:
        return not_saved(priced, FormTarget(customer=version.customer, version=version), refusal)
    return saved_parts(version) if is_autosave() else go_to(url_for("quotes.show", quote_id=quote_id))
