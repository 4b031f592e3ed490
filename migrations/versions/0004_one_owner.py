"""A charge is of its invoice's contract, and a proof of its payer (invariant A3)."""

from migrations import bank_guards

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    bank_guards.require_one_owner()


def downgrade() -> None:
    bank_guards.require_no_owner()
