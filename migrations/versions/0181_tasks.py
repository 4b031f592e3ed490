"""People's work: tasks with a due time, an owner and, once closed, a result."""

from alembic import op

revision = "0181"
down_revision = "0180"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE tasks (
    id BIGSERIAL CONSTRAINT pk_tasks PRIMARY KEY,
    key VARCHAR NOT NULL CONSTRAINT uq_tasks_key UNIQUE,
    kind VARCHAR(40) NOT NULL,
    team VARCHAR(40) NOT NULL,
    title VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    subject_type VARCHAR NOT NULL,
    subject_id BIGINT,
    partner_id BIGINT CONSTRAINT fk_tasks_partner_id REFERENCES partners (id),
    customer_id BIGINT,
    owner_id BIGINT CONSTRAINT fk_tasks_owner_id REFERENCES users (id),
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    opened_by_id BIGINT CONSTRAINT fk_tasks_opened_by_id REFERENCES users (id),
    result VARCHAR(40),
    result_note VARCHAR NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    closed_by_id BIGINT CONSTRAINT fk_tasks_closed_by_id REFERENCES users (id),
    CONSTRAINT fk_tasks_customer_id_partner_id FOREIGN KEY (customer_id, partner_id)
        REFERENCES customers (id, partner_id),
    CONSTRAINT ck_tasks_taskkind CHECK (kind IN ('pay_repasse', 'review_repasse', 'refund', 'other')),
    CONSTRAINT ck_tasks_role CHECK (
        team IN ('seller', 'partner_admin', 'account_manager', 'finance', 'support', 'admin')),
    CONSTRAINT ck_tasks_taskresult CHECK (result IN ('done', 'not_needed', 'not_possible')),
    CONSTRAINT ck_tasks_has_title CHECK (title <> ''),
    CONSTRAINT ck_tasks_about_something CHECK ((subject_type = '') = (subject_id IS NULL)),
    CONSTRAINT ck_tasks_customer_with_partner CHECK (customer_id IS NULL OR partner_id IS NOT NULL),
    CONSTRAINT ck_tasks_of_the_vendor CHECK (team IN ('finance', 'support', 'admin')),
    CONSTRAINT ck_tasks_closed_with_result CHECK (
        (closed_at IS NULL) = (result IS NULL) AND (closed_at IS NULL) = (result_note = ''))
);
CREATE INDEX ix_tasks_open_due_at ON tasks (due_at) WHERE closed_at IS NULL;
CREATE INDEX ix_tasks_closed_at ON tasks (closed_at);
CREATE INDEX ix_tasks_subject_type_subject_id ON tasks (subject_type, subject_id);

CREATE FUNCTION tasks_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a task stays as it was' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER tasks_kept BEFORE DELETE ON tasks FOR EACH ROW EXECUTE FUNCTION tasks_kept();
CREATE TRIGGER tasks_frozen BEFORE UPDATE ON tasks FOR EACH ROW
    WHEN (OLD.closed_at IS NOT NULL OR (OLD.key, OLD.kind, OLD.team, OLD.title, OLD.detail, OLD.subject_type,
            OLD.subject_id, OLD.partner_id, OLD.customer_id, OLD.opened_at, OLD.opened_by_id)
        IS DISTINCT FROM (NEW.key, NEW.kind, NEW.team, NEW.title, NEW.detail, NEW.subject_type,
            NEW.subject_id, NEW.partner_id, NEW.customer_id, NEW.opened_at, NEW.opened_by_id))
    EXECUTE FUNCTION tasks_kept();
"""

DOWN = """
DROP TABLE tasks;
DROP FUNCTION tasks_kept();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
