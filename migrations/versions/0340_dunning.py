"""Dunning: policies of steps, the runs of each day with every reminder, and who is not to be reminded."""

from alembic import op

revision = "0340"
down_revision = "0320"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE dunning_policies (
    id BIGSERIAL CONSTRAINT pk_dunning_policies PRIMARY KEY,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    made_by_id BIGINT NOT NULL CONSTRAINT fk_dunning_policies_made_by_id REFERENCES users (id)
);
CREATE TABLE dunning_steps (
    id BIGSERIAL CONSTRAINT pk_dunning_steps PRIMARY KEY,
    policy_id BIGINT NOT NULL CONSTRAINT fk_dunning_steps_policy_id REFERENCES dunning_policies (id),
    position BIGINT NOT NULL,
    days BIGINT NOT NULL,
    channel VARCHAR(40) NOT NULL,
    audience VARCHAR(40) NOT NULL,
    min_cents BIGINT NOT NULL,
    subject VARCHAR NOT NULL,
    body VARCHAR NOT NULL,
    CONSTRAINT uq_dunning_steps_policy_id_position UNIQUE (policy_id, position),
    CONSTRAINT ck_dunning_steps_channel CHECK (channel IN ('email', 'phone')),
    CONSTRAINT ck_dunning_steps_audience CHECK (audience IN ('everybody', 'good', 'late_before')),
    CONSTRAINT ck_dunning_steps_within_reason CHECK (days BETWEEN -30 AND 90),
    CONSTRAINT ck_dunning_steps_least_amount_sane CHECK (min_cents >= 0),
    CONSTRAINT ck_dunning_steps_says_something CHECK (subject <> '' AND body <> '')
);
CREATE TABLE dunning_runs (
    id BIGSERIAL CONSTRAINT pk_dunning_runs PRIMARY KEY,
    day DATE NOT NULL CONSTRAINT uq_dunning_runs_day UNIQUE,
    policy_id BIGINT NOT NULL CONSTRAINT fk_dunning_runs_policy_id REFERENCES dunning_policies (id),
    state VARCHAR(40) NOT NULL,
    prepared_at TIMESTAMP WITH TIME ZONE NOT NULL,
    released_at TIMESTAMP WITH TIME ZONE,
    released_by_id BIGINT CONSTRAINT fk_dunning_runs_released_by_id REFERENCES users (id),
    CONSTRAINT ck_dunning_runs_runstate CHECK (state IN ('prepared', 'released', 'dropped')),
    CONSTRAINT ck_dunning_runs_released_at_an_instant CHECK (
        (state = 'released') = (released_at IS NOT NULL))
);
CREATE TABLE dunning_messages (
    id BIGSERIAL CONSTRAINT pk_dunning_messages PRIMARY KEY,
    run_id BIGINT NOT NULL CONSTRAINT fk_dunning_messages_run_id REFERENCES dunning_runs (id),
    step_id BIGINT NOT NULL CONSTRAINT fk_dunning_messages_step_id REFERENCES dunning_steps (id),
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    channel VARCHAR(40) NOT NULL,
    days BIGINT NOT NULL,
    open_cents BIGINT NOT NULL,
    left_out VARCHAR(40),
    queued_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT fk_dunning_messages_invoice_id_contract_id_partner_id_customer_id
        FOREIGN KEY (invoice_id, contract_id, partner_id, customer_id)
        REFERENCES invoices (id, contract_id, partner_id, customer_id),
    CONSTRAINT uq_dunning_messages_run_id_invoice_id UNIQUE (run_id, invoice_id),
    CONSTRAINT ck_dunning_messages_channel CHECK (channel IN ('email', 'phone')),
    CONSTRAINT ck_dunning_messages_leftout CHECK (left_out IN ('settling', 'held', 'promised', 'opted_out',
        'no_address', 'weekly', 'daily')),
    CONSTRAINT ck_dunning_messages_something_open CHECK (open_cents > 0),
    CONSTRAINT ck_dunning_messages_left_out_is_not_sent CHECK (left_out IS NULL OR queued_at IS NULL)
);
CREATE UNIQUE INDEX uq_dunning_messages_invoice_id_days ON dunning_messages (invoice_id, days)
    WHERE queued_at IS NOT NULL;
CREATE INDEX ix_dunning_messages_invoice_id ON dunning_messages (invoice_id);
CREATE INDEX ix_dunning_messages_customer_id ON dunning_messages (customer_id);
CREATE INDEX ix_dunning_messages_waiting ON dunning_messages (run_id, id)
    WHERE left_out IS NULL AND queued_at IS NULL;
CREATE TABLE dunning_holds (
    id BIGSERIAL CONSTRAINT pk_dunning_holds PRIMARY KEY,
    partner_id BIGINT NOT NULL CONSTRAINT fk_dunning_holds_partner_id REFERENCES partners (id),
    customer_id BIGINT NOT NULL,
    invoice_id BIGINT CONSTRAINT fk_dunning_holds_invoice_id REFERENCES invoices (id),
    kind VARCHAR(40) NOT NULL,
    until_on DATE,
    reason VARCHAR NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    made_by_id BIGINT NOT NULL CONSTRAINT fk_dunning_holds_made_by_id REFERENCES users (id),
    lifted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT fk_dunning_holds_customer_id_partner_id
        FOREIGN KEY (customer_id, partner_id) REFERENCES customers (id, partner_id),
    CONSTRAINT ck_dunning_holds_holdkind CHECK (kind IN ('hold', 'promise', 'opt_out')),
    CONSTRAINT ck_dunning_holds_until_a_day CHECK ((kind = 'opt_out') = (until_on IS NULL)),
    CONSTRAINT ck_dunning_holds_says_why CHECK (reason <> '')
);
CREATE INDEX ix_dunning_holds_customer_id ON dunning_holds (customer_id);
CREATE UNIQUE INDEX uq_dunning_holds_open ON dunning_holds (customer_id, kind, coalesce(invoice_id, 0))
    WHERE lifted_at IS NULL;

CREATE FUNCTION dunning_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% stays as it was', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER dunning_policies_frozen BEFORE UPDATE OR DELETE ON dunning_policies
    FOR EACH ROW EXECUTE FUNCTION dunning_frozen();
CREATE TRIGGER dunning_steps_frozen BEFORE UPDATE OR DELETE ON dunning_steps
    FOR EACH ROW EXECUTE FUNCTION dunning_frozen();
CREATE TRIGGER dunning_messages_kept BEFORE DELETE ON dunning_messages
    FOR EACH ROW EXECUTE FUNCTION dunning_frozen();
CREATE TRIGGER dunning_messages_frozen BEFORE UPDATE ON dunning_messages FOR EACH ROW
    WHEN (OLD.queued_at IS NOT NULL OR (OLD.run_id, OLD.step_id, OLD.invoice_id, OLD.days, OLD.open_cents,
            OLD.left_out) IS DISTINCT FROM (NEW.run_id, NEW.step_id, NEW.invoice_id, NEW.days,
            NEW.open_cents, NEW.left_out))
    EXECUTE FUNCTION dunning_frozen();

ALTER TABLE tasks DROP CONSTRAINT ck_tasks_taskkind, ADD CONSTRAINT ck_tasks_taskkind CHECK (
    kind IN ('pay_repasse', 'review_repasse', 'refund', 'dispute', 'offer_renewal', 'cancellation', 'follow_up',
        'call', 'other'));
"""

DOWN = """
UPDATE tasks SET kind = 'other' WHERE kind = 'call';
ALTER TABLE tasks DROP CONSTRAINT ck_tasks_taskkind, ADD CONSTRAINT ck_tasks_taskkind CHECK (
    kind IN ('pay_repasse', 'review_repasse', 'refund', 'dispute', 'offer_renewal', 'cancellation', 'follow_up',
        'other'));
DROP TABLE dunning_holds, dunning_messages, dunning_runs, dunning_steps, dunning_policies;
DROP FUNCTION dunning_frozen();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
