"""Dunning by WhatsApp: the way a reminder went instead, what it fell back to, and dated prices."""

from alembic import op

revision = "0501"
down_revision = "0500"
branch_labels = None
depends_on = None

# Lists of values, in one place: others extend them too.
CHANNELS = "'email', 'phone'"
NOT_BY_WHATSAPP = "'off', 'paused', 'template', 'no_number', 'opted_out', 'no_consent', 'unreachable'"

LISTS = """
ALTER TABLE dunning_steps
    DROP CONSTRAINT ck_dunning_steps_channel,
    ADD CONSTRAINT ck_dunning_steps_channel CHECK (channel IN ({channels}));
ALTER TABLE dunning_messages
    DROP CONSTRAINT ck_dunning_messages_channel,
    ADD CONSTRAINT ck_dunning_messages_channel CHECK (channel IN ({channels}));
"""

UP = f"""
ALTER TABLE dunning_messages
    ADD COLUMN instead VARCHAR(40)
        CONSTRAINT ck_dunning_messages_notbywhatsapp CHECK (instead IN ({NOT_BY_WHATSAPP})),
    ADD COLUMN fell_back_to VARCHAR(40)
        CONSTRAINT ck_dunning_messages_fell_back_to CHECK (fell_back_to IN ('email', 'whatsapp', 'phone')),
    ADD COLUMN fell_back_at TIMESTAMP WITH TIME ZONE,
    ADD CONSTRAINT ck_dunning_messages_fell_back_once CHECK (
        (fell_back_to IS NULL) = (fell_back_at IS NULL) AND (fell_back_at IS NULL OR queued_at IS NOT NULL));
DROP TRIGGER dunning_messages_frozen ON dunning_messages;
CREATE TRIGGER dunning_messages_frozen BEFORE UPDATE ON dunning_messages FOR EACH ROW
    WHEN (OLD.queued_at IS NOT NULL AND NEW.queued_at IS DISTINCT FROM OLD.queued_at
        OR OLD.fell_back_at IS NOT NULL
        OR (OLD.run_id, OLD.step_id, OLD.invoice_id, OLD.days, OLD.open_cents, OLD.left_out, OLD.channel,
                OLD.instead)
            IS DISTINCT FROM (NEW.run_id, NEW.step_id, NEW.invoice_id, NEW.days, NEW.open_cents, NEW.left_out,
                NEW.channel, NEW.instead))
    EXECUTE FUNCTION dunning_frozen();

CREATE TABLE dunning_prices (
    id BIGSERIAL CONSTRAINT pk_dunning_prices PRIMARY KEY,
    sort VARCHAR(40) NOT NULL,
    from_on DATE NOT NULL,
    ten_thousandths BIGINT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    made_by_id BIGINT NOT NULL CONSTRAINT fk_dunning_prices_made_by_id REFERENCES users (id),
    CONSTRAINT uq_dunning_prices_sort_from_on UNIQUE (sort, from_on),
    CONSTRAINT ck_dunning_prices_pricesort CHECK (sort IN (
        'email', 'whatsapp_utility', 'whatsapp_marketing', 'whatsapp_service', 'phone')),
    CONSTRAINT ck_dunning_prices_sane CHECK (ten_thousandths BETWEEN 0 AND 100000000)
);
CREATE TRIGGER dunning_prices_frozen BEFORE UPDATE OR DELETE ON dunning_prices
    FOR EACH ROW EXECUTE FUNCTION dunning_frozen();
"""

DOWN = """
DROP TABLE dunning_prices;
DROP TRIGGER dunning_messages_frozen ON dunning_messages;
ALTER TABLE dunning_messages
    DROP CONSTRAINT ck_dunning_messages_fell_back_once,
    DROP COLUMN instead,
    DROP COLUMN fell_back_to,
    DROP COLUMN fell_back_at;
ALTER TABLE dunning_messages DISABLE TRIGGER USER;
ALTER TABLE dunning_steps DISABLE TRIGGER USER;
UPDATE dunning_messages SET channel = 'email' WHERE channel = 'whatsapp';
UPDATE dunning_steps SET channel = 'email' WHERE channel = 'whatsapp';
ALTER TABLE dunning_messages ENABLE TRIGGER USER;
ALTER TABLE dunning_steps ENABLE TRIGGER USER;
CREATE TRIGGER dunning_messages_frozen BEFORE UPDATE ON dunning_messages FOR EACH ROW
    WHEN (OLD.queued_at IS NOT NULL OR (OLD.run_id, OLD.step_id, OLD.invoice_id, OLD.days, OLD.open_cents,
            OLD.left_out) IS DISTINCT FROM (NEW.run_id, NEW.step_id, NEW.invoice_id, NEW.days,
            NEW.open_cents, NEW.left_out))
    EXECUTE FUNCTION dunning_frozen();
"""


def upgrade() -> None:
    op.execute(LISTS.format(channels=CHANNELS + ", 'whatsapp'"))
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
    op.execute(LISTS.format(channels=CHANNELS))
