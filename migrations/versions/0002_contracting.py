"""The tables of the second half: contracts, signatures, coverage, invoices, payments, repasse."""

import sqlalchemy as sa
from alembic import op

from migrations import contracting_guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "errands",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("subject_id", BIG, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("rounds", BIG, nullable=False),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name=op.f("ck_errands_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errands")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_errands_kind_subject_id")),
    )
    with op.batch_alter_table("errands", schema=None) as batch_op:
        batch_op.create_index(
            "ix_errands_state_lane_next_attempt_at", ["state", "lane", "next_attempt_at"], unique=False
        )

    contracting_guards.widen()
    contracting_guards.raise_all()


def downgrade() -> None:
    contracting_guards.remove_all()
    contracting_guards.narrow()
    with op.batch_alter_table("errands", schema=None) as batch_op:
        batch_op.drop_index("ix_errands_state_lane_next_attempt_at")

    op.drop_table("errands")
