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

    op.create_table(
        "stored_files",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "contract",
                "signed_contract",
                "boleto_slip",
                "ted_proof",
                name="filekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("layout", sa.String(), nullable=True),
        sa.Column("reading", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("reading_sha256", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", BIG, nullable=True),
        sa.CheckConstraint("title <> '' AND file_name <> ''", name=op.f("ck_stored_files_has_name")),
        sa.CheckConstraint(
            "(reading IS NULL) = (layout IS NULL) AND (reading IS NULL) = (reading_sha256 IS NULL)",
            name=op.f("ck_stored_files_reading_is_whole"),
        ),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_stored_files_has_digest")),
        sa.CheckConstraint("size > 0", name=op.f("ck_stored_files_not_empty")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_stored_files_created_by_id")),
        sa.ForeignKeyConstraint(
            ["customer_id", "partner_id"],
            ["customers.id", "customers.partner_id"],
            name=op.f("fk_stored_files_customer_id_partner_id"),
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_stored_files_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_files")),
        sa.UniqueConstraint(
            "id", "partner_id", "customer_id", name=op.f("uq_stored_files_id_partner_id_customer_id")
        ),
        sa.UniqueConstraint("id", "partner_id", name=op.f("uq_stored_files_id_partner_id")),
    )
    with op.batch_alter_table("stored_files", schema=None) as batch_op:
        batch_op.create_index(
            "ix_stored_files_customer_id_created_at", ["customer_id", "created_at"], unique=False
        )

    contracting_guards.widen()
    contracting_guards.raise_all()


def downgrade() -> None:
    contracting_guards.remove_all()
    contracting_guards.narrow()
    with op.batch_alter_table("stored_files", schema=None) as batch_op:
        batch_op.drop_index("ix_stored_files_customer_id_created_at")

    op.drop_table("stored_files")
    with op.batch_alter_table("errands", schema=None) as batch_op:
        batch_op.drop_index("ix_errands_state_lane_next_attempt_at")

    op.drop_table("errands")
