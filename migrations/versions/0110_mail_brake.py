"""Mails are braked: held above an hour's limits, with who caused them and when they were let go."""

from alembic import op

revision = "0110"
down_revision = "0060"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE mail_messages
    ADD COLUMN caused_by_id BIGINT CONSTRAINT fk_mail_messages_caused_by_id REFERENCES users (id),
    ADD COLUMN is_urgent BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN let_go_at TIMESTAMPTZ,
    DROP CONSTRAINT ck_mail_messages_state;
ALTER TABLE mail_messages ALTER COLUMN is_urgent DROP DEFAULT;
UPDATE mail_messages SET let_go_at = COALESCE(sent_at, created_at) WHERE state IN ('sent', 'failed');

ALTER TABLE mail_messages
    ADD CONSTRAINT ck_mail_messages_state CHECK (state IN ('queued', 'held', 'sent', 'failed', 'dropped')),
    ADD CONSTRAINT ck_mail_messages_held_says_why
        CHECK (state <> 'held' OR (let_go_at IS NULL AND last_error <> ''));
CREATE INDEX ix_mail_messages_sent_at ON mail_messages (sent_at);
CREATE INDEX ix_mail_messages_receiver_let_go_at ON mail_messages (lower(to_address), let_go_at);
CREATE INDEX ix_mail_messages_caused_by_id_let_go_at ON mail_messages (caused_by_id, let_go_at);
DROP INDEX ix_mail_messages_partner_id;
CREATE INDEX ix_mail_messages_partner_id_let_go_at ON mail_messages (partner_id, let_go_at);
"""

# What was held waits for somebody to send it again; what was dropped does not come back.
DOWN = """
UPDATE mail_messages SET state = 'failed' WHERE state IN ('held', 'dropped');
DROP INDEX ix_mail_messages_partner_id_let_go_at;
CREATE INDEX ix_mail_messages_partner_id ON mail_messages (partner_id);
DROP INDEX ix_mail_messages_caused_by_id_let_go_at;
DROP INDEX ix_mail_messages_receiver_let_go_at;
DROP INDEX ix_mail_messages_sent_at;
ALTER TABLE mail_messages
    DROP CONSTRAINT ck_mail_messages_held_says_why,
    DROP CONSTRAINT ck_mail_messages_state,
    ADD CONSTRAINT ck_mail_messages_state CHECK (state IN ('queued', 'sent', 'failed')),
    DROP COLUMN let_go_at, DROP COLUMN is_urgent, DROP COLUMN caused_by_id;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
