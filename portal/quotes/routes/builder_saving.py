"""Storing what stands in the builder, and what is answered when it cannot be stored."""

from flask import Response, flash, request
from sqlalchemy.exc import IntegrityError

from portal.customers.models import Customer
from portal.quotes.forms.reading import Reading
from portal.quotes.forms.typed import TypedQuote
from portal.quotes.models import Quote, QuoteVersion
from portal.quotes.operations.drafting import create_quote, save_draft
from portal.quotes.operations.submitting import submit_quote
from portal.quotes.queries.reading import find_created_quote
from portal.quotes.routes.builder_page import Subject, collision_on, unsaved_parts, whole_page
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


def find_made_by(typed: TypedQuote) -> Quote | None:
    """The quote that this very form already made."""
    key = typed.text("creation_key")
    return find_created_quote(db.session, key, actor=actor()) if key else None


def create_from(reading: Reading, customer: Customer) -> Quote:
    """Store a new quote and, when asked, send it to approval. A form sent twice makes one.

    Raises:
        Refusal: nothing was stored.
    """
    _require_as_shown(reading)
    now, person, typed = clock.now(), actor(), reading.typed
    try:
        with db.session.begin_nested():
            quote = create_quote(
                db.session,
                customer=customer,
                selection=reading.selection,
                price_list_id=reading.ground.price_list_id,
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


def save_from(reading: Reading, version: QuoteVersion) -> QuoteVersion:
    """Store the draft and, when asked, send it to approval.

    Raises:
        SavedElsewhere: another tab or person did first.
        Refusal: nothing was stored.
    """
    _require_as_shown(reading)
    typed = reading.typed
    agreed_to_replace = typed.number("replace") == version.lock_version
    with db.session.begin_nested():
        saved = save_draft(
            db.session,
            version=version,
            selection=reading.selection,
            lock_version=version.lock_version if agreed_to_replace else typed.number("lock_version"),
            actor=actor(),
            now=clock.now(),
        )
        _submit_when_asked(saved.quote, typed)
    return saved


def not_saved(reading: Reading, subject: Subject, refusal: Refusal) -> Response:
    """The page with everything that was typed and why nothing was stored."""
    version = subject.version
    collision = collision_on(version) if version and isinstance(refusal, SavedElsewhere) else None
    if version and is_autosave():
        return unsaved_parts(version, collision)
    if not collision and not isinstance(refusal, NotAsShown):
        reading.errors.setdefault(refusal.field or "", refusal.message)
    return whole_page(
        reading, subject, actor=actor(), status=refusal.status, refused=True, collision=collision
    )


def _require_as_shown(reading: Reading) -> None:
    if reading.errors or reading.notes:
        raise NotAsShown("Confira os valores antes de continuar.")


def _submit_when_asked(quote: Quote, typed: TypedQuote) -> None:
    if typed.text("action") == "submit":
        asked = submit_quote(
            db.session, quote=quote, argument=typed.text("argument"), actor=actor(), now=clock.now()
        )
        flash("Enviado para aprovação." if asked else "Não foi preciso pedir aprovação: pode enviar.")
    elif typed.text("action") != "autosave":
        flash("Orçamento salvo.")
