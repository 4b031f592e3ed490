"""When a bank did not take a boleto, kept with it; until now only the log said so.

What came, each time, of that which a task is about: a task itself never changes. And a share that goes back
because a Pix was returned after a contest is called so.
"""

from alembic import op

revision = "0590"
down_revision = "0580"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE boletos ADD COLUMN rejected_at TIMESTAMP WITH TIME ZONE;
UPDATE boletos SET rejected_at = coalesce((SELECT max(at) FROM log_entries WHERE subject_type = 'boletos'
    AND subject_id = boletos.id AND action = 'boleto_rejected'), issued_at) WHERE state = 'rejected';
ALTER TABLE boletos ADD CONSTRAINT ck_boletos_rejected_at_some_time
    CHECK (state <> 'rejected' OR rejected_at IS NOT NULL);
CREATE INDEX ix_boletos_rejected_at ON boletos (rejected_at) WHERE state = 'rejected';

ALTER TABLE repasse_reversals DROP CONSTRAINT ck_repasse_reversals_reversalcause,
    ADD CONSTRAINT ck_repasse_reversals_reversalcause CHECK (
        cause IN ('refund', 'dispute', 'pix_returned', 'undone', 'credit_note', 'restored', 'repaid'));

CREATE TABLE task_mentions (
    id BIGSERIAL CONSTRAINT pk_task_mentions PRIMARY KEY,
    task_id BIGINT NOT NULL CONSTRAINT fk_task_mentions_task_id REFERENCES tasks (id),
    said VARCHAR NOT NULL,
    said_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT uq_task_mentions_task_id_said UNIQUE (task_id, said),
    CONSTRAINT ck_task_mentions_says_something CHECK (said <> '')
);
CREATE FUNCTION task_mentions_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what came stays as it was' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER task_mentions_kept BEFORE UPDATE OR DELETE ON task_mentions
    FOR EACH ROW EXECUTE FUNCTION task_mentions_kept();
CREATE TRIGGER task_mentions_no_truncate BEFORE TRUNCATE ON task_mentions
    FOR EACH STATEMENT EXECUTE FUNCTION task_mentions_kept();
"""
DOWN = """
ALTER TABLE repasse_reversals DISABLE TRIGGER USER;
UPDATE repasse_reversals SET cause = 'refund' WHERE cause = 'pix_returned';
ALTER TABLE repasse_reversals ENABLE TRIGGER USER;
ALTER TABLE repasse_reversals DROP CONSTRAINT ck_repasse_reversals_reversalcause,
    ADD CONSTRAINT ck_repasse_reversals_reversalcause
        CHECK (cause IN ('refund', 'dispute', 'undone', 'credit_note', 'restored', 'repaid'));
DROP TABLE task_mentions;
DROP FUNCTION task_mentions_kept();
ALTER TABLE boletos DROP COLUMN rejected_at;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
