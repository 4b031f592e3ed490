"""The tables of the first half: people, price lists, customers, quotes, log, mail."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "throttles",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("failures", ID, nullable=False),
        sa.Column("window_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_throttles")),
        sa.UniqueConstraint("key", name=op.f("uq_throttles_key")),
    )
    op.create_table(
        "users",
        sa.Column("id", ID, autoincrement=True, nullable=False),
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
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("partner_id", ID, nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lock_version", ID, nullable=False),
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
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("trade_name", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("arrangement", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("account_manager_id", ID, nullable=False),
        sa.Column("substitute_id", ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lock_version", ID, nullable=False),
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
        "user_sessions",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("user_id", ID, nullable=False),
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
        "link_tokens",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("invitation", "password_reset", "proposal", name="purpose", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("partner_id", ID, nullable=True),
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
            "approval_required",
        ),
        once="OLD.state <> 'draft'",
    )


def downgrade() -> None:
    guards.remove(
        ("log_entries_no_update", "log_entries"),
        ("log_entries_no_delete", "log_entries"),
        ("price_lists_no_update", "price_lists"),
        ("price_lists_no_delete", "price_lists"),
        ("quote_versions_frozen", "quote_versions"),
    )
    with op.batch_alter_table("link_tokens", schema=None) as batch_op:
        batch_op.drop_index("ix_link_tokens_subject")

    op.drop_table("link_tokens")
    with op.batch_alter_table("user_sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_user_sessions_user_id")

    op.drop_table("user_sessions")
    with op.batch_alter_table("partners", schema=None) as batch_op:
        batch_op.drop_index("ix_partners_substitute_id")
        batch_op.drop_index("ix_partners_account_manager_id")

    op.drop_table("partners")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_index("ix_users_partner_id")

    op.drop_table("users")
    op.drop_table("throttles")
