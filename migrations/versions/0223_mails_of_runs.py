"""Mails that the portal's own runs write are not held by the brake of a partner's hour."""

from alembic import op

revision = "0223"
down_revision = "0222"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE mail_messages ADD COLUMN is_of_run BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE mail_messages ALTER COLUMN is_of_run DROP DEFAULT;
DROP INDEX ix_mail_messages_partner_id_let_go_at;
CREATE INDEX ix_mail_messages_partner_id_let_go_at ON mail_messages (partner_id, let_go_at) WHERE NOT is_of_run;
"""

DOWN = """
DROP INDEX ix_mail_messages_partner_id_let_go_at;
CREATE INDEX ix_mail_messages_partner_id_let_go_at ON mail_messages (partner_id, let_go_at);
ALTER TABLE mail_messages DROP COLUMN is_of_run;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
