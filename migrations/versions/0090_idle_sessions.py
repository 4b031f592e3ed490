"""A session ends when nobody uses it, and knows when its person last proved who they are."""

from alembic import op

revision = "0090"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE user_sessions ADD COLUMN address VARCHAR NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE user_sessions ALTER COLUMN address DROP DEFAULT")
    op.execute("ALTER TABLE user_sessions ADD COLUMN last_seen_at TIMESTAMPTZ")
    op.execute("UPDATE user_sessions SET last_seen_at = now()")  # nobody is signed out by the migration
    op.execute("ALTER TABLE user_sessions ALTER COLUMN last_seen_at SET NOT NULL")
    op.execute("ALTER TABLE user_sessions ADD COLUMN confirmed_at TIMESTAMPTZ")


def downgrade() -> None:
    op.execute("ALTER TABLE user_sessions DROP COLUMN confirmed_at")
    op.execute("ALTER TABLE user_sessions DROP COLUMN last_seen_at")
    op.execute("ALTER TABLE user_sessions DROP COLUMN address")
