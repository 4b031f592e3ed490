"""The tables of the first half: people, price lists, customers, quotes, log, mail."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger()


def upgrade() -> None:
    op.create_table(
        "job_runs",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("error_type", sa.String(), nullable=False),
        sa.CheckConstraint("outcome IN ('ok', 'failed')", name=op.f("ck_job_runs_outcome")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_runs")),
    )
    with op.batch_alter_table("job_runs", schema=None) as batch_op:
        batch_op.create_index("ix_job_runs_job_started_at", ["job", "started_at"], unique=False)

    op.create_table(
        "log_heads",
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_log_heads")),
    )
    op.create_table(
        "queue_workers",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_queue_workers")),
    )
    op.create_table(
        "throttles",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("failures", BIG, nullable=False),
        sa.Column("window_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_throttles")),
        sa.UniqueConstraint("key", name=op.f("uq_throttles_key")),
    )
    op.create_table(
        "users",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "seller",
                "partner_admin",
                "account_manager",
                "finance",
                "support",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("partner_id", BIG, nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lock_version", BIG, nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(role IN ('seller', 'partner_admin')) = (partner_id IS NOT NULL)",
            name=op.f("ck_users_partner_for_partner_roles"),
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_users_email_lowercase")),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name="fk_users_partner_id", use_alter=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.create_index("ix_users_partner_id", ["partner_id"], unique=False)

    op.create_table(
        "partners",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("trade_name", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("arrangement", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("account_manager_id", BIG, nullable=False),
        sa.Column("substitute_id", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lock_version", BIG, nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.CheckConstraint(
            "substitute_id IS NULL OR substitute_id <> account_manager_id",
            name=op.f("ck_partners_substitute_is_another"),
        ),
        sa.ForeignKeyConstraint(
            ["account_manager_id"], ["users.id"], name=op.f("fk_partners_account_manager_id")
        ),
        sa.ForeignKeyConstraint(["substitute_id"], ["users.id"], name=op.f("fk_partners_substitute_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners")),
        sa.UniqueConstraint("document", name=op.f("uq_partners_document")),
    )
    with op.batch_alter_table("partners", schema=None) as batch_op:
        batch_op.create_index("ix_partners_account_manager_id", ["account_manager_id"], unique=False)
        batch_op.create_index("ix_partners_substitute_id", ["substitute_id"], unique=False)

    op.create_table(
        "price_lists",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["users.id"], name=op.f("fk_price_lists_published_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_lists")),
        sa.UniqueConstraint("code", name=op.f("uq_price_lists_code")),
        sa.UniqueConstraint("valid_from", name=op.f("uq_price_lists_valid_from")),
    )
    op.create_table(
        "scheduled_jobs",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("next_run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures_in_a_row", BIG, nullable=False),
        sa.Column("last_run_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["last_run_id"], ["job_runs.id"], name=op.f("fk_scheduled_jobs_last_run_id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_scheduled_jobs")),
    )
    op.create_table(
        "settings",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", BIG, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", BIG, nullable=True),
        sa.Column("changed_by_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["users.id"], name=op.f("fk_settings_changed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings")),
        sa.UniqueConstraint("name", name=op.f("uq_settings_name")),
    )
    op.create_table(
        "user_sessions",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_sessions_token_hash")),
    )
    with op.batch_alter_table("user_sessions", schema=None) as batch_op:
        batch_op.create_index("ix_user_sessions_user_id", ["user_id"], unique=False)

    op.create_table(
        "customer_imports",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("uploaded_by_id", BIG, nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("row_count", BIG, nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_customer_imports_partner_id")),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["users.id"], name=op.f("fk_customer_imports_uploaded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_imports")),
    )
    with op.batch_alter_table("customer_imports", schema=None) as batch_op:
        batch_op.create_index("ix_customer_imports_partner_id", ["partner_id"], unique=False)

    op.create_table(
        "customers",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("trade_name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("postal_code", sa.String(), nullable=False),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("street_number", sa.String(), nullable=False),
        sa.Column("complement", sa.String(), nullable=False),
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lock_version", BIG, nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_customers_has_name")),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_customers_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("id", "partner_id", name=op.f("uq_customers_id_partner_id")),
        sa.UniqueConstraint("partner_id", "document", name=op.f("uq_customers_partner_id_document")),
    )
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.create_index("ix_customers_created_at", ["created_at"], unique=False)
        batch_op.create_index("ix_customers_document", ["document"], unique=False)
        batch_op.create_index(
            "ix_customers_partner_id_created_at", ["partner_id", "created_at"], unique=False
        )
        batch_op.create_index(
            "ix_customers_partner_id_search_text", ["partner_id", "search_text"], unique=False
        )
        batch_op.create_index("ix_customers_search_text", ["search_text"], unique=False)

    op.create_table(
        "link_tokens",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "invitation",
                "password_reset",
                "proposal",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("subject_id", BIG, nullable=False),
        sa.Column("partner_id", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_link_tokens_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_link_tokens_token_hash")),
    )
    with op.batch_alter_table("link_tokens", schema=None) as batch_op:
        batch_op.create_index("ix_link_tokens_subject", ["purpose", "subject_id"], unique=False)

    op.create_table(
        "log_entries",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", BIG, nullable=False),
        sa.Column("partner_id", BIG, nullable=True),
        sa.Column("customer_id", BIG, nullable=True),
        sa.Column("actor_id", BIG, nullable=True),
        sa.Column("actor_label", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_log_entries_actor_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_log_entries_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entries")),
        sa.UniqueConstraint("stream", "position", name=op.f("uq_log_entries_stream_position")),
    )
    with op.batch_alter_table("log_entries", schema=None) as batch_op:
        batch_op.create_index("ix_log_entries_partner_id_at", ["partner_id", "at"], unique=False)
        batch_op.create_index("ix_log_entries_subject", ["subject_type", "subject_id"], unique=False)

    op.create_table(
        "contacts",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id", "partner_id"],
            ["customers.id", "customers.partner_id"],
            name=op.f("fk_contacts_customer_id_partner_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index("ix_contacts_customer_id", ["customer_id"], unique=False)

    op.create_table(
        "mail_messages",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("to_address", sa.String(), nullable=False),
        sa.Column("to_name", sa.String(), nullable=False),
        sa.Column("reply_to", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text_body", sa.String(), nullable=False),
        sa.Column("html_body", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("link_token_id", BIG, nullable=True),
        sa.Column("partner_id", BIG, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_mail_messages_sent_has_instant")
        ),
        sa.CheckConstraint("state IN ('queued', 'sent', 'failed')", name=op.f("ck_mail_messages_state")),
        sa.ForeignKeyConstraint(
            ["link_token_id"], ["link_tokens.id"], name=op.f("fk_mail_messages_link_token_id")
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_mail_messages_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_mail_messages_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_mail_messages_message_id")),
    )
    with op.batch_alter_table("mail_messages", schema=None) as batch_op:
        batch_op.create_index("ix_mail_messages_created_at", ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_mail_messages_link_token_id"), ["link_token_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mail_messages_partner_id"), ["partner_id"], unique=False)
        batch_op.create_index(
            "ix_mail_messages_state_next_attempt_at", ["state", "next_attempt_at"], unique=False
        )

    op.create_table(
        "proposals",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", BIG, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_proposals_created_by_id")),
        sa.ForeignKeyConstraint(
            ["customer_id", "partner_id"],
            ["customers.id", "customers.partner_id"],
            name=op.f("fk_proposals_customer_id_partner_id"),
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_proposals_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        sa.UniqueConstraint(
            "id", "partner_id", "customer_id", name=op.f("uq_proposals_id_partner_id_customer_id")
        ),
        sa.UniqueConstraint("id", "partner_id", name=op.f("uq_proposals_id_partner_id")),
    )
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.create_index("ix_proposals_customer_id", ["customer_id"], unique=False)

    op.create_table(
        "signatories",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("cpf", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id", "partner_id"],
            ["customers.id", "customers.partner_id"],
            name=op.f("fk_signatories_customer_id_partner_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatories")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_signatories_customer_id")),
    )
    op.create_table(
        "proposal_views",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("proposal_id", BIG, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id", "partner_id"],
            ["proposals.id", "proposals.partner_id"],
            name=op.f("fk_proposal_views_proposal_id_partner_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_views")),
    )
    with op.batch_alter_table("proposal_views", schema=None) as batch_op:
        batch_op.create_index("ix_proposal_views_proposal_id_at", ["proposal_id", "at"], unique=False)

    op.create_table(
        "quotes",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("proposal_id", BIG, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("alternative", BIG, nullable=False),
        sa.Column("cloned_from_id", BIG, nullable=True),
        sa.Column("creation_key", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cloned_from_id"], ["quotes.id"], name=op.f("fk_quotes_cloned_from_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_quotes_customer_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_quotes_owner_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_quotes_partner_id")),
        sa.ForeignKeyConstraint(
            ["proposal_id", "partner_id", "customer_id"],
            ["proposals.id", "proposals.partner_id", "proposals.customer_id"],
            name=op.f("fk_quotes_proposal_id_partner_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
        sa.UniqueConstraint(
            "id", "partner_id", "customer_id", name=op.f("uq_quotes_id_partner_id_customer_id")
        ),
        sa.UniqueConstraint("id", "partner_id", "owner_id", name=op.f("uq_quotes_id_partner_id_owner_id")),
        sa.UniqueConstraint("partner_id", "creation_key", name=op.f("uq_quotes_partner_id_creation_key")),
        sa.UniqueConstraint("proposal_id", "alternative", name=op.f("uq_quotes_proposal_id_alternative")),
    )
    with op.batch_alter_table("quotes", schema=None) as batch_op:
        batch_op.create_index("ix_quotes_customer_id", ["customer_id"], unique=False)
        batch_op.create_index("ix_quotes_owner_id", ["owner_id"], unique=False)

    op.create_table(
        "quote_versions",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("quote_id", BIG, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("customer_id", BIG, nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "pending_approval",
                "approved",
                "rejected",
                "countered",
                "sent",
                "accepted",
                "contracted",
                "declined",
                "expired",
                "voided",
                name="quotestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("lock_version", BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", BIG, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", BIG, nullable=True),
        sa.Column("price_list_id", BIG, nullable=False),
        sa.Column("engine_version", sa.String(), nullable=False),
        sa.Column("selection", sa.JSON(), nullable=False),
        sa.Column("breakdown", sa.JSON(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("months", BIG, nullable=False),
        sa.Column("arrangement", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("payment_method", sa.String(), nullable=False),
        sa.Column("installments", BIG, nullable=False),
        sa.Column("original_cents", BIG, nullable=False),
        sa.Column("minimum_cents", BIG, nullable=False),
        sa.Column("negotiated_cents", BIG, nullable=False),
        sa.Column("free_down_to_cents", BIG, nullable=False),
        sa.Column("cost_cents", BIG, nullable=False),
        sa.Column("repasse_cents", BIG, nullable=False),
        sa.Column("discount_basis_points", BIG, nullable=False),
        sa.Column("setup_cents", BIG, nullable=True),
        sa.Column("setup_minimum_cents", BIG, nullable=True),
        sa.Column("setup_free_down_to_cents", BIG, nullable=True),
        sa.Column("approval_required", sa.Boolean(), nullable=False),
        sa.Column("approved_cents", BIG, nullable=True),
        sa.Column("approved_setup_cents", BIG, nullable=True),
        sa.Column("approval_id", BIG, nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.String(), nullable=True),
        sa.Column("void_reason", sa.String(), nullable=True),
        sa.Column("close_note", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(state = 'voided') = (void_reason IS NOT NULL)", name=op.f("ck_quote_versions_void_has_reason")
        ),
        sa.CheckConstraint(
            "NOT approval_required OR state NOT IN ('approved', 'sent', 'accepted', 'contracted', 'declined', 'expired') OR (approved_cents IS NOT NULL AND negotiated_cents >= approved_cents AND (setup_cents IS NULL OR (approved_setup_cents IS NOT NULL AND setup_cents >= approved_setup_cents)))",
            name=op.f("ck_quote_versions_approved_before_customer"),
        ),
        sa.CheckConstraint(
            "state <> 'sent' OR (sent_at IS NOT NULL AND expires_on IS NOT NULL)",
            name=op.f("ck_quote_versions_sent_expires"),
        ),
        sa.CheckConstraint(
            "(approved_cents IS NULL) = (approval_id IS NULL)",
            name=op.f("ck_quote_versions_approved_by_somebody"),
        ),
        sa.CheckConstraint(
            "(setup_cents IS NULL) = (setup_minimum_cents IS NULL) AND (setup_cents IS NULL OR setup_cents >= setup_minimum_cents)",
            name=op.f("ck_quote_versions_setup_not_below_minimum"),
        ),
        sa.CheckConstraint(
            "minimum_cents >= 0 AND original_cents >= minimum_cents AND cost_cents >= 0",
            name=op.f("ck_quote_versions_amounts_sane"),
        ),
        sa.CheckConstraint(
            "negotiated_cents >= minimum_cents", name=op.f("ck_quote_versions_not_below_minimum")
        ),
        sa.ForeignKeyConstraint(
            ["approval_id", "quote_id"],
            ["approvals.id", "approvals.quote_id"],
            name="fk_quote_versions_approval_id",
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["users.id"], name=op.f("fk_quote_versions_changed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_quote_versions_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_quote_versions_customer_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_quote_versions_owner_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_quote_versions_partner_id")),
        sa.ForeignKeyConstraint(
            ["price_list_id"], ["price_lists.id"], name=op.f("fk_quote_versions_price_list_id")
        ),
        sa.ForeignKeyConstraint(
            ["quote_id", "partner_id", "customer_id"],
            ["quotes.id", "quotes.partner_id", "quotes.customer_id"],
            name=op.f("fk_quote_versions_quote_id_partner_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["quote_id", "partner_id", "owner_id"],
            ["quotes.id", "quotes.partner_id", "quotes.owner_id"],
            name=op.f("fk_quote_versions_quote_id_partner_id_owner_id"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_versions")),
        sa.UniqueConstraint(
            "id", "quote_id", "partner_id", name=op.f("uq_quote_versions_id_quote_id_partner_id")
        ),
        sa.UniqueConstraint("quote_id", "number", name=op.f("uq_quote_versions_quote_id_number")),
    )
    with op.batch_alter_table("quote_versions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_quote_versions_live_amount",
            ["negotiated_cents"],
            unique=False,
            postgresql_where=sa.text("is_live"),
        )
        batch_op.create_index(
            "ix_quote_versions_live_changed",
            ["changed_at"],
            unique=False,
            postgresql_where=sa.text("is_live"),
        )
        batch_op.create_index(
            "ix_quote_versions_live_customer",
            ["customer_id", "changed_at"],
            unique=False,
            postgresql_where=sa.text("is_live"),
        )
        batch_op.create_index(
            "ix_quote_versions_live_discount",
            ["discount_basis_points"],
            unique=False,
            postgresql_where=sa.text("is_live"),
        )
        batch_op.create_index(
            "ix_quote_versions_live_expires",
            ["state", "expires_on"],
            unique=False,
            postgresql_where=sa.text("is_live"),
        )
        batch_op.create_index(
            "ix_quote_versions_live_owner_changed",
            ["owner_id", "changed_at"],
            unique=False,
            postgresql_where=sa.text("is_live"),
        )
        batch_op.create_index(
            "ix_quote_versions_live_owner_state",
            ["owner_id", "state", "changed_at"],
            unique=False,
            postgresql_where=sa.text("is_live"),
        )
        batch_op.create_index(
            "ix_quote_versions_live_partner_amount",
            ["partner_id", "negotiated_cents"],
            unique=False,
            postgresql_where=sa.text("is_live"),
        )
        batch_op.create_index(
            "ix_quote_versions_live_partner_changed",
            ["partner_id", "changed_at"],
            unique=False,
            postgresql_where=sa.text("is_live"),
        )
        batch_op.create_index(
            "ix_quote_versions_live_partner_discount",
            ["partner_id", "discount_basis_points"],
            unique=False,
            postgresql_where=sa.text("is_live"),
        )
        batch_op.create_index(
            "ix_quote_versions_live_partner_state",
            ["partner_id", "state", "changed_at"],
            unique=False,
            postgresql_where=sa.text("is_live"),
        )
        batch_op.create_index(
            "ix_quote_versions_live_state",
            ["state", "changed_at"],
            unique=False,
            postgresql_where=sa.text("is_live"),
        )
        batch_op.create_index(
            "uq_quote_versions_live",
            ["quote_id"],
            unique=True,
            postgresql_where=sa.text("is_live"),
        )

    op.create_table(
        "approvals",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("version_id", BIG, nullable=False),
        sa.Column("quote_id", BIG, nullable=False),
        sa.Column("partner_id", BIG, nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("requested_by_id", BIG, nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("argument", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "approved",
                "rejected",
                "countered",
                "withdrawn",
                name="approvalstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("decided_by_id", BIG, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("counter_cents", BIG, nullable=True),
        sa.Column("counter_setup_cents", BIG, nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'countered') = (counter_cents IS NOT NULL)", name=op.f("ck_approvals_counter_has_price")
        ),
        sa.CheckConstraint(
            "state <> 'rejected' OR reason <> ''", name=op.f("ck_approvals_refusal_has_reason")
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'rejected', 'countered') OR (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_approvals_decision_has_author"),
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> owner_id", name=op.f("ck_approvals_not_by_owner")
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> requested_by_id",
            name=op.f("ck_approvals_not_by_requester"),
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_approvals_decided_by_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_approvals_owner_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_approvals_partner_id")),
        sa.ForeignKeyConstraint(
            ["quote_id", "partner_id", "owner_id"],
            ["quotes.id", "quotes.partner_id", "quotes.owner_id"],
            name=op.f("fk_approvals_quote_id_partner_id_owner_id"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_approvals_requested_by_id")),
        sa.ForeignKeyConstraint(
            ["version_id", "quote_id", "partner_id"],
            ["quote_versions.id", "quote_versions.quote_id", "quote_versions.partner_id"],
            name=op.f("fk_approvals_version_id_quote_id_partner_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("id", "quote_id", name=op.f("uq_approvals_id_quote_id")),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index(
            "ix_approvals_decided_by_id_decided_at", ["decided_by_id", "decided_at"], unique=False
        )
        batch_op.create_index(
            "ix_approvals_partner_id_requested_at", ["partner_id", "requested_at"], unique=False
        )
        batch_op.create_index(
            "ix_approvals_pending_requested_at",
            ["requested_at"],
            unique=False,
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.create_index("ix_approvals_quote_id", ["quote_id"], unique=False)
        batch_op.create_index("ix_approvals_version_id", ["version_id"], unique=False)
        batch_op.create_index(
            "uq_approvals_pending",
            ["quote_id"],
            unique=True,
            postgresql_where=sa.text("state = 'pending'"),
        )

    # Tables that point at each other.
    op.create_foreign_key("fk_users_partner_id", "users", "partners", ["partner_id"], ["id"])
    op.create_foreign_key(
        "fk_quote_versions_approval_id",
        "quote_versions",
        "approvals",
        ["approval_id", "quote_id"],
        ["id", "quote_id"],
    )
    guards.append_only("log_entries")
    guards.append_only("price_lists")
    guards.frozen(
        "quote_versions",
        (
            "quote_id",
            "partner_id",
            "customer_id",
            "number",
            "created_at",
            "created_by_id",
            "price_list_id",
            "engine_version",
            "selection",
            "breakdown",
            "plan",
            "term",
            "months",
            "arrangement",
            "tier",
            "payment_method",
            "installments",
            "original_cents",
            "minimum_cents",
            "negotiated_cents",
            "free_down_to_cents",
            "cost_cents",
            "repasse_cents",
            "discount_basis_points",
            "setup_cents",
            "setup_minimum_cents",
            "setup_free_down_to_cents",
            "approval_required",
        ),
        once="OLD.state <> 'draft'",
    )
    guards.kept("quote_versions", once="OLD.state <> 'draft'")
    guards.no_return("quote_versions", "state", "draft")
    guards.frozen(
        "approvals",
        (
            "version_id",
            "quote_id",
            "partner_id",
            "requested_by_id",
            "requested_at",
            "argument",
            "state",
            "decided_by_id",
            "decided_at",
            "reason",
            "counter_cents",
            "counter_setup_cents",
        ),
        once="OLD.state <> 'pending'",
    )
    guards.kept("approvals", once="OLD.state <> 'pending'")


def downgrade() -> None:
    op.drop_constraint("fk_users_partner_id", "users", type_="foreignkey")
    op.drop_constraint("fk_quote_versions_approval_id", "quote_versions", type_="foreignkey")
    guards.remove(
        ("log_entries_no_update", "log_entries"),
        ("log_entries_no_delete", "log_entries"),
        ("log_entries_no_truncate", "log_entries"),
        ("price_lists_no_update", "price_lists"),
        ("price_lists_no_delete", "price_lists"),
        ("price_lists_no_truncate", "price_lists"),
        ("quote_versions_frozen", "quote_versions"),
        ("quote_versions_kept", "quote_versions"),
        ("quote_versions_state_no_return", "quote_versions"),
        ("approvals_frozen", "approvals"),
        ("approvals_kept", "approvals"),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_approvals_pending",
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.drop_index("ix_approvals_version_id")
        batch_op.drop_index("ix_approvals_quote_id")
        batch_op.drop_index(
            "ix_approvals_pending_requested_at",
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.drop_index("ix_approvals_partner_id_requested_at")
        batch_op.drop_index("ix_approvals_decided_by_id_decided_at")

    op.drop_table("approvals")
    with op.batch_alter_table("quote_versions", schema=None) as batch_op:
        batch_op.drop_index("uq_quote_versions_live", postgresql_where=sa.text("is_live"))
        batch_op.drop_index(
            "ix_quote_versions_live_state",
            postgresql_where=sa.text("is_live"),
        )
        batch_op.drop_index(
            "ix_quote_versions_live_partner_state",
            postgresql_where=sa.text("is_live"),
        )
        batch_op.drop_index(
            "ix_quote_versions_live_partner_discount",
            postgresql_where=sa.text("is_live"),
        )
        batch_op.drop_index(
            "ix_quote_versions_live_partner_changed",
            postgresql_where=sa.text("is_live"),
        )
        batch_op.drop_index(
            "ix_quote_versions_live_partner_amount",
            postgresql_where=sa.text("is_live"),
        )
        batch_op.drop_index(
            "ix_quote_versions_live_owner_state",
            postgresql_where=sa.text("is_live"),
        )
        batch_op.drop_index(
            "ix_quote_versions_live_owner_changed",
            postgresql_where=sa.text("is_live"),
        )
        batch_op.drop_index(
            "ix_quote_versions_live_expires",
            postgresql_where=sa.text("is_live"),
        )
        batch_op.drop_index(
            "ix_quote_versions_live_discount",
            postgresql_where=sa.text("is_live"),
        )
        batch_op.drop_index(
            "ix_quote_versions_live_customer",
            postgresql_where=sa.text("is_live"),
        )
        batch_op.drop_index(
            "ix_quote_versions_live_changed",
            postgresql_where=sa.text("is_live"),
        )
        batch_op.drop_index(
            "ix_quote_versions_live_amount",
            postgresql_where=sa.text("is_live"),
        )

    op.drop_table("quote_versions")
    with op.batch_alter_table("quotes", schema=None) as batch_op:
        batch_op.drop_index("ix_quotes_owner_id")
        batch_op.drop_index("ix_quotes_customer_id")

    op.drop_table("quotes")
    with op.batch_alter_table("proposal_views", schema=None) as batch_op:
        batch_op.drop_index("ix_proposal_views_proposal_id_at")

    op.drop_table("proposal_views")
    op.drop_table("signatories")
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.drop_index("ix_proposals_customer_id")

    op.drop_table("proposals")
    with op.batch_alter_table("mail_messages", schema=None) as batch_op:
        batch_op.drop_index("ix_mail_messages_state_next_attempt_at")
        batch_op.drop_index(batch_op.f("ix_mail_messages_partner_id"))
        batch_op.drop_index(batch_op.f("ix_mail_messages_link_token_id"))
        batch_op.drop_index("ix_mail_messages_created_at")

    op.drop_table("mail_messages")
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_index("ix_contacts_customer_id")

    op.drop_table("contacts")
    with op.batch_alter_table("log_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_log_entries_subject")
        batch_op.drop_index("ix_log_entries_partner_id_at")

    op.drop_table("log_entries")
    with op.batch_alter_table("link_tokens", schema=None) as batch_op:
        batch_op.drop_index("ix_link_tokens_subject")

    op.drop_table("link_tokens")
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.drop_index("ix_customers_search_text")
        batch_op.drop_index("ix_customers_partner_id_search_text")
        batch_op.drop_index("ix_customers_partner_id_created_at")
        batch_op.drop_index("ix_customers_document")
        batch_op.drop_index("ix_customers_created_at")

    op.drop_table("customers")
    with op.batch_alter_table("customer_imports", schema=None) as batch_op:
        batch_op.drop_index("ix_customer_imports_partner_id")

    op.drop_table("customer_imports")
    with op.batch_alter_table("user_sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_user_sessions_user_id")

    op.drop_table("user_sessions")
    op.drop_table("settings")
    op.drop_table("scheduled_jobs")
    op.drop_table("price_lists")
    with op.batch_alter_table("partners", schema=None) as batch_op:
        batch_op.drop_index("ix_partners_substitute_id")
        batch_op.drop_index("ix_partners_account_manager_id")

    op.drop_table("partners")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_index("ix_users_partner_id")

    op.drop_table("users")
    op.drop_table("throttles")
    op.drop_table("queue_workers")
    op.drop_table("log_heads")
    with op.batch_alter_table("job_runs", schema=None) as batch_op:
        batch_op.drop_index("ix_job_runs_job_started_at")

    op.drop_table("job_runs")
