"""The one blueprint of the room, to which each module of pages adds its own."""

from flask import Blueprint

from portal.shared.payment_methods import Way

blueprint = Blueprint("invoices", __name__)


def payment_way(code: str) -> str:
    """ "ted" → "TED"."""
    return Way(code).label


blueprint.add_app_template_filter(payment_way, "payment_way")
