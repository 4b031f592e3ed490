"""The quote builder: choose a plan, price on every change, save."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.customers.queries import reading as customers
from portal.quotes.forms.offer import plan_cards
from portal.quotes.forms.reading import read_quote
from portal.quotes.forms.typed import TypedQuote
from portal.quotes.operations.pricing import selection_of
from portal.quotes.queries.reading import get_live_version
from portal.quotes.routes.blueprint import blueprint
from portal.quotes.routes.builder_ground import (
    ground_of,
    ground_typed,
    is_covered,
    subject_typed,
    todays_ground,
)
from portal.quotes.routes.builder_page import Subject, live_parts, saved_parts, whole_page
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


@blueprint.get("/clientes/<int:customer_id>/contratar")
@requires(Permission.WRITE_QUOTES)
def choose_plan(customer_id: int) -> ResponseReturnValue:
    """Hiper Mini or Hiper Gestão?"""
    customer = customers.get_customer_alone(db.session, customer_id, actor=actor())
    return render("quotes/choose_plan.html", customer=customer, plans=plan_cards(todays_ground().price_list))


@blueprint.get("/orcamentos/novo")
@requires(Permission.WRITE_QUOTES)
def new() -> ResponseReturnValue:
    """A quote that stands nowhere yet: the chosen plan at its Original."""
    customer_id = as_key(request.args.get("cliente"))
    customer = customers.get_customer_alone(db.session, customer_id, actor=actor())
    reading = read_quote(TypedQuote.empty(plan=request.args.get("plano", "")), todays_ground())
    reading.errors.clear()  # an address with an unknown plan shows the first one
    return whole_page(reading, Subject(customer=customer), actor=actor())


@blueprint.post("/orcamentos/calculo")
@requires(Permission.WRITE_QUOTES)
def preview() -> ResponseReturnValue:
    """Price what stands in the form; nothing is stored."""
    typed = TypedQuote.from_form(request.form)
    reading = read_quote(typed, ground_typed(typed))
    if is_htmx():
        return live_parts(reading, covered=is_covered(reading))
    return whole_page(reading, subject_typed(typed), actor=actor(), status=422 if reading.errors else 200)


@blueprint.post("/orcamentos")
@requires(Permission.WRITE_QUOTES)
def create() -> ResponseReturnValue:
    """Store a new quote once, however often the button was pressed."""
    typed = TypedQuote.from_form(request.form)
    made = find_made_by(typed)
    if made is None:
        subject, reading = subject_typed(typed), read_quote(typed, todays_ground(afresh=True))
        try:
            made = create_from(reading, subject.customer)
        except Refusal as refusal:
            return not_saved(reading, subject, refusal)
    return go_to(url_for("quotes.show", quote_id=made.id))


@blueprint.get("/orcamentos/<int:quote_id>/editar")
@requires(Permission.WRITE_QUOTES)
def edit(quote_id: int) -> ResponseReturnValue:
    """The draft as it was saved last."""
    version = get_live_version(db.session, quote_id, actor=actor())
    require_draft(version.state)
    typed = TypedQuote.from_selection(selection_of(version))
    reading = read_quote(typed, ground_of(version))
    return whole_page(reading, Subject(customer=version.customer, version=version), actor=actor())


@blueprint.post("/orcamentos/<int:quote_id>/editar")
@requires(Permission.WRITE_QUOTES)
def save(quote_id: int) -> ResponseReturnValue:
    """Store the draft, unless somebody else did since this page was opened."""
    version = get_live_version(db.session, quote_id, actor=actor())
    reading = read_quote(TypedQuote.from_form(request.form), ground_of(version))
    try:
        version = save_from(reading, version)
    except Refusal as refusal:
        return not_saved(reading, Subject(customer=version.customer, version=version), refusal)
    return saved_parts(version) if is_autosave() else go_to(url_for("quotes.show", quote_id=quote_id))
