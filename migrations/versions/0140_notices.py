"""A mail is a notice: a kind, a subject and a receiver, written when it leaves."""

from alembic import op

revision = "0140"
down_revision = "0130"
branch_labels = None
depends_on = None

# What was queued before has no subject: it keeps its words and leaves as it is.
UP = """
ALTER TABLE mail_messages RENAME COLUMN template TO kind;
ALTER TABLE mail_messages
    ADD COLUMN subject_id BIGINT,
    ADD COLUMN facts JSONB NOT NULL DEFAULT '{}',
    ALTER COLUMN subject DROP NOT NULL,
    ALTER COLUMN text_body DROP NOT NULL,
    ALTER COLUMN html_body DROP NOT NULL,
    DROP CONSTRAINT ck_mail_messages_state;
ALTER TABLE mail_messages ALTER COLUMN facts DROP DEFAULT;
ALTER TABLE mail_messages
    ADD CONSTRAINT ck_mail_messages_state
        CHECK (state IN ('queued', 'held', 'sent', 'failed', 'dropped', 'not_needed')),
    ADD CONSTRAINT ck_mail_messages_written_or_of_a_subject
        CHECK (subject_id IS NOT NULL OR text_body IS NOT NULL),
    ADD CONSTRAINT ck_mail_messages_written_whole
        CHECK (num_nonnulls(subject, text_body, html_body) IN (0, 3));
CREATE INDEX ix_mail_messages_kind_subject_id ON mail_messages (kind, subject_id);
"""

# What was never written cannot be kept by tables that know written mails only.
DOWN = """
UPDATE mail_messages SET state = 'dropped' WHERE state = 'not_needed';
UPDATE mail_messages SET state = 'dropped', sent_at = NULL WHERE text_body IS NULL;
UPDATE mail_messages SET subject = kind, text_body = '', html_body = '' WHERE text_body IS NULL;
DROP INDEX ix_mail_messages_kind_subject_id;
ALTER TABLE mail_messages
    DROP CONSTRAINT ck_mail_messages_written_whole,
    DROP CONSTRAINT ck_mail_messages_written_or_of_a_subject,
    DROP CONSTRAINT ck_mail_messages_state,
    ADD CONSTRAINT ck_mail_messages_state CHECK (state IN ('queued', 'held', 'sent', 'failed', 'dropped')),
    ALTER COLUMN subject SET NOT NULL,
    ALTER COLUMN text_body SET NOT NULL,
    ALTER COLUMN html_body SET NOT NULL,
    DROP COLUMN facts,
    DROP COLUMN subject_id;
ALTER TABLE mail_messages RENAME COLUMN kind TO template;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
