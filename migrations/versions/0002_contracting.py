"""The tables of the second half: contracts, signatures, coverage, invoices, payments, repasse."""

import sqlalchemy as sa
from alembic import op

from migrations import contracting_guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger()


def upgrade() -> None:
    op.create_table(
        "bank_notices",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("is_file", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_notices")),
        sa.UniqueConstraint("sha256", name=op.f("uq_bank_notices_sha256")),
    )
    with op.batch_alter_table("bank_notices", schema=None) as batch_op:
        batch_op.create_index("ix_bank_notices_received_at", ["received_at"], unique=False)

    op.create_table(
        "boleto_series",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last_number", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_boleto_series")),
    )
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
        "invoice_series",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last_number", BIG, nullable=False),
        sa.CheckConstraint("last_number >= 0", name=op.f("ck_invoice_series_counts_up")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_invoice_series")),
    )
    op.create_table(
        "processor_events",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("understood", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processor_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_processor_events_event_id")),
    )
    with op.batch_alter_table("processor_events", schema=None) as batch_op:
        batch_op.create_index("ix_processor_events_object_id", ["object_id"], unique=False)

    op.create_table(
        "bank_files",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "remittance",
                "return",
                name="bankfilekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("number", BIG, nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "made",
                "read",
                "applied",
                name="bankfilestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", BIG, nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_by_id", BIG, nullable=True),
        sa.CheckConstraint(
            "(kind = 'remittance') = (number IS NOT NULL)", name=op.f("ck_bank_files_remittances_count")
        ),
        sa.CheckConstraint(
            "(kind = 'remittance') = (state = 'made')", name=op.f("ck_bank_files_state_of_kind")
        ),
        sa.CheckConstraint(
            "(state = 'applied') = (applied_at IS NOT NULL)", name=op.f("ck_bank_files_applied_at_some_time")
        ),
        sa.ForeignKeyConstraint(["applied_by_id"], ["users.id"], name=op.f("fk_bank_files_applied_by_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_bank_files_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_files")),
        sa.UniqueConstraint("kind", "sha256", name=op.f("uq_bank_files_kind_sha256")),
        sa.UniqueConstraint("number", name=op.f("uq_bank_files_number")),
    )
    with op.batch_alter_table("bank_files", schema=None) as batch_op:
        batch_op.create_index("ix_bank_files_created_at", ["created_at"], unique=False)

    op.create_table(
        "contract_templates",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("layout", sa.String(), nullable=False),
        sa.Column("clauses", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_contract_templates_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_templates")),
        sa.UniqueConstraint("number", name=op.f("uq_contract_templates_number")),
    )
    op.create_table(
        "plan_policies",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column(
            "first_period",
            sa.Enum(
                "full_installment",
                "proportional",
                name="firstperiodpolicy",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", BIG, nullable=True),
        sa.Column("changed_by_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["users.id"], name=op.f("fk_plan_policies_changed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_policies")),
        sa.UniqueConstraint("plan", name=op.f("uq_plan_policies_plan")),
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
        sa.Column("seal_is_development", sa.Boolean(), nullable=False),
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
        sa.UniqueConstraint("id", "signed_file_id", name=op.f("uq_envelopes_id_signed_file_id")),
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

    op.create_table(
        "contracts",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("quote_id", BIG, nullable=False),
        sa.Column("version_id", BIG, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "activation",
                "move",
                "amendment",
                "partner_change",
                "renewal",
                name="contractkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("base_contract_id", BIG, nullable=True),
        sa.Column("taken_over_from_id", BIG, nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "awaiting_signature",
                "awaiting_payment",
                "active",
                "suspended",
                "ending",
                "ended",
                "declined",
                "expired",
                "canceled",
                name="contractstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generation_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("generation_asked_by_id", BIG, nullable=True),
        sa.Column("template_id", BIG, nullable=True),
        sa.Column("terms_on", sa.Date(), nullable=True),
        sa.Column("amendment_charge_cents", BIG, nullable=True),
        sa.Column("applies_on", sa.Date(), nullable=True),
        sa.Column("covers_until", sa.Date(), nullable=True),
        sa.Column("generated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_id", BIG, nullable=True),
        sa.Column("envelope_id", BIG, nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_file_id", BIG, nullable=True),
        sa.Column("first_payment_key", sa.String(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(amendment_charge_cents IS NULL OR (kind = 'amendment' AND amendment_charge_cents >= 0))",
            name=op.f("ck_contracts_charge_of_amendment"),
        ),
        sa.CheckConstraint(
            "(ends_on IS NOT NULL) = (state IN ('ending', 'ended'))", name=op.f("ck_contracts_ends_on_a_day")
        ),
        sa.CheckConstraint(
            "(kind IN ('move', 'amendment', 'renewal')) = (base_contract_id IS NOT NULL) AND (kind = 'partner_change') = (taken_over_from_id IS NOT NULL)",
            name=op.f("ck_contracts_kind_has_base"),
        ),
        sa.CheckConstraint(
            "activated_at IS NULL OR state IN ('active', 'suspended', 'ending', 'ended')",
            name=op.f("ck_contracts_active_stays_so"),
        ),
        sa.CheckConstraint(
            "state = 'draft' OR state IN ('declined', 'expired', 'canceled') OR (template_id IS NOT NULL AND generated_at IS NOT NULL AND file_id IS NOT NULL AND envelope_id IS NOT NULL)",
            name=op.f("ck_contracts_generated_has_document"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('active', 'suspended', 'ending', 'ended') OR (signed_at IS NOT NULL AND starts_on IS NOT NULL AND activated_at IS NOT NULL AND (first_payment_key IS NOT NULL OR COALESCE(amendment_charge_cents, 1) = 0))",
            name=op.f("ck_contracts_active_is_signed_and_paid"),
        ),
        sa.CheckConstraint(
            "(first_payment_key IS NULL) = (paid_at IS NULL)", name=op.f("ck_contracts_paid_has_key")
        ),
        sa.CheckConstraint(
            "(signed_at IS NULL) = (signed_file_id IS NULL)", name=op.f("ck_contracts_signed_has_file")
        ),
        sa.ForeignKeyConstraint(
            ["base_contract_id", "partner_id", "customer_id"],
            ["contracts.id", "contracts.partner_id", "contracts.customer_id"],
            name=op.f("fk_contracts_base_contract_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "partner_id"],
            ["customers.id", "customers.partner_id"],
            name=op.f("fk_contracts_customer_id_partner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["envelope_id", "partner_id"],
            ["envelopes.id", "envelopes.partner_id"],
            name=op.f("fk_contracts_envelope_id_partner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["envelope_id", "signed_file_id"],
            ["envelopes.id", "envelopes.signed_file_id"],
            name=op.f("fk_contracts_envelope_id_signed_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id", "partner_id", "customer_id"],
            ["stored_files.id", "stored_files.partner_id", "stored_files.customer_id"],
            name=op.f("fk_contracts_file_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["generation_asked_by_id"], ["users.id"], name=op.f("fk_contracts_generation_asked_by_id")
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_contracts_partner_id")),
        sa.ForeignKeyConstraint(
            ["quote_id", "partner_id", "customer_id"],
            ["quotes.id", "quotes.partner_id", "quotes.customer_id"],
            name=op.f("fk_contracts_quote_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["signed_file_id", "partner_id", "customer_id"],
            ["stored_files.id", "stored_files.partner_id", "stored_files.customer_id"],
            name=op.f("fk_contracts_signed_file_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["taken_over_from_id"], ["contracts.id"], name=op.f("fk_contracts_taken_over_from_id")
        ),
        sa.ForeignKeyConstraint(
            ["template_id"], ["contract_templates.id"], name=op.f("fk_contracts_template_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "quote_id", "partner_id"],
            ["quote_versions.id", "quote_versions.quote_id", "quote_versions.partner_id"],
            name=op.f("fk_contracts_version_id_quote_id_partner_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
        sa.UniqueConstraint("envelope_id", name=op.f("uq_contracts_envelope_id")),
        sa.UniqueConstraint(
            "id", "partner_id", "customer_id", name=op.f("uq_contracts_id_partner_id_customer_id")
        ),
    )
    with op.batch_alter_table("contracts", schema=None) as batch_op:
        batch_op.create_index("ix_contracts_base_contract_id", ["base_contract_id"], unique=False)
        batch_op.create_index("ix_contracts_changed_at", ["changed_at"], unique=False)
        batch_op.create_index(
            "ix_contracts_customer_id_created_at", ["customer_id", "created_at"], unique=False
        )
        batch_op.create_index(
            "ix_contracts_partner_id_changed_at", ["partner_id", "changed_at"], unique=False
        )
        batch_op.create_index(
            "ix_contracts_partner_id_state_changed_at", ["partner_id", "state", "changed_at"], unique=False
        )
        batch_op.create_index("ix_contracts_quote_id", ["quote_id"], unique=False)
        batch_op.create_index("ix_contracts_state_changed_at", ["state", "changed_at"], unique=False)
        batch_op.create_index(
            "uq_contracts_version_id",
            ["version_id"],
            unique=True,
            postgresql_where=sa.text("state NOT IN ('declined', 'expired', 'canceled')"),
        )

    op.create_table(
        "contract_requests",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("quote_id", BIG, nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "activation",
                "move",
                "amendment",
                "partner_change",
                "renewal",
                name="contractkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("base_contract_id", BIG, nullable=True),
        sa.Column("taken_over_from_id", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", BIG, nullable=False),
        sa.CheckConstraint(
            "(kind IN ('move', 'amendment', 'renewal')) = (base_contract_id IS NOT NULL) AND (kind = 'partner_change') = (taken_over_from_id IS NOT NULL)",
            name=op.f("ck_contract_requests_kind_has_base"),
        ),
        sa.CheckConstraint("kind <> 'activation'", name=op.f("ck_contract_requests_of_a_known_contract")),
        sa.CheckConstraint(
            "kind = 'partner_change' OR quote_id IS NOT NULL", name=op.f("ck_contract_requests_has_quote")
        ),
        sa.ForeignKeyConstraint(
            ["base_contract_id", "partner_id", "customer_id"],
            ["contracts.id", "contracts.partner_id", "contracts.customer_id"],
            name=op.f("fk_contract_requests_base_contract_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_contract_requests_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "partner_id"],
            ["customers.id", "customers.partner_id"],
            name=op.f("fk_contract_requests_customer_id_partner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_contract_requests_partner_id")
        ),
        sa.ForeignKeyConstraint(
            ["quote_id", "partner_id", "customer_id"],
            ["quotes.id", "quotes.partner_id", "quotes.customer_id"],
            name=op.f("fk_contract_requests_quote_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["taken_over_from_id"], ["contracts.id"], name=op.f("fk_contract_requests_taken_over_from_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_requests")),
        sa.UniqueConstraint("quote_id", name=op.f("uq_contract_requests_quote_id")),
    )
    with op.batch_alter_table("contract_requests", schema=None) as batch_op:
        batch_op.create_index("ix_contract_requests_base_contract_id", ["base_contract_id"], unique=False)
        batch_op.create_index("ix_contract_requests_customer_id", ["customer_id"], unique=False)
        batch_op.create_index(
            "uq_contract_requests_open_change",
            ["taken_over_from_id"],
            unique=True,
            postgresql_where=sa.text("quote_id IS NULL"),
        )

    op.create_table(
        "coverages",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("contract_id", BIG, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("covers_from", sa.Date(), nullable=False),
        sa.Column("covers_until", sa.Date(), nullable=False),
        sa.Column("payment_key", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("payment_key <> ''", name=op.f("ck_coverages_paid_for")),
        sa.CheckConstraint("covers_until >= covers_from", name=op.f("ck_coverages_covers_forward")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_coverages_numbered_from_one")),
        sa.ForeignKeyConstraint(
            ["contract_id", "partner_id", "customer_id"],
            ["contracts.id", "contracts.partner_id", "contracts.customer_id"],
            name=op.f("fk_coverages_contract_id_partner_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverages")),
        sa.UniqueConstraint("contract_id", "number", name=op.f("uq_coverages_contract_id_number")),
    )
    with op.batch_alter_table("coverages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_coverages_customer_id_covers_until", ["customer_id", "covers_until"], unique=False
        )

    op.create_table(
        "invoices",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("number", BIG, nullable=True),
        sa.Column("contract_id", BIG, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "installment",
                "first_period",
                "difference",
                name="invoicekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "billed_to",
            sa.Enum(
                "customer", "partner", name="billedto", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("payer_name", sa.String(), nullable=False),
        sa.Column("payer_document", sa.String(), nullable=False),
        sa.Column("payment_method", sa.String(), nullable=False),
        sa.Column("installment_number", BIG, nullable=False),
        sa.Column("due_month", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=True),
        sa.Column("period_until", sa.Date(), nullable=True),
        sa.Column("amount_cents", BIG, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("explanation", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "open",
                "paid",
                "uncollectible",
                "void",
                name="invoicestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_cents", BIG, nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(state = 'paid') = (paid_at IS NOT NULL) AND (state <> 'paid' OR paid_cents = amount_cents)",
            name=op.f("ck_invoices_paid_in_full"),
        ),
        sa.CheckConstraint(
            "(state = 'void') = (voided_at IS NOT NULL) AND (state <> 'void' OR void_reason <> '')",
            name=op.f("ck_invoices_void_has_reason"),
        ),
        sa.CheckConstraint("currency = 'BRL'", name=op.f("ck_invoices_in_reais")),
        sa.CheckConstraint(
            "number IS NOT NULL OR state IN ('draft', 'void')", name=op.f("ck_invoices_issued_has_number")
        ),
        sa.CheckConstraint("state <> 'draft' OR number IS NULL", name=op.f("ck_invoices_draft_has_none")),
        sa.CheckConstraint(
            "(number IS NULL) = (issued_at IS NULL)", name=op.f("ck_invoices_issued_at_some_time")
        ),
        sa.CheckConstraint(
            "(period_from IS NULL) = (period_until IS NULL) AND (period_from IS NULL OR period_until >= period_from)",
            name=op.f("ck_invoices_period_forward"),
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_invoices_amount_positive")),
        sa.CheckConstraint(
            "paid_cents >= 0 AND paid_cents <= amount_cents", name=op.f("ck_invoices_not_paid_beyond")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "partner_id", "customer_id"],
            ["contracts.id", "contracts.partner_id", "contracts.customer_id"],
            name=op.f("fk_invoices_contract_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_invoices_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("contract_id", "due_month", name=op.f("uq_invoices_contract_id_due_month")),
        sa.UniqueConstraint(
            "contract_id", "installment_number", name=op.f("uq_invoices_contract_id_installment_number")
        ),
        sa.UniqueConstraint(
            "id",
            "contract_id",
            "partner_id",
            "customer_id",
            name=op.f("uq_invoices_id_contract_id_partner_id_customer_id"),
        ),
        sa.UniqueConstraint(
            "id", "partner_id", "customer_id", name=op.f("uq_invoices_id_partner_id_customer_id")
        ),
        sa.UniqueConstraint("id", "partner_id", name=op.f("uq_invoices_id_partner_id")),
        sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
    )
    with op.batch_alter_table("invoices", schema=None) as batch_op:
        batch_op.create_index("ix_invoices_customer_id_due_on", ["customer_id", "due_on"], unique=False)
        batch_op.create_index(
            "ix_invoices_partner_id_state_due_on", ["partner_id", "state", "due_on"], unique=False
        )
        batch_op.create_index("ix_invoices_state_due_on", ["state", "due_on"], unique=False)

    op.create_table(
        "boletos",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("amount_cents", BIG, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("bar_code", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("our_number", sa.String(), nullable=False),
        sa.Column("payer_name", sa.String(), nullable=False),
        sa.Column("payer_document", sa.String(), nullable=False),
        sa.Column("payer_street", sa.String(), nullable=False),
        sa.Column("payer_district", sa.String(), nullable=False),
        sa.Column("payer_postal_code", sa.String(), nullable=False),
        sa.Column("payer_city", sa.String(), nullable=False),
        sa.Column("payer_state", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "issued",
                "registered",
                "rejected",
                "paid",
                "written_off",
                name="boletostate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rejection", sa.String(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remittance_id", BIG, nullable=True),
        sa.Column("withdraw_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawal_id", BIG, nullable=True),
        sa.CheckConstraint(
            "(state = 'paid') = (paid_at IS NOT NULL)", name=op.f("ck_boletos_paid_at_some_time")
        ),
        sa.CheckConstraint(
            "(state = 'rejected') = (rejection <> '')", name=op.f("ck_boletos_rejected_with_reason")
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_boletos_amount_positive")),
        sa.ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
            name=op.f("fk_boletos_invoice_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_boletos_partner_id")),
        sa.ForeignKeyConstraint(["remittance_id"], ["bank_files.id"], name=op.f("fk_boletos_remittance_id")),
        sa.ForeignKeyConstraint(["series"], ["boleto_series.name"], name=op.f("fk_boletos_series")),
        sa.ForeignKeyConstraint(["withdrawal_id"], ["bank_files.id"], name=op.f("fk_boletos_withdrawal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boletos")),
        sa.UniqueConstraint("bar_code", name=op.f("uq_boletos_bar_code")),
        sa.UniqueConstraint("series", "number", name=op.f("uq_boletos_series_number")),
    )
    with op.batch_alter_table("boletos", schema=None) as batch_op:
        batch_op.create_index("ix_boletos_customer_id", ["customer_id"], unique=False)
        batch_op.create_index("ix_boletos_invoice_id", ["invoice_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_boletos_remittance_id"), ["remittance_id"], unique=False)
        batch_op.create_index("ix_boletos_state_issued_at", ["state", "issued_at"], unique=False)
        batch_op.create_index(
            "uq_boletos_live",
            ["invoice_id"],
            unique=True,
            postgresql_where=sa.text("state IN ('issued', 'registered')"),
        )

    op.create_table(
        "card_requests",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("contract_id", BIG, nullable=False),
        sa.Column("invoice_id", BIG, nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "sent",
                "opened",
                "registered",
                "expired",
                "replaced",
                "canceled",
                name="cardrequeststate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("to_name", sa.String(), nullable=False),
        sa.Column("to_email", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times_sent", BIG, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'registered') = (registered_at IS NOT NULL)",
            name=op.f("ck_card_requests_registered_at_an_instant"),
        ),
        sa.CheckConstraint(
            "(state IN ('sent', 'opened')) = (closed_at IS NULL)",
            name=op.f("ck_card_requests_closed_at_an_instant"),
        ),
        sa.CheckConstraint(
            "state <> 'opened' OR opened_at IS NOT NULL", name=op.f("ck_card_requests_opened_at_an_instant")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "partner_id", "customer_id"],
            ["contracts.id", "contracts.partner_id", "contracts.customer_id"],
            name=op.f("fk_card_requests_contract_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
            name=op.f("fk_card_requests_invoice_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_card_requests_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_requests")),
        sa.UniqueConstraint("id", "contract_id", name=op.f("uq_card_requests_id_contract_id")),
    )
    with op.batch_alter_table("card_requests", schema=None) as batch_op:
        batch_op.create_index("ix_card_requests_contract_id", ["contract_id"], unique=False)
        batch_op.create_index("ix_card_requests_state_expires_at", ["state", "expires_at"], unique=False)
        batch_op.create_index(
            "uq_card_requests_live",
            ["contract_id"],
            unique=True,
            postgresql_where=sa.text("state IN ('sent', 'opened')"),
        )

    op.create_table(
        "invoice_lines",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("quantity", BIG, nullable=False),
        sa.Column("amount_cents", BIG, nullable=False),
        sa.CheckConstraint(
            "amount_cents >= 0 AND quantity >= 1 AND position >= 1",
            name=op.f("ck_invoice_lines_amounts_sane"),
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_lines_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_lines")),
        sa.UniqueConstraint("invoice_id", "position", name=op.f("uq_invoice_lines_invoice_id_position")),
    )
    op.create_table(
        "payments",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "card",
                "boleto",
                "pix",
                "ted",
                name="paymentsource",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("amount_cents", BIG, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payer_name", sa.String(), nullable=False),
        sa.Column("payer_document", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "settled",
                "credited",
                "parked",
                "returned",
                name="paymentoutcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("partner_id", BIG, nullable=True),
        sa.Column("customer_id", BIG, nullable=True),
        sa.Column("invoice_id", BIG, nullable=True),
        sa.CheckConstraint(
            "outcome <> 'credited' OR customer_id IS NOT NULL", name=op.f("ck_payments_credited_to_somebody")
        ),
        sa.CheckConstraint(
            "outcome <> 'settled' OR invoice_id IS NOT NULL", name=op.f("ck_payments_settles_an_invoice")
        ),
        sa.CheckConstraint(
            "(customer_id IS NULL) = (partner_id IS NULL)", name=op.f("ck_payments_customer_with_partner")
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_payments_amount_positive")),
        sa.ForeignKeyConstraint(
            ["customer_id", "partner_id"],
            ["customers.id", "customers.partner_id"],
            name=op.f("fk_payments_customer_id_partner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
            name=op.f("fk_payments_invoice_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_payments_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_payments_source_external_id")),
    )
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.create_index("ix_payments_customer_id", ["customer_id"], unique=False)
        batch_op.create_index("ix_payments_invoice_id", ["invoice_id"], unique=False)
        batch_op.create_index("ix_payments_outcome_paid_at", ["outcome", "paid_at"], unique=False)
        batch_op.create_index("ix_payments_paid_at", ["paid_at"], unique=False)

    op.create_table(
        "postings",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "issued",
                "voided",
                "paid",
                "credited",
                "parked",
                "resolved",
                "repasse",
                name="postingkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "debit_account",
            sa.Enum(
                "receivable",
                "deferred_revenue",
                "cash_card",
                "cash_boleto",
                "cash_pix",
                "cash_ted",
                "customer_credit",
                "unidentified",
                "repasse_expense",
                "repasse_payable",
                name="debit_account",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "credit_account",
            sa.Enum(
                "receivable",
                "deferred_revenue",
                "cash_card",
                "cash_boleto",
                "cash_pix",
                "cash_ted",
                "customer_credit",
                "unidentified",
                "repasse_expense",
                "repasse_payable",
                name="credit_account",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_cents", BIG, nullable=False),
        sa.Column("partner_id", BIG, nullable=True),
        sa.Column("customer_id", BIG, nullable=True),
        sa.Column("invoice_id", BIG, nullable=True),
        sa.Column("payment_key", sa.String(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "invoice_id IS NOT NULL OR (debit_account <> 'receivable' AND credit_account <> 'receivable')",
            name=op.f("ck_postings_receivable_of_an_invoice"),
        ),
        sa.CheckConstraint(
            "(customer_id IS NULL) = (partner_id IS NULL)", name=op.f("ck_postings_customer_with_partner")
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_postings_amount_positive")),
        sa.CheckConstraint("debit_account <> credit_account", name=op.f("ck_postings_two_accounts")),
        sa.CheckConstraint(
            "invoice_id IS NULL OR customer_id IS NOT NULL", name=op.f("ck_postings_invoice_with_customer")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id", "partner_id"],
            ["customers.id", "customers.partner_id"],
            name=op.f("fk_postings_customer_id_partner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
            name=op.f("fk_postings_invoice_id_partner_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
        sa.UniqueConstraint("key", name=op.f("uq_postings_key")),
    )
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.create_index("ix_postings_customer_id", ["customer_id"], unique=False)
        batch_op.create_index("ix_postings_invoice_id", ["invoice_id"], unique=False)
        batch_op.create_index("ix_postings_payment_key", ["payment_key"], unique=False)

    op.create_table(
        "repasse_accruals",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("payment_key", sa.String(), nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("contract_id", BIG, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("line_code", sa.String(), nullable=False),
        sa.Column("line_label", sa.String(), nullable=False),
        sa.Column("quantity", BIG, nullable=False),
        sa.Column("paid_cents", BIG, nullable=False),
        sa.Column("cost_cents", BIG, nullable=False),
        sa.Column("central_fee_cents", BIG, nullable=False),
        sa.Column("vendor_share_cents", BIG, nullable=False),
        sa.Column("repasse_cents", BIG, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("accrued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "paid_cents = cost_cents + central_fee_cents + vendor_share_cents + repasse_cents",
            name=op.f("ck_repasse_accruals_adds_up"),
        ),
        sa.CheckConstraint(
            "paid_cents >= 0 AND position >= 1 AND quantity >= 1",
            name=op.f("ck_repasse_accruals_amounts_sane"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id", "contract_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.contract_id", "invoices.partner_id", "invoices.customer_id"],
            name=op.f("fk_repasse_accruals_invoice_id_contract_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_repasse_accruals_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repasse_accruals")),
        sa.UniqueConstraint("invoice_id", "position", name=op.f("uq_repasse_accruals_invoice_id_position")),
    )
    with op.batch_alter_table("repasse_accruals", schema=None) as batch_op:
        batch_op.create_index("ix_repasse_accruals_month", ["month"], unique=False)
        batch_op.create_index("ix_repasse_accruals_partner_id_month", ["partner_id", "month"], unique=False)
        batch_op.create_index("ix_repasse_accruals_payment_key", ["payment_key"], unique=False)

    op.create_table(
        "card_setups",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("request_id", BIG, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "ready",
                "told",
                "succeeded",
                "dropped",
                name="cardsetupstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("processor_customer", sa.String(), nullable=False),
        sa.Column("processor_setup", sa.String(), nullable=True),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state = 'created' OR processor_setup IS NOT NULL OR state = 'dropped'",
            name=op.f("ck_card_setups_ready_has_id"),
        ),
        sa.ForeignKeyConstraint(["request_id"], ["card_requests.id"], name=op.f("fk_card_setups_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_setups")),
        sa.UniqueConstraint("key", name=op.f("uq_card_setups_key")),
        sa.UniqueConstraint("processor_setup", name=op.f("uq_card_setups_processor_setup")),
    )
    with op.batch_alter_table("card_setups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_setups_request_id"), ["request_id"], unique=False)
        batch_op.create_index("ix_card_setups_state_checked_at", ["state", "checked_at"], unique=False)
        batch_op.create_index(
            "uq_card_setups_open",
            ["request_id"],
            unique=True,
            postgresql_where=sa.text("state IN ('created', 'ready', 'told')"),
        )

    op.create_table(
        "cards",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("contract_id", BIG, nullable=False),
        sa.Column("request_id", BIG, nullable=False),
        sa.Column("processor_customer", sa.String(), nullable=False),
        sa.Column("processor_method", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("last4", sa.String(), nullable=False),
        sa.Column("exp_month", BIG, nullable=False),
        sa.Column("exp_year", BIG, nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("exp_month BETWEEN 1 AND 12", name=op.f("ck_cards_month_of_expiry")),
        sa.CheckConstraint("length(last4) = 4", name=op.f("ck_cards_no_more_than_last4")),
        sa.ForeignKeyConstraint(
            ["contract_id", "partner_id", "customer_id"],
            ["contracts.id", "contracts.partner_id", "contracts.customer_id"],
            name=op.f("fk_cards_contract_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_cards_partner_id")),
        sa.ForeignKeyConstraint(
            ["request_id", "contract_id"],
            ["card_requests.id", "card_requests.contract_id"],
            name=op.f("fk_cards_request_id_contract_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.UniqueConstraint("id", "customer_id", name=op.f("uq_cards_id_customer_id")),
        sa.UniqueConstraint("processor_method", name=op.f("uq_cards_processor_method")),
        sa.UniqueConstraint("request_id", name=op.f("uq_cards_request_id")),
    )
    with op.batch_alter_table("cards", schema=None) as batch_op:
        batch_op.create_index("ix_cards_customer_id", ["customer_id"], unique=False)
        batch_op.create_index(
            "uq_cards_in_use",
            ["contract_id"],
            unique=True,
            postgresql_where=sa.text("replaced_at IS NULL"),
        )

    op.create_table(
        "customer_credits",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("payment_id", BIG, nullable=True),
        sa.Column("invoice_id", BIG, nullable=True),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("amount_cents", BIG, nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "already_paid",
                "voided",
                "by_finance",
                "excess",
                name="creditreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(payment_id IS NULL) <> (invoice_id IS NULL)", name=op.f("ck_customer_credits_one_cause")
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_customer_credits_amount_positive")),
        sa.ForeignKeyConstraint(
            ["customer_id", "partner_id"],
            ["customers.id", "customers.partner_id"],
            name=op.f("fk_customer_credits_customer_id_partner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
            name=op.f("fk_customer_credits_invoice_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_customer_credits_partner_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_customer_credits_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_credits")),
        sa.UniqueConstraint("invoice_id", name=op.f("uq_customer_credits_invoice_id")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_customer_credits_payment_id")),
    )
    with op.batch_alter_table("customer_credits", schema=None) as batch_op:
        batch_op.create_index("ix_customer_credits_customer_id", ["customer_id"], unique=False)

    op.create_table(
        "parked_payments",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("payment_id", BIG, nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "unknown_invoice",
                "other_customer",
                "wrong_currency",
                "wrong_amount",
                "not_collectible",
                name="parkreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("meant_invoice_id", BIG, nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "resolution",
            sa.Enum(
                "settled",
                "credited",
                "parked",
                "returned",
                name="paymentoutcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("resolution_note", sa.String(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by_id", BIG, nullable=True),
        sa.CheckConstraint(
            "resolution IS NULL OR resolution <> 'parked'", name=op.f("ck_parked_payments_resolved_somehow")
        ),
        sa.CheckConstraint(
            "resolution IS NULL OR resolution_note <> ''",
            name=op.f("ck_parked_payments_resolved_with_reason"),
        ),
        sa.CheckConstraint(
            "(resolution IS NULL) = (resolved_at IS NULL) AND (resolution IS NULL) = (resolved_by_id IS NULL)",
            name=op.f("ck_parked_payments_resolved_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["meant_invoice_id"], ["invoices.id"], name=op.f("fk_parked_payments_meant_invoice_id")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_parked_payments_payment_id")),
        sa.ForeignKeyConstraint(
            ["resolved_by_id"], ["users.id"], name=op.f("fk_parked_payments_resolved_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked_payments")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_parked_payments_payment_id")),
    )
    with op.batch_alter_table("parked_payments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_parked_payments_resolved_at_parked_at", ["resolved_at", "parked_at"], unique=False
        )

    op.create_table(
        "ted_transfers",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "confirmed_once",
                "confirmed",
                "refused",
                name="tedstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proof_id", BIG, nullable=True),
        sa.Column("bank_reference", sa.String(), nullable=True),
        sa.Column("payer_name", sa.String(), nullable=False),
        sa.Column("payer_document", sa.String(), nullable=False),
        sa.Column("amount_cents", BIG, nullable=True),
        sa.Column("credited_on", sa.Date(), nullable=True),
        sa.Column("needs_two", sa.Boolean(), nullable=False),
        sa.Column("confirmed_by_id", BIG, nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_confirmed_by_id", BIG, nullable=True),
        sa.Column("second_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_by_id", BIG, nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.String(), nullable=False),
        sa.Column("payment_id", BIG, nullable=True),
        sa.Column("lock_version", BIG, nullable=False),
        sa.CheckConstraint(
            "(state = 'confirmed') = (payment_id IS NOT NULL)",
            name=op.f("ck_ted_transfers_confirmed_is_paid"),
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (refusal <> '')", name=op.f("ck_ted_transfers_refused_with_reason")
        ),
        sa.CheckConstraint(
            "state <> 'confirmed' OR NOT needs_two OR second_confirmed_by_id IS NOT NULL",
            name=op.f("ck_ted_transfers_four_eyes"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('confirmed_once', 'confirmed') OR (confirmed_by_id IS NOT NULL AND amount_cents IS NOT NULL AND credited_on IS NOT NULL)",
            name=op.f("ck_ted_transfers_confirmed_by_somebody"),
        ),
        sa.CheckConstraint(
            "amount_cents IS NULL OR amount_cents > 0", name=op.f("ck_ted_transfers_amount_positive")
        ),
        sa.CheckConstraint(
            "second_confirmed_by_id IS NULL OR second_confirmed_by_id <> confirmed_by_id",
            name=op.f("ck_ted_transfers_two_different_people"),
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["users.id"], name=op.f("fk_ted_transfers_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
            name=op.f("fk_ted_transfers_invoice_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_ted_transfers_partner_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_ted_transfers_payment_id")),
        sa.ForeignKeyConstraint(["proof_id"], ["stored_files.id"], name=op.f("fk_ted_transfers_proof_id")),
        sa.ForeignKeyConstraint(["refused_by_id"], ["users.id"], name=op.f("fk_ted_transfers_refused_by_id")),
        sa.ForeignKeyConstraint(
            ["second_confirmed_by_id"], ["users.id"], name=op.f("fk_ted_transfers_second_confirmed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ted_transfers")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_ted_transfers_bank_reference")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_ted_transfers_payment_id")),
    )
    with op.batch_alter_table("ted_transfers", schema=None) as batch_op:
        batch_op.create_index("ix_ted_transfers_invoice_id", ["invoice_id"], unique=False)
        batch_op.create_index("ix_ted_transfers_state_announced_at", ["state", "announced_at"], unique=False)
        batch_op.create_index(
            "uq_ted_transfers_pending",
            ["invoice_id"],
            unique=True,
            postgresql_where=sa.text("state IN ('waiting', 'confirmed_once')"),
        )

    op.create_table(
        "charges",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("contract_id", BIG, nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("card_id", BIG, nullable=False),
        sa.Column("amount_cents", BIG, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "processing",
                "unknown",
                "requires_action",
                "succeeded",
                "declined",
                "canceled",
                name="chargestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("processor_charge", sa.String(), nullable=True),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('succeeded', 'declined', 'canceled')) = (settled_at IS NOT NULL)",
            name=op.f("ck_charges_settled_at_an_instant"),
        ),
        sa.CheckConstraint(
            "state <> 'succeeded' OR processor_charge IS NOT NULL",
            name=op.f("ck_charges_succeeded_somewhere"),
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_charges_amount_positive")),
        sa.ForeignKeyConstraint(
            ["card_id", "customer_id"],
            ["cards.id", "cards.customer_id"],
            name=op.f("fk_charges_card_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
            name=op.f("fk_charges_invoice_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_charges_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charges")),
        sa.UniqueConstraint("key", name=op.f("uq_charges_key")),
        sa.UniqueConstraint("processor_charge", name=op.f("uq_charges_processor_charge")),
    )
    with op.batch_alter_table("charges", schema=None) as batch_op:
        batch_op.create_index("ix_charges_contract_id", ["contract_id"], unique=False)
        batch_op.create_index("ix_charges_invoice_id", ["invoice_id"], unique=False)
        batch_op.create_index("ix_charges_state_checked_at", ["state", "checked_at"], unique=False)
        batch_op.create_index(
            "uq_charges_live",
            ["invoice_id"],
            unique=True,
            postgresql_where=sa.text("state IN ('created', 'processing', 'unknown', 'requires_action')"),
        )

    contracting_guards.widen()
    contracting_guards.raise_all()


def downgrade() -> None:
    contracting_guards.remove_all()
    contracting_guards.narrow()
    with op.batch_alter_table("charges", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_charges_live",
            postgresql_where=sa.text("state IN ('created', 'processing', 'unknown', 'requires_action')"),
        )
        batch_op.drop_index("ix_charges_state_checked_at")
        batch_op.drop_index("ix_charges_invoice_id")
        batch_op.drop_index("ix_charges_contract_id")

    op.drop_table("charges")
    with op.batch_alter_table("ted_transfers", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_ted_transfers_pending",
            postgresql_where=sa.text("state IN ('waiting', 'confirmed_once')"),
        )
        batch_op.drop_index("ix_ted_transfers_state_announced_at")
        batch_op.drop_index("ix_ted_transfers_invoice_id")

    op.drop_table("ted_transfers")
    with op.batch_alter_table("parked_payments", schema=None) as batch_op:
        batch_op.drop_index("ix_parked_payments_resolved_at_parked_at")

    op.drop_table("parked_payments")
    with op.batch_alter_table("customer_credits", schema=None) as batch_op:
        batch_op.drop_index("ix_customer_credits_customer_id")

    op.drop_table("customer_credits")
    with op.batch_alter_table("cards", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_cards_in_use",
            postgresql_where=sa.text("replaced_at IS NULL"),
        )
        batch_op.drop_index("ix_cards_customer_id")

    op.drop_table("cards")
    with op.batch_alter_table("card_setups", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_card_setups_open",
            postgresql_where=sa.text("state IN ('created', 'ready', 'told')"),
        )
        batch_op.drop_index("ix_card_setups_state_checked_at")
        batch_op.drop_index(batch_op.f("ix_card_setups_request_id"))

    op.drop_table("card_setups")
    with op.batch_alter_table("repasse_accruals", schema=None) as batch_op:
        batch_op.drop_index("ix_repasse_accruals_payment_key")
        batch_op.drop_index("ix_repasse_accruals_partner_id_month")
        batch_op.drop_index("ix_repasse_accruals_month")

    op.drop_table("repasse_accruals")
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.drop_index("ix_postings_payment_key")
        batch_op.drop_index("ix_postings_invoice_id")
        batch_op.drop_index("ix_postings_customer_id")

    op.drop_table("postings")
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.drop_index("ix_payments_paid_at")
        batch_op.drop_index("ix_payments_outcome_paid_at")
        batch_op.drop_index("ix_payments_invoice_id")
        batch_op.drop_index("ix_payments_customer_id")

    op.drop_table("payments")
    op.drop_table("invoice_lines")
    with op.batch_alter_table("card_requests", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_card_requests_live",
            postgresql_where=sa.text("state IN ('sent', 'opened')"),
        )
        batch_op.drop_index("ix_card_requests_state_expires_at")
        batch_op.drop_index("ix_card_requests_contract_id")

    op.drop_table("card_requests")
    with op.batch_alter_table("boletos", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_boletos_live",
            postgresql_where=sa.text("state IN ('issued', 'registered')"),
        )
        batch_op.drop_index("ix_boletos_state_issued_at")
        batch_op.drop_index(batch_op.f("ix_boletos_remittance_id"))
        batch_op.drop_index("ix_boletos_invoice_id")
        batch_op.drop_index("ix_boletos_customer_id")

    op.drop_table("boletos")
    with op.batch_alter_table("invoices", schema=None) as batch_op:
        batch_op.drop_index("ix_invoices_state_due_on")
        batch_op.drop_index("ix_invoices_partner_id_state_due_on")
        batch_op.drop_index("ix_invoices_customer_id_due_on")

    op.drop_table("invoices")
    with op.batch_alter_table("coverages", schema=None) as batch_op:
        batch_op.drop_index("ix_coverages_customer_id_covers_until")

    op.drop_table("coverages")
    with op.batch_alter_table("contract_requests", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_contract_requests_open_change",
            postgresql_where=sa.text("quote_id IS NULL"),
        )
        batch_op.drop_index("ix_contract_requests_customer_id")
        batch_op.drop_index("ix_contract_requests_base_contract_id")

    op.drop_table("contract_requests")
    with op.batch_alter_table("contracts", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_contracts_version_id",
            postgresql_where=sa.text("state NOT IN ('declined', 'expired', 'canceled')"),
        )
        batch_op.drop_index("ix_contracts_state_changed_at")
        batch_op.drop_index("ix_contracts_quote_id")
        batch_op.drop_index("ix_contracts_partner_id_state_changed_at")
        batch_op.drop_index("ix_contracts_partner_id_changed_at")
        batch_op.drop_index("ix_contracts_customer_id_created_at")
        batch_op.drop_index("ix_contracts_changed_at")
        batch_op.drop_index("ix_contracts_base_contract_id")

    op.drop_table("contracts")
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
    op.drop_table("plan_policies")
    op.drop_table("contract_templates")
    with op.batch_alter_table("bank_files", schema=None) as batch_op:
        batch_op.drop_index("ix_bank_files_created_at")

    op.drop_table("bank_files")
    with op.batch_alter_table("processor_events", schema=None) as batch_op:
        batch_op.drop_index("ix_processor_events_object_id")

    op.drop_table("processor_events")
    op.drop_table("invoice_series")
    with op.batch_alter_table("errands", schema=None) as batch_op:
        batch_op.drop_index("ix_errands_state_lane_next_attempt_at")

    op.drop_table("errands")
    op.drop_table("boleto_series")
    with op.batch_alter_table("bank_notices", schema=None) as batch_op:
        batch_op.drop_index("ix_bank_notices_received_at")

    op.drop_table("bank_notices")
