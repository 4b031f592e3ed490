"""The quotes room's place in the application; the modules beside this one add their pages to it."""

from flask import Blueprint

from calculator import PAYMENT_METHODS
from portal.quotes.rules.approval import reason_in_words
from portal.quotes.rules.labels import arrangement_label, term_label
from portal.quotes.rules.reasons import DECLINE_REASONS, VOID_LABELS

blueprint = Blueprint("quotes", __name__)


def decline_reason_label(code: str | None) -> str:
    """Why a customer declined, in words."""
    return DECLINE_REASONS.get(code or "", code or "")


def void_reason_label(code: str | None) -> str:
    """Why a quote was voided, in words."""
    return VOID_LABELS.get(code or "", code or "")


def payment_method_label(code: str) -> str:
    """ "ted_card" → "TED / Cartão de Crédito"."""
    return PAYMENT_METHODS.get(code, code)


blueprint.add_app_template_filter(term_label, "term")
blueprint.add_app_template_filter(arrangement_label, "arrangement")
blueprint.add_app_template_filter(reason_in_words, "approval_reason")
blueprint.add_app_template_filter(decline_reason_label, "decline_reason")
blueprint.add_app_template_filter(void_reason_label, "void_reason")
blueprint.add_app_template_filter(payment_method_label, "payment_method")
