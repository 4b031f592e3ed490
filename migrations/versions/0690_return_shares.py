"""A long return is applied by two workers at once, each with its share of the customers.

A line says whose share it is, as of the check, so that none is left by both; a share goes on by itself, and the
file is as far as the share that is behind.
"""

from alembic import op

revision = "0690"
down_revision = "0680"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE bank_file_shares (
    id BIGSERIAL CONSTRAINT pk_bank_file_shares PRIMARY KEY,
    file_id BIGINT NOT NULL CONSTRAINT fk_bank_file_shares_file_id REFERENCES bank_files (id),
    place BIGINT NOT NULL,
    count BIGINT NOT NULL,
    applied_parts BIGINT NOT NULL,
    left_lines BIGINT[] NOT NULL,
    CONSTRAINT uq_bank_file_shares_file_id_place UNIQUE (file_id, place),
    CONSTRAINT ck_bank_file_shares_place_within CHECK (place >= 0 AND place < count AND applied_parts >= 0)
);
CREATE TRIGGER bank_file_shares_kept BEFORE DELETE ON bank_file_shares
    FOR EACH ROW EXECUTE FUNCTION bank_files_frozen();
CREATE TRIGGER bank_file_shares_go_on BEFORE UPDATE ON bank_file_shares FOR EACH ROW
    WHEN ((OLD.file_id, OLD.place, OLD.count) IS DISTINCT FROM (NEW.file_id, NEW.place, NEW.count)
        OR NEW.applied_parts < OLD.applied_parts)
    EXECUTE FUNCTION bank_files_frozen();

CREATE FUNCTION bank_files_as_far_as_shares() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.applied_parts > (SELECT min(applied_parts) FROM bank_file_shares WHERE file_id = NEW.id)
        OR (SELECT count(*) <> coalesce(max(count), 1) FROM bank_file_shares WHERE file_id = NEW.id) THEN
        RAISE EXCEPTION 'a share of this return is not applied' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_files_as_far_as_shares BEFORE UPDATE ON bank_files FOR EACH ROW
    WHEN (NEW.applied_parts > OLD.applied_parts) EXECUTE FUNCTION bank_files_as_far_as_shares();

DROP TRIGGER bank_file_lines_frozen ON bank_file_lines;
ALTER TABLE bank_file_lines ADD COLUMN share BIGINT;
CREATE TRIGGER bank_file_lines_frozen BEFORE UPDATE ON bank_file_lines FOR EACH ROW
    WHEN ((OLD.file_id, OLD.line, OLD.number, OLD.our_number, OLD.what, OLD.reasons, OLD.amount_cents,
            OLD.fee_cents, OLD.credited_cents, OLD.pix, OLD.likeness, OLD.note, OLD.share)
        IS DISTINCT FROM (NEW.file_id, NEW.line, NEW.number, NEW.our_number, NEW.what, NEW.reasons,
            NEW.amount_cents, NEW.fee_cents, NEW.credited_cents, NEW.pix, NEW.likeness, NEW.note, NEW.share))
    EXECUTE FUNCTION bank_files_frozen();

-- What is being applied goes on as one share.
INSERT INTO bank_file_shares (file_id, place, count, applied_parts, left_lines)
SELECT id, 0, 1, applied_parts, '{}' FROM bank_files WHERE state = 'applying';
UPDATE queued_jobs SET kind = 'apply-return', subject_id = bank_file_shares.id
FROM bank_file_shares
WHERE queued_jobs.kind = 'go-on-with-return' AND queued_jobs.subject_id = bank_file_shares.file_id;
UPDATE queued_jobs SET kind = 'check-return' WHERE kind = 'go-on-with-return';
"""

DOWN = """
-- Shares that are not as far as one another cannot be told as one.
DO $$ BEGIN
    IF EXISTS (SELECT FROM bank_file_shares JOIN bank_files ON bank_files.id = file_id
            WHERE state = 'applying' AND count > 1) THEN
        RAISE EXCEPTION 'wait until every return is applied';
    END IF;
END $$;
DELETE FROM queued_jobs USING bank_files
WHERE queued_jobs.kind = 'check-return' AND bank_files.id = queued_jobs.subject_id AND bank_files.state = 'applying';
UPDATE queued_jobs SET kind = 'go-on-with-return', subject_id = bank_files.id
FROM bank_file_shares JOIN bank_files ON bank_files.id = bank_file_shares.file_id
WHERE queued_jobs.kind = 'apply-return' AND queued_jobs.subject_id = bank_file_shares.id
    AND bank_files.state = 'applying';
DELETE FROM queued_jobs WHERE kind = 'apply-return';
UPDATE queued_jobs SET kind = 'go-on-with-return' WHERE kind = 'check-return';
DROP TRIGGER bank_file_lines_frozen ON bank_file_lines;
ALTER TABLE bank_file_lines DROP COLUMN share;
CREATE TRIGGER bank_file_lines_frozen BEFORE UPDATE ON bank_file_lines FOR EACH ROW
    WHEN ((OLD.file_id, OLD.line, OLD.number, OLD.our_number, OLD.what, OLD.reasons, OLD.amount_cents,
            OLD.fee_cents, OLD.credited_cents, OLD.pix, OLD.likeness, OLD.note)
        IS DISTINCT FROM (NEW.file_id, NEW.line, NEW.number, NEW.our_number, NEW.what, NEW.reasons,
            NEW.amount_cents, NEW.fee_cents, NEW.credited_cents, NEW.pix, NEW.likeness, NEW.note))
    EXECUTE FUNCTION bank_files_frozen();
DROP TRIGGER bank_files_as_far_as_shares ON bank_files;
DROP FUNCTION bank_files_as_far_as_shares();
DROP TABLE bank_file_shares;
"""


def upgrade() -> None:
    """Give every return that is being applied its one share."""
    op.execute(UP)


def downgrade() -> None:
    """Apply returns one part after the other again."""
    op.execute(DOWN)
