"""A pause: months without service and invoices, agreed with who stays; ended before by coming back once."""

from alembic import op

revision = "0560"
down_revision = "0550"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE subscription_pauses (
    id BIGSERIAL CONSTRAINT pk_subscription_pauses PRIMARY KEY,
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    first_number BIGINT NOT NULL,
    planned_number BIGINT NOT NULL,
    next_number BIGINT NOT NULL,
    paused_from DATE NOT NULL,
    paused_until DATE NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    made_by_id BIGINT CONSTRAINT fk_subscription_pauses_made_by_id REFERENCES users (id),
    resumed_at TIMESTAMP WITH TIME ZONE,
    resumed_by_id BIGINT CONSTRAINT fk_subscription_pauses_resumed_by_id REFERENCES users (id),
    CONSTRAINT fk_subscription_pauses_contract_id_partner_id_customer_id
        FOREIGN KEY (contract_id, partner_id, customer_id)
        REFERENCES subscriptions (contract_id, partner_id, customer_id),
    CONSTRAINT ck_subscription_pauses_of_payments CHECK (
        first_number >= 2 AND next_number >= first_number AND planned_number > first_number
        AND next_number <= planned_number),
    CONSTRAINT ck_subscription_pauses_of_days CHECK (paused_until >= paused_from - 1),
    CONSTRAINT ck_subscription_pauses_resumed_before_it_was_planned CHECK (
        (resumed_at IS NULL) = (next_number = planned_number)),
    CONSTRAINT ck_subscription_pauses_resumed_by_somebody CHECK (
        resumed_by_id IS NULL OR resumed_at IS NOT NULL)
);
CREATE INDEX ix_subscription_pauses_contract_id ON subscription_pauses (contract_id);
CREATE INDEX ix_subscription_pauses_customer_id_paused_until
    ON subscription_pauses (customer_id, paused_until);

CREATE FUNCTION subscription_pauses_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a pause stays as it was agreed' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER subscription_pauses_kept BEFORE DELETE ON subscription_pauses
    FOR EACH ROW EXECUTE FUNCTION subscription_pauses_kept();
CREATE TRIGGER subscription_pauses_no_truncate BEFORE TRUNCATE ON subscription_pauses
    FOR EACH STATEMENT EXECUTE FUNCTION subscription_pauses_kept();
CREATE TRIGGER subscription_pauses_frozen BEFORE UPDATE ON subscription_pauses FOR EACH ROW
    WHEN (OLD.resumed_at IS NOT NULL OR NEW.resumed_at IS NULL
        OR (OLD.contract_id, OLD.partner_id, OLD.customer_id, OLD.first_number, OLD.planned_number,
            OLD.paused_from, OLD.made_at, OLD.made_by_id)
        IS DISTINCT FROM (NEW.contract_id, NEW.partner_id, NEW.customer_id, NEW.first_number,
            NEW.planned_number, NEW.paused_from, NEW.made_at, NEW.made_by_id))
    EXECUTE FUNCTION subscription_pauses_kept();

-- Billing goes back to an earlier payment only where somebody came back from a pause.
DROP TRIGGER subscriptions_frozen ON subscriptions;
CREATE TRIGGER subscriptions_frozen BEFORE UPDATE ON subscriptions FOR EACH ROW
    WHEN ((OLD.contract_id, OLD.partner_id, OLD.customer_id, OLD.billed_to, OLD.plan, OLD.plan_name, OLD.cycle,
            OLD.counted_from, OLD.months, OLD.payments_in_term, OLD.first_period, OLD.activated_at)
        IS DISTINCT FROM (NEW.contract_id, NEW.partner_id, NEW.customer_id, NEW.billed_to, NEW.plan,
            NEW.plan_name, NEW.cycle, NEW.counted_from, NEW.months, NEW.payments_in_term,
            NEW.first_period, NEW.activated_at)
        OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at))
    EXECUTE FUNCTION subscriptions_frozen();
CREATE FUNCTION subscriptions_go_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM subscription_pauses
        WHERE contract_id = NEW.contract_id AND resumed_at IS NOT NULL
            AND next_number = NEW.next_number AND planned_number = OLD.next_number) THEN
        RAISE EXCEPTION 'subscriptions is frozen' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER subscriptions_go_forward BEFORE UPDATE ON subscriptions FOR EACH ROW
    WHEN (NEW.next_number < OLD.next_number) EXECUTE FUNCTION subscriptions_go_forward();

ALTER TABLE cancellation_arguments
    ADD COLUMN pause_months BIGINT NOT NULL DEFAULT 0,
    ADD CONSTRAINT ck_cancellation_arguments_pause_accepted CHECK (
        pause_months = 0 OR (pause_months BETWEEN 1 AND 3 AND offer IS NOT NULL AND offer = 'pause'
            AND answer = 'accepted'));
ALTER TABLE cancellation_cases
    ADD COLUMN pause_id BIGINT CONSTRAINT uq_cancellation_cases_pause_id UNIQUE
        CONSTRAINT fk_cancellation_cases_pause_id REFERENCES subscription_pauses (id),
    ADD CONSTRAINT ck_cancellation_cases_pause_of_who_stays CHECK (pause_id IS NULL OR state = 'retained');
"""

DOWN = """
ALTER TABLE cancellation_cases
    DROP CONSTRAINT ck_cancellation_cases_pause_of_who_stays, DROP COLUMN pause_id;
ALTER TABLE cancellation_arguments
    DROP CONSTRAINT ck_cancellation_arguments_pause_accepted, DROP COLUMN pause_months;
DROP TRIGGER subscriptions_go_forward ON subscriptions;
DROP FUNCTION subscriptions_go_forward();
DROP TRIGGER subscriptions_frozen ON subscriptions;
CREATE TRIGGER subscriptions_frozen BEFORE UPDATE ON subscriptions FOR EACH ROW
    WHEN ((OLD.contract_id, OLD.partner_id, OLD.customer_id, OLD.billed_to, OLD.plan, OLD.plan_name, OLD.cycle,
            OLD.counted_from, OLD.months, OLD.payments_in_term, OLD.first_period, OLD.activated_at)
        IS DISTINCT FROM (NEW.contract_id, NEW.partner_id, NEW.customer_id, NEW.billed_to, NEW.plan,
            NEW.plan_name, NEW.cycle, NEW.counted_from, NEW.months, NEW.payments_in_term,
            NEW.first_period, NEW.activated_at)
        OR NEW.next_number < OLD.next_number
        OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at))
    EXECUTE FUNCTION subscriptions_frozen();
DROP TABLE subscription_pauses;
DROP FUNCTION subscription_pauses_kept();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
