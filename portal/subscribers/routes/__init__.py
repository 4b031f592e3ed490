"""Pages of the Central do Assinante."""

from portal.subscribers.routes import (
    companies,
    documents,
    entering,
    home,
    privacy,
    registration,
    tax_notes,
    trust,
    viewing,
)
from portal.subscribers.routes.blueprint import blueprint

__all__ = [
    "blueprint",
    "companies",
    "documents",
    "entering",
    "home",
    "privacy",
    "registration",
    "tax_notes",
    "trust",
    "viewing",
]
