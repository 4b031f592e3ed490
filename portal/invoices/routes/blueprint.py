"""The one blueprint of the room, to which each module of pages adds its own."""

from flask import Blueprint

WAYS = {"boleto": "Boleto bancário", "card": "Cartão de Crédito", "ted": "TED", "pix": "Pix"}

blueprint = Blueprint("invoices", __name__)


def payment_way(code: str) -> str:
    """ "ted" → "TED"."""
    return WAYS.get(code, code)


blueprint.add_app_template_filter(payment_way, "payment_way")
