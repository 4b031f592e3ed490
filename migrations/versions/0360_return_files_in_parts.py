"""Files of the bank in parts of some lines each: read, checked and applied part by part, however long they are."""

from alembic import op

revision = "0360"
down_revision = "0462"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE bank_file_parts (
    file_id BIGINT NOT NULL CONSTRAINT fk_bank_file_parts_file_id REFERENCES bank_files (id),
    place BIGINT NOT NULL,
    first_line BIGINT NOT NULL,
    content BYTEA NOT NULL,
    CONSTRAINT pk_bank_file_parts PRIMARY KEY (file_id, place),
    CONSTRAINT ck_bank_file_parts_from_one CHECK (place >= 1 AND first_line >= 1)
);
CREATE TABLE bank_file_lines (
    file_id BIGINT NOT NULL CONSTRAINT fk_bank_file_lines_file_id REFERENCES bank_files (id),
    line BIGINT NOT NULL,
    number BIGINT,
    our_number VARCHAR NOT NULL,
    what VARCHAR NOT NULL,
    reasons VARCHAR NOT NULL,
    amount_cents BIGINT NOT NULL,
    fee_cents BIGINT,
    credited_cents BIGINT,
    pix VARCHAR NOT NULL,
    likeness VARCHAR,
    effect VARCHAR(40),
    note VARCHAR NOT NULL,
    CONSTRAINT pk_bank_file_lines PRIMARY KEY (file_id, line),
    CONSTRAINT ck_bank_file_lines_effect CHECK (effect IN ('register', 'reject', 'pay', 'pay_part', 'pay_unknown',
        'await', 'write_off', 'ask_again', 'undo', 'known', 'unknown', 'noted', 'unknown_code'))
);

ALTER TABLE bank_files
    ADD COLUMN line_count BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN has_repeats BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN part_count BIGINT NOT NULL DEFAULT 1,
    ADD COLUMN checked_parts BIGINT NOT NULL DEFAULT 1,
    ADD COLUMN applied_parts BIGINT NOT NULL DEFAULT 0,
    DROP CONSTRAINT ck_bank_files_bankfilestate;
DROP TRIGGER bank_files_frozen ON bank_files;
UPDATE bank_files SET line_count = jsonb_array_length(results), applied_parts = (state = 'applied')::INT;
INSERT INTO bank_file_parts SELECT id, 1, 1, content FROM bank_files;
INSERT INTO bank_file_lines (file_id, line, our_number, what, reasons, amount_cents, fee_cents, credited_cents,
    pix, note)
SELECT f.id, told.place, coalesce(told.said ->> 'our_number', ''), coalesce(told.said ->> 'what', ''),
    coalesce((SELECT string_agg(reason, ', ') FROM jsonb_array_elements_text(told.said -> 'reasons') AS reason), ''),
    coalesce((told.said ->> 'amount_cents')::BIGINT, 0), (told.said ->> 'fee_cents')::BIGINT,
    (told.said ->> 'credited_cents')::BIGINT, coalesce(told.said ->> 'pix', ''),
    coalesce(told.said ->> 'effect', '')
FROM bank_files AS f, jsonb_array_elements(f.results) WITH ORDINALITY AS told (said, place)
WHERE f.state <> 'read';
-- What is read and waits is checked once more, so that its lines say what whoever applies them has to know.
UPDATE bank_files SET state = 'checking', checked_parts = 0 WHERE state = 'read';
UPDATE bank_files SET checked_parts = 0 WHERE state = 'damaged';
INSERT INTO queued_jobs (kind, lane, subject_id, state, run_count, attempts, next_attempt_at, last_error, enqueued_at)
SELECT 'go-on-with-return', 'bank', id, 'waiting', 1, 0, now(), '', now() FROM bank_files WHERE state = 'checking';

ALTER TABLE bank_files
    DROP COLUMN content,
    DROP COLUMN results,
    ALTER COLUMN line_count DROP DEFAULT,
    ALTER COLUMN has_repeats DROP DEFAULT,
    ALTER COLUMN part_count DROP DEFAULT,
    ALTER COLUMN checked_parts DROP DEFAULT,
    ALTER COLUMN applied_parts DROP DEFAULT,
    ADD CONSTRAINT ck_bank_files_bankfilestate CHECK (
        state IN ('made', 'sent', 'damaged', 'checking', 'read', 'applying', 'applied')),
    ADD CONSTRAINT ck_bank_files_parts_in_order CHECK (
        part_count >= 1 AND checked_parts BETWEEN 0 AND part_count AND applied_parts BETWEEN 0 AND part_count),
    ADD CONSTRAINT ck_bank_files_applied_to_its_end CHECK (
        (state = 'applied') = (kind = 'return' AND applied_parts = part_count));

CREATE OR REPLACE FUNCTION bank_files_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is frozen', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER bank_files_frozen BEFORE UPDATE ON bank_files FOR EACH ROW
    WHEN ((OLD.kind, OLD.number, OLD.name, OLD.sha256, OLD.size, OLD.part_count, OLD.created_at, OLD.created_by_id)
        IS DISTINCT FROM (NEW.kind, NEW.number, NEW.name, NEW.sha256, NEW.size, NEW.part_count, NEW.created_at,
            NEW.created_by_id))
    EXECUTE FUNCTION bank_files_frozen();
-- What is applied is not applied again: the parts only become more.
CREATE TRIGGER bank_files_go_on BEFORE UPDATE ON bank_files FOR EACH ROW
    WHEN (NEW.applied_parts < OLD.applied_parts OR NEW.checked_parts < OLD.checked_parts
        OR OLD.state = 'applied' AND NEW.state <> 'applied')
    EXECUTE FUNCTION bank_files_frozen();
CREATE TRIGGER bank_file_parts_frozen BEFORE UPDATE OR DELETE ON bank_file_parts
    FOR EACH ROW EXECUTE FUNCTION bank_files_frozen();
CREATE TRIGGER bank_file_lines_kept BEFORE DELETE ON bank_file_lines
    FOR EACH ROW EXECUTE FUNCTION bank_files_frozen();
CREATE TRIGGER bank_file_lines_frozen BEFORE UPDATE ON bank_file_lines FOR EACH ROW
    WHEN ((OLD.file_id, OLD.line, OLD.number, OLD.our_number, OLD.what, OLD.reasons, OLD.amount_cents,
            OLD.fee_cents, OLD.credited_cents, OLD.pix, OLD.likeness, OLD.note)
        IS DISTINCT FROM (NEW.file_id, NEW.line, NEW.number, NEW.our_number, NEW.what, NEW.reasons,
            NEW.amount_cents, NEW.fee_cents, NEW.credited_cents, NEW.pix, NEW.likeness, NEW.note))
    EXECUTE FUNCTION bank_files_frozen();
"""

DOWN = """
DROP TRIGGER bank_files_go_on ON bank_files;
DROP TRIGGER bank_files_frozen ON bank_files;
ALTER TABLE bank_files
    ADD COLUMN content BYTEA,
    ADD COLUMN results JSONB,
    DROP CONSTRAINT ck_bank_files_applied_to_its_end,
    DROP CONSTRAINT ck_bank_files_parts_in_order,
    DROP CONSTRAINT ck_bank_files_bankfilestate;
UPDATE bank_files SET
    state = CASE WHEN state IN ('checking', 'applying') THEN 'read' ELSE state END,
    content = (SELECT string_agg(content, '' ORDER BY place) FROM bank_file_parts WHERE file_id = bank_files.id),
    results = (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('line', line, 'our_number', our_number,
            'what', what, 'reasons', string_to_array(nullif(reasons, ''), ', '), 'amount_cents', amount_cents,
            'fee_cents', fee_cents, 'credited_cents', credited_cents, 'pix', pix,
            'effect', coalesce(nullif(note, ''), effect, ''))) ORDER BY line), '[]')
        FROM bank_file_lines WHERE file_id = bank_files.id);
DELETE FROM queued_jobs WHERE kind = 'go-on-with-return';
DROP TABLE bank_file_lines, bank_file_parts;
ALTER TABLE bank_files
    ALTER COLUMN content SET NOT NULL,
    ALTER COLUMN results SET NOT NULL,
    DROP COLUMN line_count,
    DROP COLUMN has_repeats,
    DROP COLUMN part_count,
    DROP COLUMN checked_parts,
    DROP COLUMN applied_parts,
    ADD CONSTRAINT ck_bank_files_bankfilestate CHECK (state IN ('made', 'sent', 'damaged', 'read', 'applied'));
CREATE OR REPLACE FUNCTION bank_files_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'bank_files is frozen' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER bank_files_frozen BEFORE UPDATE ON bank_files FOR EACH ROW
    WHEN ((OLD.kind, OLD.number, OLD.name, OLD.sha256, OLD.size, OLD.content, OLD.created_at, OLD.created_by_id)
        IS DISTINCT FROM (NEW.kind, NEW.number, NEW.name, NEW.sha256, NEW.size, NEW.content, NEW.created_at,
            NEW.created_by_id))
    EXECUTE FUNCTION bank_files_frozen();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
