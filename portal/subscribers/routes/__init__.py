"""Pages of the Central do Assinante."""

from portal.subscribers.routes import (
    agreements,
    companies,
    documents,
    due_day,
    entering,
    erasing,
    home,
    leaving,
    privacy,
    referrals,
    registration,
    renewals,
    tax_notes,
    together,
    trust,
    viewing,
)
from portal.subscribers.routes.blueprint import blueprint

__all__ = [
    "agreements",
    "blueprint",
    "companies",
    "documents",
    "due_day",
    "entering",
    "erasing",
    "home",
    "leaving",
    "privacy",
    "referrals",
    "registration",
    "renewals",
    "tax_notes",
    "together",
    "trust",
    "viewing",
]
