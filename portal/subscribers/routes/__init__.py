"""Pages of the Central do Assinante."""

from portal.subscribers.routes import (
    companies,
    documents,
    due_day,
    entering,
    home,
    privacy,
    registration,
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
    "home",
    "privacy",
    "registration",
    "trust",
    "viewing",
]
