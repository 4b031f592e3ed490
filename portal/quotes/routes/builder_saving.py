"""Storing what stands in the builder, and what is answered when it cannot be stored."""

from flask import Response, flash, request
from sqlalchemy.exc import IntegrityError

from portal.customers.models import Customer
from portal.quotes.forms.builder_input import BuilderInput
from portal.quotes.forms.builder_quote import PricedForm
from portal.quotes.models import Quote, QuoteVersion
from portal.quotes.operations.drafting import create_quote, save_draft
from portal.quotes.operations.submitting import submit_quote
from portal.quotes.queries.reading import find_created_quote
from portal.quotes.routes.builder_page import FormTarget, conflict_on, unsaved_parts, whole_page
from portal.quotes.rules.refusals import SavedElsewhere
from portal.shared import clock
from portal.shared.auth import actor
from portal.shared.db import db
from portal.shared.refusals import Refusal


class NotAsShown(Refusal):
    """What would be stored is not what the page showed: something is wrong, or had to be changed."""


def is_autosave() -> bool:
    """Whether nobody pressed anything: the page saves by itself."""
    return request.form.get("action") == "autosave"


def find_made_by(typed: BuilderInput) -> Quote | None:
    """The quote that this very form already made."""
    key = typed.text("creation_key")
    return find_created_quote(db.session, key, actor=actor()) if key else None


def create_from(priced: PricedForm, customer: Customer) -> Quote:
    """Store a new quote and, when asked, send it to approval. A form sent twice makes one.

    Raises:
        Refusal: nothing was stored.
    """
    _require_as_shown(priced)
    now, person, typed = clock.now(), actor(), priced.typed
    try:
        with db.session.begin_nested():
            quote = create_quote(
                db.session,
                customer=customer,
                selection=priced.selection,
                price_list_id=priced.context.price_list_id,
                actor=person,
                now=now,
                creation_key=typed.text("creation_key") or None,
            )
            _submit_when_asked(quote, typed)
    except IntegrityError:
        made = find_made_by(typed)  # by the other of two clicks, while we waited for it
        if made is None:
            raise
        return made
    return quote


def save_from(priced: PricedForm, version: QuoteVersion) -> QuoteVersion:
    """Store the draft and, when asked, send it to approval.

    Raises:
        SavedElsewhere: another tab or person did first.
        Refusal: nothing was stored.
    """
    _require_as_shown(priced)
    typed = priced.typed
    agreed_to_replace = typed.number("replace") == version.lock_version
    with db.session.begin_nested():
        saved = save_draft(
            db.session,
            version=version,
            selection=priced.selection,
            lock_version=version.lock_version if agreed_to_replace else typed.number("lock_version"),
            actor=actor(),
            now=clock.now(),
        )
        _submit_when_asked(saved.quote, typed)
    return saved


def not_saved(priced: PricedForm, target: FormTarget, refusal: Refusal) -> Response:
    """The page with everything that was typed and why nothing was stored."""
    version = target.version
    conflict = conflict_on(version) if version and isinstance(refusal, SavedElsewhere) else None
    if version and is_autosave():
        return unsaved_parts(version, conflict)
    if not conflict and not isinstance(refusal, NotAsShown):
        priced.errors.setdefault(refusal.field or "", refusal.message)
    return whole_page(priced, target, actor=actor(), status=refusal.status, refused=True, conflict=conflict)


def _require_as_shown(priced: PricedForm) -> None:
    if priced.errors or priced.notes:
        raise NotAsShown("Confira os valores antes de continuar.")


def _submit_when_asked(quote: Quote, typed: BuilderInput) -> None:
    if typed.text("action") == "submit":
        asked = submit_quote(
            db.session, quote=quote, argument=typed.text("argument"), actor=actor(), now=clock.now()
        )
        flash("Enviado para aprovação." if asked else "Não foi preciso pedir aprovação: pode enviar.")
    elif typed.text("action") != "autosave":
        flash("Orçamento salvo.")
