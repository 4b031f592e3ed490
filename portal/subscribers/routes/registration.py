"""Seus dados: what is registered of a company, what it may put right itself, and the cards it pays with."""

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.cards.operations.requests import card_link
from portal.customers.models import Customer
from portal.customers.queries.reading import load_customer
from portal.customers.rules import ChangedMeanwhile
from portal.shared import clock
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.htmx import go_to
from portal.shared.refusals import Missing, Refusal
from portal.subscribers.forms import PreferencesForm, RegistrationForm
from portal.subscribers.operations.preferences import choose, wants_reminders, wants_whatsapp
from portal.subscribers.operations.registration import change_registration
from portal.subscribers.queries.account import list_cards
from portal.subscribers.routes.blueprint import blueprint
from portal.subscribers.routes.guard import company, for_company, render_own, subscriber


@blueprint.get("/dados")
@for_company
def registration() -> ResponseReturnValue:
    """What is registered."""
    customer = load_customer(db.session, company().customer_id)
    return _page(customer, RegistrationForm(formdata=None, obj=customer))


@blueprint.post("/dados")
@for_company
def change() -> ResponseReturnValue:
    """Save phone and address, unless somebody else saved first."""
    customer, form = load_customer(db.session, company().customer_id), RegistrationForm(request.form)
    if not form.validate():
        return _page(customer, form, status=422)
    try:
        changed = change_registration(
            db.session,
            customer=customer,
            values=form.values(),
            lock_version=form.lock_version.data or 0,
            email=subscriber().email,
            now=clock.now(),
        )
    except ChangedMeanwhile as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _page(load_customer(db.session, company().customer_id), form, status=refusal.status)
    flash("Dados salvos." if changed else "Nada mudou.")
    return go_to(url_for("subscribers.registration"))


@blueprint.post("/contratos/<int:contract_id>/cartao")
@for_company
def change_card(contract_id: int) -> ResponseReturnValue:
    """To the page on which another card is registered for a contract."""
    if contract_id not in {each.contract_id for each in list_cards(db.session, company().customer_id)}:
        raise Missing
    try:
        secret = card_link(db.session, contract_id=contract_id, now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
        return go_to(url_for("subscribers.registration"))
    return go_to(url_for("cards.register_card", token=secret))


@blueprint.post("/dados/avisos")
@for_company
def choose_notices() -> ResponseReturnValue:
    """What to hear of."""
    form = PreferencesForm(request.form)
    form.validate()
    changed = choose(
        db.session,
        customer=load_customer(db.session, company().customer_id),
        reminders=form.reminders.data,
        whatsapp=form.whatsapp.data,
        offers=form.offers.data,
        address=subscriber().email,
        now=clock.now(),
    )
    flash("Preferências salvas." if changed else "Nada mudou.")
    return go_to(url_for("subscribers.registration"))


def _page(customer: Customer, form: RegistrationForm, *, status: int = 200) -> Response:
    return render_own(
        "subscribers/registration.html",
        status=status,
        customer=customer,
        form=form,
        cards=list_cards(db.session, customer.id),
        preferences=PreferencesForm(
            formdata=None,
            data={
                "reminders": wants_reminders(db.session, customer.id),
                "whatsapp": wants_whatsapp(db.session, customer.id),
                "offers": customer.wants_offers,
            },
        ),
    )
