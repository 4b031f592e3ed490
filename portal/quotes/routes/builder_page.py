"""The quote builder's page and its live parts, from a reading of the form."""

from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from flask import Response, url_for

from calculator import CARD_PAYMENT_METHODS, PAYMENT_METHODS, approval_reasons
from portal.customers.models import Customer
from portal.partners.rules import Arrangement
from portal.quotes.forms.figures import figures_of
from portal.quotes.forms.offer import app_rows, plan_cards
from portal.quotes.forms.reading import Reading
from portal.quotes.models import QuoteVersion
from portal.quotes.queries.deals import deal_of
from portal.quotes.queries.deciders import ApprovalPath, approval_path
from portal.quotes.queries.reading import who_changed
from portal.quotes.rules.approval import ApprovalPreview
from portal.shared.auth import Actor
from portal.shared.db import db
from portal.shared.environment import environment
from portal.shared.filters import datetime_br, time_br
from portal.shared.htmx import render, render_parts

TEMPLATE = "quotes/builder.html"
# Morphing keeps the field somebody is typing in; what holds no field is simply replaced.
NEGOTIATION_PARTS = {
    "hidden_state": "innerHTML",
    "problems": "innerHTML",  # those of a refused save: what is wrong now stands at its field
    "notes": "innerHTML",
    "apps_total": "innerHTML",
    "rows": "innerMorph",
    "total_row": "innerMorph",
    "slider": "innerMorph",
    "goal_answer": "innerMorph",
    "installments_field": "innerMorph",
    "setup_fee": "innerMorph",
    "totals_bar": "innerHTML",
    "sums": "innerHTML",
    "steps": "innerHTML",
    "verdict": "innerHTML",
}
SELECTION_PARTS = NEGOTIATION_PARTS | {
    "terms": "innerMorph",
    "chips": "innerMorph",
    "price_scale": "innerHTML",
}
QUANTITY_PARTS = SELECTION_PARTS | {"quantities": "innerMorph"}
OFFER_PARTS = QUANTITY_PARTS | {"apps_list": "innerHTML"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is being quoted: for whom and, once it is a draft, which version."""

    customer: Customer
    version: QuoteVersion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """Somebody saved the draft while it was open here."""

    by_name: str
    at: str
    lock_version: int


def live_parts(reading: Reading, *, covered: bool) -> Response:
    """What a recalculation replaces, and no more; 422 when something typed is wrong."""
    selection, quantities = reading.changes_selection, reading.changes_quantities
    parts = QUANTITY_PARTS if quantities else SELECTION_PARTS if selection else NEGOTIATION_PARTS
    context = _context(reading, covered=covered, selection=selection, quantities=quantities)
    if reading.changes_offer:
        parts, context["app_rows"] = OFFER_PARTS, app_rows(reading)
    status = 422 if reading.errors else 200
    return render_parts(TEMPLATE, parts, status=status, refused=False, collision=None, **context)


def saved_parts(version: QuoteVersion) -> Response:
    """The confirmation of an autosave."""
    parts = {"saved_at": "innerHTML", "lock": "innerHTML"}
    return render_parts(TEMPLATE, parts, saved=saved_text(version), lock_version=version.lock_version)


def unsaved_parts(version: QuoteVersion, collision: Collision | None) -> Response:
    """Why an autosave stored nothing."""
    own_url = url_for("quotes.edit", quote_id=version.quote_id)
    parts = {"saved_at": "innerHTML", "collision_slot": "innerHTML"}
    saved = "não salvo" if collision else "Ainda não salvo: corrija o que está destacado."
    status = 409 if collision else 422
    return render_parts(TEMPLATE, parts, status=status, saved=saved, collision=collision, own_url=own_url)


def whole_page(
    reading: Reading,
    subject: Subject,
    *,
    actor: Actor,
    status: int = 200,
    refused: bool = False,
    collision: Collision | None = None,
) -> Response:
    """The page. `refused`: it answers a save, so what is wrong is listed on top."""
    version = subject.version
    path = approval_path(
        db.session,
        partner_id=subject.customer.partner_id,
        owner_id=version.quote.owner_id if version else actor.user_id,
        quote_id=version.quote_id if version else None,
    )
    asked = ApprovalPreview(
        required=True, covered=False, why=(), by=path.decider, average_answer=path.average_answer
    )
    context = _context(reading, covered=covers(path, reading)) | _page_context(reading, subject)
    return render(
        TEMPLATE,
        status=status,
        approval_sentence=asked.sentence,
        collision=collision,
        refused=refused,
        saved=saved_text(version) if version and not refused else "Ainda não salvo.",
        **context,
    )


def covers(path: ApprovalPath, reading: Reading) -> bool:
    """Whether an approval that was given covers the prices of a reading."""
    deal = deal_of(
        reading.breakdown,
        price_list_id=reading.ground.price_list_id,
        arrangement=reading.selection.arrangement,
    )
    return path.preview(deal, approval_reasons(reading.breakdown)).covered


def saved_text(version: QuoteVersion) -> str:
    """When the draft was saved last."""
    return f"salvo às {time_br(version.changed_at)}"


def collision_on(version: QuoteVersion) -> Collision:
    """Who was faster, and when."""
    return Collision(
        by_name=who_changed(db.session, version),
        at=datetime_br(version.changed_at),
        lock_version=version.lock_version,
    )


def _context(
    reading: Reading, *, covered: bool, selection: bool = True, quantities: bool = True
) -> dict[str, Any]:
    figures = figures_of(reading, covered=covered, selection=selection, quantities=quantities)
    context: dict[str, Any] = figures._asdict()
    context["term"] = reading.selection.term
    context["preview_url"] = "/orcamentos/calculo"
    context["app_errors"] = [(name, text) for name, text in reading.errors.items() if name.startswith("app")]
    return context


def _page_context(reading: Reading, subject: Subject) -> dict[str, Any]:
    version, typed, price_list = subject.version, reading.typed, reading.ground.price_list
    return {
        "customer": subject.customer,
        "version": version,
        "price_list": price_list,
        "plans": plan_cards(price_list),
        "payment_methods": PAYMENT_METHODS,
        "unavailable_methods": _unavailable_methods(reading),
        "selection": reading.selection,
        "texts": typed.texts,
        "app_rows": app_rows(reading),
        "creation_key": typed.text("creation_key") or token_urlsafe(16),
        "lock_version": typed.text("lock_version") or (version.lock_version if version else ""),
        "save_url": url_for("quotes.save", quote_id=version.quote_id)
        if version
        else url_for("quotes.create"),
        "own_url": url_for("quotes.edit", quote_id=version.quote_id) if version else "",
        "negotiation_open": _negotiated(reading),
    }


def _unavailable_methods(reading: Reading) -> frozenset[str]:
    """Those with a card, where the portal would have to take it and no processor is configured."""
    takes_cards = environment().cards is not None
    bills_itself = reading.selection.arrangement == Arrangement.HIPERADOR
    return frozenset() if takes_cards or bills_itself else CARD_PAYMENT_METHODS


def _negotiated(reading: Reading) -> bool:
    fields = ("total", "line_", "repasse_goal")
    return (
        reading.breakdown.monthly.discount_basis_points != 0
        or reading.goal is not None
        or any(name.startswith(fields) for name in reading.errors)
    )
