"""Billing in sets: runs of a day, their chunks, and invoices that are born open inside of a chunk.

An invoice made by a person begins as a draft; one made by a run is open from the start. What a draft's guards
see when it is issued, a run's chunk must show when it is closed: every invoice of it adds up, and its range
of numbers is used or explained.
"""

from alembic import op

revision = "0150"
down_revision = "0140"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE billing_runs (
    id BIGSERIAL CONSTRAINT pk_billing_runs PRIMARY KEY,
    day DATE NOT NULL CONSTRAINT uq_billing_runs_day UNIQUE,
    due_until DATE NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT ck_billing_runs_looks_ahead CHECK (due_until >= day)
);
CREATE TABLE billing_chunks (
    id BIGSERIAL CONSTRAINT pk_billing_chunks PRIMARY KEY,
    run_id BIGINT NOT NULL CONSTRAINT fk_billing_chunks_run_id REFERENCES billing_runs (id),
    first_id BIGINT NOT NULL,
    last_id BIGINT NOT NULL,
    first_number BIGINT NOT NULL,
    count BIGINT NOT NULL,
    planned_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    invoiced BIGINT,
    invoiced_cents BIGINT,
    parked BIGINT,
    CONSTRAINT uq_billing_chunks_first_number UNIQUE (first_number),
    CONSTRAINT ck_billing_chunks_ids_forward CHECK (last_id >= first_id),
    CONSTRAINT ck_billing_chunks_has_numbers CHECK (first_number >= 1 AND count >= 1),
    CONSTRAINT ck_billing_chunks_done_says_what CHECK (
        num_nonnulls(done_at, invoiced, invoiced_cents, parked) IN (0, 4)
        AND (invoiced IS NULL OR invoiced BETWEEN 0 AND count))
);
CREATE INDEX ix_billing_chunks_run_id ON billing_chunks (run_id);

CREATE TABLE voided_numbers (
    number BIGINT CONSTRAINT pk_voided_numbers PRIMARY KEY,
    chunk_id BIGINT NOT NULL CONSTRAINT fk_voided_numbers_chunk_id REFERENCES billing_chunks (id),
    reason VARCHAR NOT NULL,
    CONSTRAINT ck_voided_numbers_says_why CHECK (reason <> '')
);
CREATE INDEX ix_voided_numbers_chunk_id ON voided_numbers (chunk_id);

ALTER TABLE invoices
    ADD COLUMN chunk_id BIGINT CONSTRAINT fk_invoices_chunk_id REFERENCES billing_chunks (id);
CREATE INDEX ix_invoices_due_on_id ON invoices (due_on, id);
CREATE INDEX ix_invoices_partner_id_due_on_id ON invoices (partner_id, due_on, id);
CREATE INDEX ix_boletos_number ON boletos (number);
-- What is issued has no payment yet: most postings would stand in this index for nothing.
DROP INDEX ix_postings_payment_key;
CREATE INDEX ix_postings_payment_key ON postings (payment_key) WHERE payment_key <> '';
CREATE INDEX ix_invoices_chunk_id ON invoices (chunk_id) WHERE chunk_id IS NOT NULL;

-- `calculator.billing_period`, for payments that follow a first one. Months are counted from year 0.
CREATE FUNCTION day_in_month(month bigint, day bigint) RETURNS date LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    first_day CONSTANT date := make_date((month / 12)::int, (month % 12)::int + 1, 1);
BEGIN
    IF day <= 28 THEN
        RETURN first_day + (day::int - 1);
    END IF;
    RETURN least(first_day + (day::int - 1),
        make_date(((month + 1) / 12)::int, ((month + 1) % 12)::int + 1, 1) - 1);
END $$;
CREATE FUNCTION billing_period(
    counted_from date, months bigint, payments bigint, due_day bigint, first_ends_on date, in_terms bigint,
    OUT term bigint, OUT payment bigint, OUT due_on date, OUT starts_on date, OUT ends_on date,
    OUT grace_until date
) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    is_proportional CONSTANT boolean := first_ends_on IS NOT NULL;
    before CONSTANT bigint := in_terms - CASE WHEN is_proportional THEN 2 ELSE 1 END;
    part CONSTANT bigint := before % payments;
    begins CONSTANT date := coalesce(first_ends_on + 1, counted_from);
    first_month CONSTANT bigint := extract(year FROM begins)::bigint * 12 + extract(month FROM begins)::bigint - 1
        + before / payments * months;
    first_of CONSTANT bigint := first_month + months * part / payments;
    next_of CONSTANT bigint := first_month + months * (part + 1) / payments;
BEGIN
    term := before / payments + 1;
    payment := part + 1;
    due_on := day_in_month(first_month + part, due_day);
    IF is_proportional THEN
        starts_on := day_in_month(first_of, due_day);
        grace_until := day_in_month(next_of, due_day);
        ends_on := grace_until - 1;
    ELSE
        starts_on := day_in_month(first_of + 1, 1);
        ends_on := day_in_month(next_of + 1, 1) - 1;
        grace_until := ends_on;
    END IF;
END $$;

DROP TRIGGER invoices_begin_as_draft ON invoices;
DROP FUNCTION invoices_begin_as_draft();
CREATE FUNCTION invoices_begin_as_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM begun LEFT JOIN billing_chunks AS chunk ON chunk.id = begun.chunk_id AND chunk.done_at IS NULL
        WHERE CASE WHEN begun.chunk_id IS NULL THEN begun.state <> 'draft'
            ELSE chunk.id IS NULL OR begun.state <> 'open'
                OR begun.number NOT BETWEEN chunk.first_number AND chunk.first_number + chunk.count - 1 END
    ) THEN
        RAISE EXCEPTION 'an invoice begins as a draft' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER invoices_begin_as_draft AFTER INSERT ON invoices
    REFERENCING NEW TABLE AS begun FOR EACH STATEMENT EXECUTE FUNCTION invoices_begin_as_draft();

CREATE FUNCTION invoices_chunk_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'invoices is frozen' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER invoices_chunk_frozen BEFORE UPDATE ON invoices FOR EACH ROW
    WHEN (OLD.chunk_id IS DISTINCT FROM NEW.chunk_id) EXECUTE FUNCTION invoices_chunk_frozen();

DROP TRIGGER invoice_lines_too_late ON invoice_lines;
DROP FUNCTION invoice_lines_too_late();
CREATE FUNCTION invoice_lines_too_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written JOIN invoices ON invoices.id = written.invoice_id
        LEFT JOIN billing_chunks AS chunk ON chunk.id = invoices.chunk_id AND chunk.done_at IS NULL
        WHERE invoices.state <> 'draft' AND chunk.id IS NULL
    ) THEN
        RAISE EXCEPTION 'invoice is issued' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER invoice_lines_too_late AFTER INSERT ON invoice_lines
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION invoice_lines_too_late();

CREATE FUNCTION billing_chunks_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.done_at IS NOT NULL OR (OLD.run_id, OLD.first_id, OLD.last_id, OLD.first_number, OLD.count, OLD.planned_at)
        IS DISTINCT FROM (NEW.run_id, NEW.first_id, NEW.last_id, NEW.first_number, NEW.count, NEW.planned_at) THEN
        RAISE EXCEPTION 'billing_chunks is frozen' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM invoices LEFT JOIN invoice_lines AS line ON line.invoice_id = invoices.id
        WHERE invoices.chunk_id = NEW.id
        GROUP BY invoices.id HAVING invoices.amount_cents <> coalesce(sum(line.amount_cents), 0)
    ) THEN
        RAISE EXCEPTION 'invoice lines do not add up' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.count <> (SELECT count(*) FROM invoices WHERE chunk_id = NEW.id)
            + (SELECT count(*) FROM voided_numbers WHERE chunk_id = NEW.id)
        OR NEW.invoiced <> (SELECT count(*) FROM invoices WHERE chunk_id = NEW.id)
        OR NEW.invoiced_cents <> (SELECT coalesce(sum(amount_cents), 0) FROM invoices WHERE chunk_id = NEW.id)
    THEN
        RAISE EXCEPTION 'a number of the chunk is not explained' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_chunks_add_up BEFORE UPDATE ON billing_chunks
    FOR EACH ROW EXECUTE FUNCTION billing_chunks_add_up();

CREATE FUNCTION billing_runs_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was billed is kept' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER billing_runs_kept BEFORE UPDATE OR DELETE ON billing_runs
    FOR EACH ROW EXECUTE FUNCTION billing_runs_kept();
CREATE TRIGGER billing_chunks_kept BEFORE DELETE ON billing_chunks
    FOR EACH ROW EXECUTE FUNCTION billing_runs_kept();
CREATE TRIGGER voided_numbers_kept BEFORE UPDATE OR DELETE ON voided_numbers
    FOR EACH ROW EXECUTE FUNCTION billing_runs_kept();
"""

DOWN = """
DROP TRIGGER invoices_chunk_frozen ON invoices;
DROP FUNCTION invoices_chunk_frozen();
DROP TRIGGER invoice_lines_too_late ON invoice_lines;
DROP FUNCTION invoice_lines_too_late();
CREATE FUNCTION invoice_lines_too_late() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN IF (SELECT state FROM invoices WHERE id = NEW.invoice_id) <> 'draft' THEN RAISE EXCEPTION 'invoice is issued' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $function$;
CREATE TRIGGER invoice_lines_too_late BEFORE INSERT ON invoice_lines FOR EACH ROW EXECUTE FUNCTION invoice_lines_too_late();
DROP TRIGGER invoices_begin_as_draft ON invoices;
DROP FUNCTION invoices_begin_as_draft();
CREATE FUNCTION invoices_begin_as_draft() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN IF NEW.state <> 'draft' THEN RAISE EXCEPTION 'an invoice begins as a draft' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $function$;
CREATE TRIGGER invoices_begin_as_draft BEFORE INSERT ON invoices FOR EACH ROW EXECUTE FUNCTION invoices_begin_as_draft();
DROP INDEX ix_postings_payment_key;
CREATE INDEX ix_postings_payment_key ON postings (payment_key);
DROP INDEX ix_boletos_number;
DROP INDEX ix_invoices_partner_id_due_on_id;
DROP INDEX ix_invoices_due_on_id;
ALTER TABLE invoices DROP COLUMN chunk_id;
DROP TABLE voided_numbers;
DROP TABLE billing_chunks;
DROP TABLE billing_runs;
DROP FUNCTION billing_runs_kept();
DROP FUNCTION billing_chunks_add_up();
DROP FUNCTION billing_period(date, bigint, bigint, bigint, date, bigint);
DROP FUNCTION day_in_month(bigint, bigint);
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
