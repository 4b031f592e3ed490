"""Documents, signatures and contracts."""

from migrations.literal import drop, run_sql

revision = "contracting"
down_revision = "selling"
branch_labels = None
depends_on = None

TABLES = (
    "contract_templates",
    "stored_files",
    "envelopes",
    "envelope_events",
    "contracts",
    "contract_requests",
)


def upgrade() -> None:
    run_sql(__file__)


def downgrade() -> None:
    drop(TABLES)
