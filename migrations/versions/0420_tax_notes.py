"""Notas fiscais: series without gaps, months looked through, notes that add up to their invoice, and their ends."""

from alembic import op

revision = "0420"
down_revision = "0400"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE tax_note_series (
    name VARCHAR CONSTRAINT pk_tax_note_series PRIMARY KEY,
    last_number BIGINT NOT NULL,
    CONSTRAINT ck_tax_note_series_counts_up CHECK (last_number >= 0)
);
CREATE TABLE tax_note_runs (
    id BIGSERIAL CONSTRAINT pk_tax_note_runs PRIMARY KEY,
    month DATE NOT NULL CONSTRAINT uq_tax_note_runs_month UNIQUE,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    after_id BIGINT NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT ck_tax_note_runs_of_a_month CHECK (extract(day FROM month) = 1),
    CONSTRAINT ck_tax_note_runs_cursor_forward CHECK (after_id >= 0)
);
CREATE TABLE tax_notes (
    id BIGSERIAL CONSTRAINT pk_tax_notes PRIMARY KEY,
    month DATE NOT NULL,
    series VARCHAR NOT NULL CONSTRAINT fk_tax_notes_series REFERENCES tax_note_series (name),
    number BIGINT NOT NULL,
    dps_id VARCHAR NOT NULL CONSTRAINT uq_tax_notes_dps_id UNIQUE,
    is_test BOOLEAN NOT NULL,
    invoice_id BIGINT NOT NULL,
    invoice_line_id BIGINT NOT NULL CONSTRAINT fk_tax_notes_invoice_line_id REFERENCES invoice_lines (id),
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL CONSTRAINT fk_tax_notes_partner_id REFERENCES partners (id),
    customer_id BIGINT NOT NULL,
    billed_to VARCHAR(40) NOT NULL,
    taker_name VARCHAR NOT NULL,
    taker_document VARCHAR NOT NULL,
    description VARCHAR NOT NULL,
    is_setup BOOLEAN NOT NULL,
    amount_cents BIGINT NOT NULL,
    discount_cents BIGINT NOT NULL,
    due_on DATE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR(40) NOT NULL,
    waiting_for VARCHAR(40),
    trouble_code VARCHAR NOT NULL,
    trouble VARCHAR NOT NULL,
    attempts BIGINT NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    access_key VARCHAR CONSTRAINT uq_tax_notes_access_key UNIQUE,
    fiscal_number VARCHAR,
    authorized_at TIMESTAMP WITH TIME ZONE,
    xml BYTEA,
    ended_at TIMESTAMP WITH TIME ZONE,
    replaces_id BIGINT CONSTRAINT uq_tax_notes_replaces_id UNIQUE
        CONSTRAINT fk_tax_notes_replaces_id REFERENCES tax_notes (id),
    replace_code VARCHAR NOT NULL,
    replace_reason VARCHAR NOT NULL,
    asked_by_id BIGINT CONSTRAINT fk_tax_notes_asked_by_id REFERENCES users (id),
    CONSTRAINT fk_tax_notes_invoice_id_contract_id_partner_id_customer_id
        FOREIGN KEY (invoice_id, contract_id, partner_id, customer_id)
        REFERENCES invoices (id, contract_id, partner_id, customer_id),
    CONSTRAINT uq_tax_notes_series_number UNIQUE (series, number),
    CONSTRAINT uq_tax_notes_id_partner_id_customer_id UNIQUE (id, partner_id, customer_id),
    CONSTRAINT ck_tax_notes_billedto CHECK (billed_to IN ('customer', 'partner')),
    CONSTRAINT ck_tax_notes_notestate CHECK (state IN ('queued', 'sent', 'authorized', 'rejected', 'waiting',
        'canceled', 'replaced')),
    CONSTRAINT ck_tax_notes_waitingfor CHECK (waiting_for IN ('letters', 'schema', 'invoice')),
    CONSTRAINT ck_tax_notes_numbered_from_one CHECK (number >= 1),
    CONSTRAINT ck_tax_notes_named_by_the_layout CHECK (dps_id ~ '^DPS[0-9A-Z]{42}$'),
    CONSTRAINT ck_tax_notes_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_tax_notes_says_what CHECK (description <> ''),
    CONSTRAINT ck_tax_notes_issued_has_key CHECK (
        (state IN ('authorized', 'canceled', 'replaced')) =
            (num_nonnulls(access_key, fiscal_number, authorized_at, xml) = 4)
        AND num_nonnulls(access_key, fiscal_number, authorized_at, xml) IN (0, 4)),
    CONSTRAINT ck_tax_notes_key_of_the_layout CHECK (access_key ~ '^[0-9A-Z]{50}$'),
    CONSTRAINT ck_tax_notes_waits_for_something CHECK ((state = 'waiting') = (waiting_for IS NOT NULL)),
    CONSTRAINT ck_tax_notes_rejected_for_a_reason CHECK (state <> 'rejected' OR trouble <> ''),
    CONSTRAINT ck_tax_notes_ended_once CHECK (
        (state IN ('canceled', 'replaced')) = (ended_at IS NOT NULL)),
    CONSTRAINT ck_tax_notes_sent_at_an_instant CHECK (state <> 'sent' OR sent_at IS NOT NULL),
    CONSTRAINT ck_tax_notes_replaces_for_a_reason CHECK (
        (replaces_id IS NULL) = (replace_code = '') AND (replaces_id IS NULL) = (replace_reason = '')),
    CONSTRAINT ck_tax_notes_discounted_within CHECK (discount_cents BETWEEN 0 AND amount_cents)
);
CREATE UNIQUE INDEX uq_tax_notes_invoice_line_id ON tax_notes (invoice_line_id) WHERE replaces_id IS NULL;
CREATE INDEX ix_tax_notes_invoice_id ON tax_notes (invoice_id);
CREATE INDEX ix_tax_notes_customer_id_month ON tax_notes (customer_id, month);
CREATE INDEX ix_tax_notes_month_state ON tax_notes (month, state);
CREATE INDEX ix_tax_notes_open ON tax_notes (state, id)
    WHERE state IN ('queued', 'sent', 'rejected', 'waiting');
CREATE TABLE tax_note_cancellations (
    id BIGSERIAL CONSTRAINT pk_tax_note_cancellations PRIMARY KEY,
    note_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    code VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_by_id BIGINT NOT NULL CONSTRAINT fk_tax_note_cancellations_asked_by_id REFERENCES users (id),
    state VARCHAR(40) NOT NULL,
    trouble_code VARCHAR NOT NULL,
    trouble VARCHAR NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    xml BYTEA,
    CONSTRAINT fk_tax_note_cancellations_note_id_partner_id_customer_id
        FOREIGN KEY (note_id, partner_id, customer_id) REFERENCES tax_notes (id, partner_id, customer_id),
    CONSTRAINT ck_tax_note_cancellations_cancellationstate CHECK (state IN ('asked', 'done', 'refused')),
    CONSTRAINT ck_tax_note_cancellations_says_why CHECK (reason <> '' AND code <> ''),
    CONSTRAINT ck_tax_note_cancellations_ends_once CHECK ((state = 'asked') = (ended_at IS NULL)),
    CONSTRAINT ck_tax_note_cancellations_done_has_event CHECK ((state = 'done') = (xml IS NOT NULL)),
    CONSTRAINT ck_tax_note_cancellations_refused_for_a_reason CHECK ((state = 'refused') = (trouble <> ''))
);
CREATE UNIQUE INDEX uq_tax_note_cancellations_note_id ON tax_note_cancellations (note_id)
    WHERE state <> 'refused';
CREATE INDEX ix_tax_note_cancellations_note_id ON tax_note_cancellations (note_id);

CREATE FUNCTION tax_notes_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% stays as it was', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER tax_notes_kept BEFORE DELETE ON tax_notes
    FOR EACH ROW EXECUTE FUNCTION tax_notes_frozen();
CREATE TRIGGER tax_notes_no_truncate BEFORE TRUNCATE ON tax_notes
    FOR EACH STATEMENT EXECUTE FUNCTION tax_notes_frozen();
CREATE TRIGGER tax_notes_discount_frozen BEFORE UPDATE ON tax_notes FOR EACH ROW
    WHEN (OLD.discount_cents <> NEW.discount_cents) EXECUTE FUNCTION tax_notes_frozen();
CREATE TRIGGER tax_notes_frozen BEFORE UPDATE ON tax_notes FOR EACH ROW
    WHEN ((OLD.month, OLD.series, OLD.number, OLD.dps_id, OLD.is_test, OLD.invoice_id, OLD.invoice_line_id,
            OLD.customer_id, OLD.amount_cents, OLD.is_setup, OLD.due_on, OLD.replaces_id)
        IS DISTINCT FROM (NEW.month, NEW.series, NEW.number, NEW.dps_id, NEW.is_test, NEW.invoice_id,
            NEW.invoice_line_id, NEW.customer_id, NEW.amount_cents, NEW.is_setup, NEW.due_on, NEW.replaces_id)
        OR (OLD.access_key IS NOT NULL
            AND (OLD.access_key, OLD.fiscal_number, OLD.authorized_at, OLD.xml, OLD.taker_name,
                OLD.taker_document, OLD.description)
            IS DISTINCT FROM (NEW.access_key, NEW.fiscal_number, NEW.authorized_at, NEW.xml, NEW.taker_name,
                NEW.taker_document, NEW.description)))
    EXECUTE FUNCTION tax_notes_frozen();
CREATE FUNCTION tax_notes_go_their_way() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('queued', 'sent'), ('queued', 'waiting'), ('sent', 'authorized'), ('sent', 'rejected'),
        ('sent', 'waiting'), ('rejected', 'queued'), ('waiting', 'queued'), ('authorized', 'canceled'),
        ('authorized', 'replaced')) THEN
        RAISE EXCEPTION 'a tax note does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tax_notes_go_their_way BEFORE UPDATE OF state ON tax_notes FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION tax_notes_go_their_way();

-- What is made together is looked at together: each note is worth its line, all of them their invoice less
-- the late charges it carries, and the numbers follow those before.
CREATE FUNCTION tax_notes_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM made JOIN invoice_lines AS line ON line.id = made.invoice_line_id
        WHERE line.invoice_id <> made.invoice_id OR line.amount_cents <> made.amount_cents) THEN
        RAISE EXCEPTION 'a tax note is worth its line' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM made JOIN invoices ON invoices.id = made.invoice_id
        WHERE made.replaces_id IS NULL
        GROUP BY invoices.id
        HAVING sum(made.amount_cents - made.discount_cents) <> invoices.amount_cents - invoices.carried_cents - (
            SELECT coalesce(sum(credit_notes.amount_cents), 0) FROM credit_notes
            WHERE credit_notes.invoice_id = invoices.id)) THEN
        RAISE EXCEPTION 'tax notes add up to their invoice' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM made JOIN tax_note_series AS series ON series.name = made.series
        GROUP BY series.name, series.last_number
        HAVING max(made.number) <> series.last_number
            OR count(*) <> max(made.number) - min(made.number) + 1
            OR min(made.number) > 1 AND NOT EXISTS (
                SELECT FROM tax_notes AS before
                WHERE before.series = series.name AND before.number = min(made.number) - 1)) THEN
        RAISE EXCEPTION 'tax notes are numbered without gaps' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tax_notes_add_up AFTER INSERT ON tax_notes REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION tax_notes_add_up();
CREATE FUNCTION tax_note_series_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'numbers of tax notes are given once' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER tax_note_series_forward BEFORE UPDATE ON tax_note_series FOR EACH ROW
    WHEN (NEW.last_number < OLD.last_number OR NEW.name <> OLD.name)
    EXECUTE FUNCTION tax_note_series_forward();
CREATE TRIGGER tax_note_series_kept BEFORE DELETE ON tax_note_series
    FOR EACH ROW EXECUTE FUNCTION tax_note_series_forward();

CREATE TRIGGER tax_note_cancellations_kept BEFORE DELETE ON tax_note_cancellations
    FOR EACH ROW EXECUTE FUNCTION tax_notes_frozen();
CREATE TRIGGER tax_note_cancellations_frozen BEFORE UPDATE ON tax_note_cancellations FOR EACH ROW
    WHEN (OLD.state <> 'asked' OR (OLD.note_id, OLD.code, OLD.reason, OLD.asked_at, OLD.asked_by_id)
        IS DISTINCT FROM (NEW.note_id, NEW.code, NEW.reason, NEW.asked_at, NEW.asked_by_id))
    EXECUTE FUNCTION tax_notes_frozen();

-- Other rooms extend this list too.
ALTER TABLE tasks DROP CONSTRAINT ck_tasks_taskkind, ADD CONSTRAINT ck_tasks_taskkind
    CHECK (kind IN ('pay_repasse', 'review_repasse', 'refund', 'dispute', 'offer_renewal', 'cancellation', 'follow_up',
        'call', 'tax_note', 'other'));
"""

DOWN = """
UPDATE tasks SET kind = 'other' WHERE kind = 'tax_note';
ALTER TABLE tasks DROP CONSTRAINT ck_tasks_taskkind, ADD CONSTRAINT ck_tasks_taskkind
    CHECK (kind IN ('pay_repasse', 'review_repasse', 'refund', 'dispute', 'offer_renewal', 'cancellation', 'follow_up',
        'call', 'other'));
DROP TABLE tax_note_cancellations, tax_notes, tax_note_runs, tax_note_series;
DROP FUNCTION tax_notes_frozen, tax_notes_go_their_way, tax_notes_add_up, tax_note_series_forward;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
