"""The settings the present app was started with, for modules that need not know that it is a web app."""

from flask import current_app

from portal.config import Settings
from portal.shared.brazil import format_document


def environment() -> Settings:
    """What the environment said when the app was made."""
    settings: Settings = current_app.config["PORTAL"]
    return settings


def supplier_line() -> str:
    """Who collects, as every text that asks for a debt names it: name, CNPJ and address (CDC art. 42-A)."""
    company = environment().company
    return f"{company.name} · CNPJ {format_document(company.document)} · {company.address_line}"
