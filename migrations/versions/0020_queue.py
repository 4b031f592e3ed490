"""The queue rings through the database, knows which worker holds what, and sends the mail."""

from alembic import op

revision = "0020"
down_revision = "0004"
branch_labels = None
depends_on = None

UP = (
    """
    ALTER TABLE errands ADD COLUMN worker_id bigint
    """,
    "DROP INDEX ix_errands_state_lane_next_attempt_at",
    "CREATE INDEX ix_errands_waiting ON errands (lane, next_attempt_at, id) WHERE state = 'waiting'",
    "CREATE INDEX ix_errands_worker_id ON errands (worker_id) WHERE worker_id IS NOT NULL",
    "UPDATE errands SET lane = CASE WHEN lane = 'outside' THEN 'card' ELSE lane END",
    "DROP TABLE queue_workers",
    """
    CREATE TABLE queue_workers (
        id bigserial NOT NULL CONSTRAINT pk_queue_workers PRIMARY KEY,
        name varchar NOT NULL,
        started_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL
    )
    """,
    """
    INSERT INTO errands (kind, lane, subject_id, state, rounds, attempts, next_attempt_at, last_error, asked_at)
    SELECT 'mail', 'mail', id, 'waiting', 1, attempts, next_attempt_at, last_error, created_at
    FROM mail_messages WHERE state = 'queued'
    """,
    "DROP INDEX ix_mail_messages_state_next_attempt_at",
    "CREATE INDEX ix_mail_messages_state_created_at ON mail_messages (state, created_at)",
    """
    ALTER TABLE mail_messages
        DROP COLUMN attempts, DROP COLUMN next_attempt_at, DROP COLUMN lease, DROP COLUMN leased_until
    """,
    """
    CREATE FUNCTION ring_the_queue() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('portal_queue', '');
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER errands_ring AFTER INSERT OR UPDATE OF rounds, next_attempt_at ON errands
    FOR EACH STATEMENT EXECUTE FUNCTION ring_the_queue()
    """,
    """
    CREATE TRIGGER scheduled_jobs_ring AFTER INSERT OR UPDATE OF next_run_at ON scheduled_jobs
    FOR EACH STATEMENT EXECUTE FUNCTION ring_the_queue()
    """,
)
DOWN = (
    "DROP TRIGGER scheduled_jobs_ring ON scheduled_jobs",
    "DROP TRIGGER errands_ring ON errands",
    "DROP FUNCTION ring_the_queue()",
    """
    ALTER TABLE mail_messages
        ADD COLUMN attempts integer NOT NULL DEFAULT 0, ADD COLUMN next_attempt_at timestamptz,
        ADD COLUMN lease varchar, ADD COLUMN leased_until timestamptz
    """,
    "UPDATE mail_messages SET next_attempt_at = created_at",
    "ALTER TABLE mail_messages ALTER COLUMN next_attempt_at SET NOT NULL, ALTER COLUMN attempts DROP DEFAULT",
    "DROP INDEX ix_mail_messages_state_created_at",
    "CREATE INDEX ix_mail_messages_state_next_attempt_at ON mail_messages (state, next_attempt_at)",
    "DELETE FROM errands WHERE kind = 'mail'",
    "DROP TABLE queue_workers",
    """
    CREATE TABLE queue_workers (
        name varchar NOT NULL CONSTRAINT pk_queue_workers PRIMARY KEY,
        started_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL
    )
    """,
    "DROP INDEX ix_errands_worker_id",
    "DROP INDEX ix_errands_waiting",
    "CREATE INDEX ix_errands_state_lane_next_attempt_at ON errands (state, lane, next_attempt_at)",
    "ALTER TABLE errands DROP COLUMN worker_id",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
