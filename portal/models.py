"""Every table of the portal, in one place (migrations, tests)."""

from portal.agreements import models as agreements
from portal.banking import models as banking
from portal.cancellations import models as cancellations
from portal.cards import models as cards
from portal.catalog import models as catalog
from portal.contracts import models as contracts
from portal.customers import models as customers
from portal.documents import models as documents
from portal.dunning import models as dunning
from portal.invoices import models as invoices
from portal.overdue import models as overdue
from portal.partners import models as partners
from portal.payouts import models as payouts
from portal.quotes import models as quotes
from portal.readjustments import models as readjustments
from portal.receipts import models as receipts
from portal.referrals import models as referrals
from portal.sandbox_bank import models as sandbox_bank
from portal.settings import models as settings
from portal.shared import audit, demo_clock, mail, queue, schedule, tokens
from portal.shared.db import Base
from portal.signatures import models as signatures
from portal.subscribers import models as subscribers
from portal.subscriptions import models as subscriptions
from portal.tasks import models as tasks
from portal.tax_notes import models as tax_notes
from portal.users import models as users
from portal.whatsapp import models as whatsapp

__all__ = [
    "Base",
    "agreements",
    "audit",
    "banking",
    "cancellations",
    "cards",
    "catalog",
    "contracts",
    "customers",
    "demo_clock",
    "documents",
    "dunning",
    "invoices",
    "mail",
    "overdue",
    "partners",
    "payouts",
    "queue",
    "quotes",
    "readjustments",
    "receipts",
    "referrals",
    "sandbox_bank",
    "schedule",
    "settings",
    "signatures",
    "subscribers",
    "subscriptions",
    "tasks",
    "tax_notes",
    "tokens",
    "users",
    "whatsapp",
]
