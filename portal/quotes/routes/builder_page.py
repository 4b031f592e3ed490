"""The quote builder's page and its live parts, from the form as it was priced."""

from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from flask import Response, url_for

from calculator import CARD_PAYMENT_METHODS, PAYMENT_METHODS, approval_reasons
from portal.customers.models import Customer
from portal.partners.rules import Arrangement
from portal.quotes.forms.builder_quote import PricedForm
from portal.quotes.models import QuoteVersion
from portal.quotes.pages.builder_figures import figures_of
from portal.quotes.pages.offer import app_rows, plan_cards
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
class FormTarget:
    """For whom the form quotes and, once there is a draft, which version it edits."""

    customer: Customer
    version: QuoteVersion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveConflict:
    """Somebody saved the draft while the form was open here."""

    by_name: str
    at: str
    lock_version: int


def live_parts(priced: PricedForm, *, covered: bool) -> Response:
    """What a recalculation replaces, and no more; 422 when something typed is wrong."""
    selection, quantities = priced.changes_selection, priced.changes_quantities
    parts = QUANTITY_PARTS if quantities else SELECTION_PARTS if selection else NEGOTIATION_PARTS
    context = _context(priced, covered=covered, selection=selection, quantities=quantities)
    if priced.changes_offer:
        parts, context["app_rows"] = OFFER_PARTS, app_rows(priced)
    status = 422 if priced.errors else 200
    return render_parts(TEMPLATE, parts, status=status, refused=False, conflict=None, **context)


def saved_parts(version: QuoteVersion) -> Response:
    """The confirmation of an autosave."""
    parts = {"saved_at": "innerHTML", "lock": "innerHTML"}
    return render_parts(TEMPLATE, parts, saved=saved_text(version), lock_version=version.lock_version)


def unsaved_parts(version: QuoteVersion, conflict: SaveConflict | None) -> Response:
    """Why an autosave stored nothing."""
    own_url = url_for("quotes.edit", quote_id=version.quote_id)
    parts = {"saved_at": "innerHTML", "conflict_slot": "innerHTML"}
    saved = "não salvo" if conflict else "Ainda não salvo: corrija o que está destacado."
    status = 409 if conflict else 422
    return render_parts(TEMPLATE, parts, status=status, saved=saved, conflict=conflict, own_url=own_url)


def whole_page(
    priced: PricedForm,
    target: FormTarget,
    *,
    actor: Actor,
    status: int = 200,
    refused: bool = False,
    conflict: SaveConflict | None = None,
) -> Response:
    """The page. `refused`: it answers a save, so what is wrong is listed on top."""
    version = target.version
    path = approval_path(
        db.session,
        partner_id=target.customer.partner_id,
        owner_id=version.quote.owner_id if version else actor.user_id,
        quote_id=version.quote_id if version else None,
    )
    asked = ApprovalPreview(
        required=True, covered=False, why=(), by=path.decider, average_answer=path.average_answer
    )
    context = _context(priced, covered=covers(path, priced)) | _page_context(priced, target)
    return render(
        TEMPLATE,
        status=status,
        approval_sentence=asked.sentence,
        conflict=conflict,
        refused=refused,
        saved=saved_text(version) if version and not refused else "Ainda não salvo.",
        **context,
    )


def covers(path: ApprovalPath, priced: PricedForm) -> bool:
    """Whether an approval that was given covers the prices of a priced form."""
    deal = deal_of(
        priced.breakdown,
        price_list_id=priced.context.price_list_id,
        arrangement=priced.selection.arrangement,
    )
    return path.preview(deal, approval_reasons(priced.breakdown)).covered


def saved_text(version: QuoteVersion) -> str:
    """When the draft was saved last."""
    return f"salvo às {time_br(version.changed_at)}"


def conflict_on(version: QuoteVersion) -> SaveConflict:
    """Who was faster, and when."""
    return SaveConflict(
        by_name=who_changed(db.session, version),
        at=datetime_br(version.changed_at),
        lock_version=version.lock_version,
    )


def _context(
    priced: PricedForm, *, covered: bool, selection: bool = True, quantities: bool = True
) -> dict[str, Any]:
    figures = figures_of(priced, covered=covered, selection=selection, quantities=quantities)
    context: dict[str, Any] = figures._asdict()
    context["term"] = priced.selection.term
    context["preview_url"] = "/orcamentos/calculo"
    context["app_errors"] = [(name, text) for name, text in priced.errors.items() if name.startswith("app")]
    return context


def _page_context(priced: PricedForm, target: FormTarget) -> dict[str, Any]:
    version, typed, price_list = target.version, priced.typed, priced.context.price_list
    return {
        "customer": target.customer,
        "version": version,
        "price_list": price_list,
        "plans": plan_cards(price_list),
        "payment_methods": PAYMENT_METHODS,
        "unavailable_methods": _unavailable_methods(priced),
        "selection": priced.selection,
        "texts": typed.texts,
        "app_rows": app_rows(priced),
        "creation_key": typed.text("creation_key") or token_urlsafe(16),
        "lock_version": typed.text("lock_version") or (version.lock_version if version else ""),
        "save_url": url_for("quotes.save", quote_id=version.quote_id)
        if version
        else url_for("quotes.create"),
        "own_url": url_for("quotes.edit", quote_id=version.quote_id) if version else "",
        "negotiation_open": _negotiated(priced),
    }


def _unavailable_methods(priced: PricedForm) -> frozenset[str]:
    """Those with a card, where the portal would have to take it and no processor is configured."""
    takes_cards = environment().cards is not None
    bills_itself = priced.selection.arrangement == Arrangement.HIPERADOR
    return frozenset() if takes_cards or bills_itself else CARD_PAYMENT_METHODS


def _negotiated(priced: PricedForm) -> bool:
    fields = ("total", "line_", "repasse_goal")
    return (
        priced.breakdown.monthly.discount_basis_points != 0
        or priced.goal is not None
        or any(name.startswith(fields) for name in priced.errors)
    )
