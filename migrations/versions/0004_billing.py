"""Invoices, coverage, money received, cards, banking and repasse."""

from migrations.literal import drop, run_sql

revision = "0120"  # of the last migration these four replace: a database that ran them goes on
down_revision = "contracting"
branch_labels = None
depends_on = None

TABLES = (
    "bank_notices",
    "boleto_series",
    "invoice_series",
    "processor_events",
    "bank_files",
    "coverages",
    "invoices",
    "boletos",
    "card_requests",
    "invoice_lines",
    "payments",
    "postings",
    "repasse_accruals",
    "card_setups",
    "cards",
    "customer_credits",
    "parked_payments",
    "ted_transfers",
    "charges",
)


def upgrade() -> None:
    run_sql(__file__)


def downgrade() -> None:
    drop(TABLES)
