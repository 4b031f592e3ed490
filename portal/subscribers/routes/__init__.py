"""Pages of the Central do Assinante."""

from portal.subscribers.routes import (
    companies,
    documents,
    due_day,
    entering,
    erasing,
    home,
    leaving,
    privacy,
    registration,
    renewals,
    tax_notes,
    together,
    trust,
    viewing,
)
from portal.subscribers.routes.blueprint import blueprint

__all__ = [
    "blueprint",
    "companies",
    "documents",
    "due_day",
    "entering",
    "erasing",
    "home",
    "leaving",
    "privacy",
    "registration",
    "renewals",
    "tax_notes",
    "together",
    "trust",
    "viewing",
]
