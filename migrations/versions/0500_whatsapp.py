"""WhatsApp as a channel: its line, templates, people, messages with what became of them, and what was told."""

from alembic import op

revision = "0500"
down_revision = "0524"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE whatsapp_lines (
    id BIGSERIAL NOT NULL,
    phone_id VARCHAR NOT NULL,
    paused_at TIMESTAMP WITH TIME ZONE,
    pause_code BIGINT,
    CONSTRAINT pk_whatsapp_lines PRIMARY KEY (id),
    CONSTRAINT ck_whatsapp_lines_paused_for_a_reason CHECK ((paused_at IS NULL) = (pause_code IS NULL)),
    CONSTRAINT uq_whatsapp_lines_phone_id UNIQUE (phone_id)
);
CREATE TABLE whatsapp_templates (
    id BIGSERIAL NOT NULL,
    name VARCHAR NOT NULL,
    category VARCHAR(40) NOT NULL,
    body VARCHAR NOT NULL,
    fields JSONB NOT NULL,
    button VARCHAR NOT NULL,
    state VARCHAR(40) NOT NULL,
    reason VARCHAR NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_whatsapp_templates PRIMARY KEY (id),
    CONSTRAINT uq_whatsapp_templates_name UNIQUE (name),
    CONSTRAINT ck_whatsapp_templates_category CHECK (category IN ('utility', 'marketing', 'service')),
    CONSTRAINT ck_whatsapp_templates_templatestate CHECK (state IN ('waiting', 'pending', 'approved', 'rejected', 'paused', 'disabled'))
);
CREATE TABLE whatsapp_contacts (
    id BIGSERIAL NOT NULL,
    phone VARCHAR,
    user_id VARCHAR,
    partner_id BIGINT,
    customer_id BIGINT,
    opted_out_at TIMESTAMP WITH TIME ZONE,
    no_offers_at TIMESTAMP WITH TIME ZONE,
    unreachable_at TIMESTAMP WITH TIME ZONE,
    wrote_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_whatsapp_contacts PRIMARY KEY (id),
    CONSTRAINT fk_whatsapp_contacts_customer_id_partner_id FOREIGN KEY (customer_id, partner_id) REFERENCES customers (id, partner_id),
    CONSTRAINT ck_whatsapp_contacts_known_by_something CHECK (phone IS NOT NULL OR user_id IS NOT NULL),
    CONSTRAINT ck_whatsapp_contacts_phone_whole CHECK (phone ~ '^[0-9]{11,15}$'),
    CONSTRAINT ck_whatsapp_contacts_customer_with_partner CHECK (customer_id IS NULL OR partner_id IS NOT NULL),
    CONSTRAINT uq_whatsapp_contacts_phone UNIQUE (phone),
    CONSTRAINT uq_whatsapp_contacts_user_id UNIQUE (user_id)
);
CREATE UNIQUE INDEX uq_whatsapp_contacts_customer_id ON whatsapp_contacts (customer_id)
    WHERE customer_id IS NOT NULL;
CREATE TABLE whatsapp_choices (
    id BIGSERIAL NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    wants BOOLEAN NOT NULL,
    reason VARCHAR NOT NULL,
    chosen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    made_by_id BIGINT,
    CONSTRAINT pk_whatsapp_choices PRIMARY KEY (id),
    CONSTRAINT fk_whatsapp_choices_customer_id_partner_id FOREIGN KEY (customer_id, partner_id) REFERENCES customers (id, partner_id),
    CONSTRAINT ck_whatsapp_choices_says_why CHECK (reason <> ''),
    CONSTRAINT uq_whatsapp_choices_customer_id UNIQUE (customer_id),
    CONSTRAINT fk_whatsapp_choices_made_by_id FOREIGN KEY (made_by_id) REFERENCES users (id)
);
CREATE TABLE whatsapp_messages (
    id BIGSERIAL NOT NULL,
    key VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    subject_id BIGINT NOT NULL,
    partner_id BIGINT,
    customer_id BIGINT,
    phone VARCHAR NOT NULL,
    user_id VARCHAR NOT NULL,
    to_name VARCHAR NOT NULL,
    template VARCHAR NOT NULL,
    state VARCHAR(40) NOT NULL,
    category VARCHAR(40) NOT NULL,
    is_billable BOOLEAN,
    message_id VARCHAR,
    attempts BIGINT NOT NULL,
    queued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE,
    accepted_at TIMESTAMP WITH TIME ZONE,
    sent_at TIMESTAMP WITH TIME ZONE,
    delivered_at TIMESTAMP WITH TIME ZONE,
    read_at TIMESTAMP WITH TIME ZONE,
    failed_at TIMESTAMP WITH TIME ZONE,
    failure VARCHAR(40),
    error_code BIGINT,
    CONSTRAINT pk_whatsapp_messages PRIMARY KEY (id),
    CONSTRAINT fk_whatsapp_messages_customer_id_partner_id FOREIGN KEY (customer_id, partner_id) REFERENCES customers (id, partner_id),
    CONSTRAINT ck_whatsapp_messages_to_somebody CHECK (phone <> '' OR user_id <> ''),
    CONSTRAINT ck_whatsapp_messages_failed_for_a_reason CHECK ((state = 'failed') <= (failure IS NOT NULL)),
    CONSTRAINT ck_whatsapp_messages_customer_with_partner CHECK (customer_id IS NULL OR partner_id IS NOT NULL),
    CONSTRAINT uq_whatsapp_messages_key UNIQUE (key),
    CONSTRAINT fk_whatsapp_messages_partner_id FOREIGN KEY (partner_id) REFERENCES partners (id),
    CONSTRAINT ck_whatsapp_messages_messagestate CHECK (state IN ('queued', 'calling', 'unknown', 'accepted', 'sent', 'failed', 'delivered', 'read', 'not_needed')),
    CONSTRAINT ck_whatsapp_messages_category CHECK (category IN ('utility', 'marketing', 'service')),
    CONSTRAINT uq_whatsapp_messages_message_id UNIQUE (message_id),
    CONSTRAINT ck_whatsapp_messages_failure CHECK (failure IN ('try_again', 'receiver', 'opted_out', 'template', 'account', 'no_answer', 'other'))
);
CREATE INDEX ix_whatsapp_messages_customer_id ON whatsapp_messages (customer_id);
CREATE INDEX ix_whatsapp_messages_kind_subject_id ON whatsapp_messages (kind, subject_id);
CREATE INDEX ix_whatsapp_messages_open ON whatsapp_messages (state, asked_at) WHERE state IN ('queued', 'calling', 'unknown');
CREATE TABLE whatsapp_events (
    id BIGSERIAL NOT NULL,
    key VARCHAR NOT NULL,
    kind VARCHAR(40) NOT NULL,
    body JSONB NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    processed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_whatsapp_events PRIMARY KEY (id),
    CONSTRAINT uq_whatsapp_events_key UNIQUE (key),
    CONSTRAINT ck_whatsapp_events_eventkind CHECK (kind IN ('status', 'message', 'preference', 'template', 'other'))
);
CREATE TABLE whatsapp_received (
    id BIGSERIAL NOT NULL,
    message_id VARCHAR NOT NULL,
    contact_id BIGINT NOT NULL,
    partner_id BIGINT,
    customer_id BIGINT,
    text VARCHAR NOT NULL,
    intent VARCHAR(40) NOT NULL,
    wrote_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_whatsapp_received PRIMARY KEY (id),
    CONSTRAINT fk_whatsapp_received_customer_id_partner_id FOREIGN KEY (customer_id, partner_id) REFERENCES customers (id, partner_id),
    CONSTRAINT ck_whatsapp_received_customer_with_partner CHECK (customer_id IS NULL OR partner_id IS NOT NULL),
    CONSTRAINT uq_whatsapp_received_message_id UNIQUE (message_id),
    CONSTRAINT fk_whatsapp_received_contact_id FOREIGN KEY (contact_id) REFERENCES whatsapp_contacts (id),
    CONSTRAINT fk_whatsapp_received_partner_id FOREIGN KEY (partner_id) REFERENCES partners (id),
    CONSTRAINT ck_whatsapp_received_intent CHECK (intent IN ('opt_out', 'opt_in', 'cancel', 'other'))
);
CREATE INDEX ix_whatsapp_received_contact_id ON whatsapp_received (contact_id);
CREATE INDEX ix_whatsapp_received_customer_id ON whatsapp_received (customer_id);
"""

GUARDS = """
CREATE FUNCTION whatsapp_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is kept as it was', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER whatsapp_messages_no_delete BEFORE DELETE ON whatsapp_messages
    FOR EACH ROW EXECUTE FUNCTION whatsapp_kept();
-- What it was about stays, and so does the furthest that WhatsApp said of it.
CREATE TRIGGER whatsapp_messages_frozen BEFORE UPDATE ON whatsapp_messages FOR EACH ROW
    WHEN ((OLD.key, OLD.kind, OLD.subject_id, OLD.partner_id, OLD.customer_id, OLD.queued_at)
            IS DISTINCT FROM (NEW.key, NEW.kind, NEW.subject_id, NEW.partner_id, NEW.customer_id, NEW.queued_at)
        OR (OLD.message_id IS NOT NULL AND NEW.message_id IS DISTINCT FROM OLD.message_id)
        OR (OLD.state = 'read' AND NEW.state <> 'read')
        OR (OLD.state = 'delivered' AND NEW.state NOT IN ('delivered', 'read'))
        OR (OLD.state = 'failed' AND NEW.state NOT IN ('failed', 'delivered', 'read'))
        OR (OLD.state = 'not_needed' AND NEW.state <> 'not_needed'))
    EXECUTE FUNCTION whatsapp_kept();
CREATE TRIGGER whatsapp_templates_no_delete BEFORE DELETE ON whatsapp_templates
    FOR EACH ROW EXECUTE FUNCTION whatsapp_kept();
CREATE TRIGGER whatsapp_templates_frozen BEFORE UPDATE ON whatsapp_templates FOR EACH ROW
    WHEN ((OLD.name, OLD.body, OLD.fields, OLD.button, OLD.made_at)
        IS DISTINCT FROM (NEW.name, NEW.body, NEW.fields, NEW.button, NEW.made_at))
    EXECUTE FUNCTION whatsapp_kept();
"""

DOWN = """
DROP TABLE whatsapp_received, whatsapp_events, whatsapp_messages, whatsapp_choices, whatsapp_contacts,
    whatsapp_templates, whatsapp_lines;
DROP FUNCTION whatsapp_kept();
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GUARDS)


def downgrade() -> None:
    op.execute(DOWN)
