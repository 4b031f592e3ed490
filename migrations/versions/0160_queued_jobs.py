"""Tables get the words of their code: a queued job, how often and when it was enqueued; a card reported as taken."""

from alembic import op

revision = "0160"
down_revision = "0150"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE errands RENAME TO queued_jobs;
ALTER TABLE queued_jobs RENAME COLUMN rounds TO run_count;
ALTER TABLE queued_jobs RENAME COLUMN asked_at TO enqueued_at;
ALTER TABLE queued_jobs RENAME CONSTRAINT pk_errands TO pk_queued_jobs;
ALTER TABLE queued_jobs RENAME CONSTRAINT uq_errands_kind_subject_id TO uq_queued_jobs_kind_subject_id;
ALTER TABLE queued_jobs RENAME CONSTRAINT ck_errands_state TO ck_queued_jobs_state;
ALTER INDEX ix_errands_waiting RENAME TO ix_queued_jobs_waiting;
ALTER INDEX ix_errands_worker_id RENAME TO ix_queued_jobs_worker_id;
ALTER SEQUENCE errands_id_seq RENAME TO queued_jobs_id_seq;
ALTER TRIGGER errands_ring ON queued_jobs RENAME TO queued_jobs_ring;
ALTER TABLE card_setups RENAME COLUMN told_at TO reported_at;
ALTER TABLE card_setups DROP CONSTRAINT ck_card_setups_cardsetupstate;
DROP INDEX uq_card_setups_open;
UPDATE card_setups SET state = 'reported' WHERE state = 'told';
ALTER TABLE card_setups ADD CONSTRAINT ck_card_setups_cardsetupstate
    CHECK (state IN ('created', 'ready', 'reported', 'succeeded', 'dropped'));
CREATE UNIQUE INDEX uq_card_setups_open ON card_setups (request_id) WHERE state IN ('created', 'ready', 'reported');
"""

DOWN = """
DROP INDEX uq_card_setups_open;
ALTER TABLE card_setups DROP CONSTRAINT ck_card_setups_cardsetupstate;
UPDATE card_setups SET state = 'told' WHERE state = 'reported';
ALTER TABLE card_setups ADD CONSTRAINT ck_card_setups_cardsetupstate
    CHECK (state IN ('created', 'ready', 'told', 'succeeded', 'dropped'));
CREATE UNIQUE INDEX uq_card_setups_open ON card_setups (request_id) WHERE state IN ('created', 'ready', 'told');
ALTER TABLE card_setups RENAME COLUMN reported_at TO told_at;
ALTER TRIGGER queued_jobs_ring ON queued_jobs RENAME TO errands_ring;
ALTER SEQUENCE queued_jobs_id_seq RENAME TO errands_id_seq;
ALTER INDEX ix_queued_jobs_worker_id RENAME TO ix_errands_worker_id;
ALTER INDEX ix_queued_jobs_waiting RENAME TO ix_errands_waiting;
ALTER TABLE queued_jobs RENAME CONSTRAINT ck_queued_jobs_state TO ck_errands_state;
ALTER TABLE queued_jobs RENAME CONSTRAINT uq_queued_jobs_kind_subject_id TO uq_errands_kind_subject_id;
ALTER TABLE queued_jobs RENAME CONSTRAINT pk_queued_jobs TO pk_errands;
ALTER TABLE queued_jobs RENAME COLUMN enqueued_at TO asked_at;
ALTER TABLE queued_jobs RENAME COLUMN run_count TO rounds;
ALTER TABLE queued_jobs RENAME TO errands;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
