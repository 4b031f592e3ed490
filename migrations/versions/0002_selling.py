"""Price lists, customers and quotes."""

from migrations.literal import drop, run_sql

revision = "selling"
down_revision = "foundation"
branch_labels = None
depends_on = None

TABLES = (
    "plan_policies",
    "price_lists",
    "customer_imports",
    "customers",
    "contacts",
    "proposals",
    "signatories",
    "proposal_views",
    "quotes",
    "quote_versions",
    "approvals",
)


def upgrade() -> None:
    run_sql(__file__)


def downgrade() -> None:
    drop(TABLES)
