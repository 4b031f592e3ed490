"""A contract becomes active by money that came in, in the database too (invariant M1)."""

from migrations import contract_guards

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    contract_guards.require_money()


def downgrade() -> None:
    contract_guards.require_no_money()
