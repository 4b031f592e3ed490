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

    op.create_table(
        "envelopes",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("file_id", BIG, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("signer_name", sa.String(), nullable=False),
        sa.Column("signer_cpf", sa.String(), nullable=False),
        sa.Column("signer_email", sa.String(), nullable=False),
        sa.Column("signer_phone", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "sealing",
                "signed",
                "declined",
                "expired",
                "canceled",
                name="envelopestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", BIG, nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("postponed_count", BIG, nullable=False),
        sa.Column("postponements_allowed", BIG, nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_hash", sa.String(), nullable=True),
        sa.Column("code_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_attempts", BIG, nullable=False),
        sa.Column("last_asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_file_id", BIG, nullable=True),
        sa.Column("seal_fingerprint", sa.String(), nullable=False),
        sa.Column("decline_reason", sa.String(), nullable=False),
        sa.Column("cancel_reason", sa.String(), nullable=False),
        sa.Column("verification_code", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(state = 'declined') = (decline_reason <> '')", name=op.f("ck_envelopes_declined_has_reason")
        ),
        sa.CheckConstraint(
            "(state = 'signed') = (signed_file_id IS NOT NULL)", name=op.f("ck_envelopes_signed_has_file")
        ),
        sa.CheckConstraint(
            "(state IN ('sealing', 'signed')) = (signed_at IS NOT NULL)",
            name=op.f("ck_envelopes_signed_has_instant"),
        ),
        sa.CheckConstraint(
            "postponed_count >= 0 AND postponed_count <= postponements_allowed",
            name=op.f("ck_envelopes_postponed_within_limit"),
        ),
        sa.CheckConstraint(
            "signed_at IS NULL OR agreed_at IS NOT NULL", name=op.f("ck_envelopes_signed_after_agreeing")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_envelopes_created_by_id")),
        sa.ForeignKeyConstraint(
            ["customer_id", "partner_id"],
            ["customers.id", "customers.partner_id"],
            name=op.f("fk_envelopes_customer_id_partner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id", "partner_id", "customer_id"],
            ["stored_files.id", "stored_files.partner_id", "stored_files.customer_id"],
            name=op.f("fk_envelopes_file_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_envelopes_partner_id")),
        sa.ForeignKeyConstraint(
            ["signed_file_id", "partner_id", "customer_id"],
            ["stored_files.id", "stored_files.partner_id", "stored_files.customer_id"],
            name=op.f("fk_envelopes_signed_file_id_partner_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelopes")),
        sa.UniqueConstraint("id", "partner_id", name=op.f("uq_envelopes_id_partner_id")),
        sa.UniqueConstraint("verification_code", name=op.f("uq_envelopes_verification_code")),
    )
    with op.batch_alter_table("envelopes", schema=None) as batch_op:
        batch_op.create_index("ix_envelopes_customer_id", ["customer_id"], unique=False)
        batch_op.create_index("ix_envelopes_file_id", ["file_id"], unique=False)
        batch_op.create_index("ix_envelopes_seal_fingerprint", ["seal_fingerprint"], unique=False)
        batch_op.create_index("ix_envelopes_signed_file_id", ["signed_file_id"], unique=False)
        batch_op.create_index("ix_envelopes_state_expires_at", ["state", "expires_at"], unique=False)

    op.create_table(
        "envelope_events",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("envelope_id", BIG, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "sent",
                "opened",
                "viewed",
                "agreed",
                "code_sent",
                "code_refused",
                "code_verified",
                "postponed",
                "signed",
                "sealed",
                "declined",
                "resent",
                "replaced",
                "reminded",
                "expired",
                "canceled",
                name="eventkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["envelope_id", "partner_id"],
            ["envelopes.id", "envelopes.partner_id"],
            name=op.f("fk_envelope_events_envelope_id_partner_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelope_events")),
    )
    with op.batch_alter_table("envelope_events", schema=None) as batch_op:
        batch_op.create_index("ix_envelope_events_envelope_id_at", ["envelope_id", "at"], unique=False)

    contracting_guards.widen()
    contracting_guards.raise_all()


def downgrade() -> None:
    contracting_guards.remove_all()
    contracting_guards.narrow()
    with op.batch_alter_table("envelope_events", schema=None) as batch_op:
        batch_op.drop_index("ix_envelope_events_envelope_id_at")

    op.drop_table("envelope_events")
    with op.batch_alter_table("envelopes", schema=None) as batch_op:
        batch_op.drop_index("ix_envelopes_state_expires_at")
        batch_op.drop_index("ix_envelopes_signed_file_id")
        batch_op.drop_index("ix_envelopes_seal_fingerprint")
        batch_op.drop_index("ix_envelopes_file_id")
        batch_op.drop_index("ix_envelopes_customer_id")

    op.drop_table("envelopes")
    with op.batch_alter_table("stored_files", schema=None) as batch_op:
        batch_op.drop_index("ix_stored_files_customer_id_created_at")

    op.drop_table("stored_files")
    with op.batch_alter_table("errands", schema=None) as batch_op:
        batch_op.drop_index("ix_errands_state_lane_next_attempt_at")

    op.drop_table("errands")
