"""The Central do Assinante: links to sign in, sessions of people of a customer, and finding them by address."""

from alembic import op

revision = "0240"
down_revision = "0200"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE link_tokens DROP CONSTRAINT ck_link_tokens_purpose;
ALTER TABLE link_tokens ADD CONSTRAINT ck_link_tokens_purpose
    CHECK (purpose IN ('invitation', 'password_reset', 'proposal', 'signature', 'card_registration', 'invoice',
        'cancellation', 'subscriber_sign_in'));

CREATE TABLE subscriber_sign_ins (
    id BIGSERIAL CONSTRAINT pk_subscriber_sign_ins PRIMARY KEY,
    email VARCHAR NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT ck_subscriber_sign_ins_email_lowercase CHECK (email = lower(email))
);
CREATE INDEX ix_subscriber_sign_ins_asked_at ON subscriber_sign_ins (asked_at);

CREATE TABLE subscriber_sessions (
    id BIGSERIAL CONSTRAINT pk_subscriber_sessions PRIMARY KEY,
    token_hash VARCHAR NOT NULL CONSTRAINT uq_subscriber_sessions_token_hash UNIQUE,
    email VARCHAR NOT NULL,
    customer_id BIGINT CONSTRAINT fk_subscriber_sessions_customer_id REFERENCES customers (id),
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    device VARCHAR NOT NULL,
    address VARCHAR NOT NULL,
    CONSTRAINT ck_subscriber_sessions_email_lowercase CHECK (email = lower(email))
);
CREATE INDEX ix_subscriber_sessions_expires_at ON subscriber_sessions (expires_at);
CREATE INDEX ix_subscriber_sessions_customer_id ON subscriber_sessions (customer_id);

CREATE INDEX ix_customers_email ON customers (email) WHERE email <> '';
CREATE INDEX ix_contacts_email ON contacts (email) WHERE email <> '';
CREATE INDEX ix_signatories_email ON signatories (email);
"""

DOWN = """
DROP INDEX ix_signatories_email;
DROP INDEX ix_contacts_email;
DROP INDEX ix_customers_email;
DROP TABLE subscriber_sessions;
DROP TABLE subscriber_sign_ins;
DELETE FROM link_tokens WHERE purpose = 'subscriber_sign_in';
ALTER TABLE link_tokens DROP CONSTRAINT ck_link_tokens_purpose;
ALTER TABLE link_tokens ADD CONSTRAINT ck_link_tokens_purpose CHECK (
    purpose IN ('invitation', 'password_reset', 'proposal', 'signature', 'card_registration', 'invoice',
        'cancellation'));
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
