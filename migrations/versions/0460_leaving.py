"""Cancellations by the customer alone, of some services, and taken back; a voided month is billed anew."""

from alembic import op

revision = "0460"
down_revision = "0340"
branch_labels = None
depends_on = None

# What a case was opened with never changes; once closed, a canceled one may only be taken back, once.
FROZEN = """
DROP TRIGGER cancellation_cases_frozen ON cancellation_cases;
CREATE TRIGGER cancellation_cases_frozen BEFORE UPDATE ON cancellation_cases FOR EACH ROW
    WHEN ((OLD.partner_id, OLD.customer_id, OLD.contract_id, OLD.origin, OLD.reason, OLD.words,
            OLD.requested_at, OLD.opened_by_id, OLD.asked_by, OLD.services)
        IS DISTINCT FROM (NEW.partner_id, NEW.customer_id, NEW.contract_id, NEW.origin, NEW.reason, NEW.words,
            NEW.requested_at, NEW.opened_by_id, NEW.asked_by, NEW.services)
        OR OLD.state IN ('retained', 'taken_back')
        OR (OLD.state = 'canceled' AND NEW.state <> 'taken_back')
        OR (OLD.state = 'canceled' AND (OLD.outcome, OLD.closed_at, OLD.closed_by_id, OLD.last_day,
            OLD.is_withdrawal, OLD.refund_cents, OLD.fates)
        IS DISTINCT FROM (NEW.outcome, NEW.closed_at, NEW.closed_by_id, NEW.last_day,
            NEW.is_withdrawal, NEW.refund_cents, NEW.fates)))
    EXECUTE FUNCTION cancellation_cases_kept();
"""

UP = (
    """
ALTER TABLE cancellation_cases
    ADD COLUMN asked_by VARCHAR NOT NULL DEFAULT '',
    ADD COLUMN services JSONB NOT NULL DEFAULT '[]',
    ADD COLUMN taken_back_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN taken_back_by_id BIGINT
        CONSTRAINT fk_cancellation_cases_taken_back_by_id REFERENCES users (id),
    ADD COLUMN taken_back_reason VARCHAR NOT NULL DEFAULT '',
    ALTER COLUMN opened_by_id DROP NOT NULL,
    DROP CONSTRAINT ck_cancellation_cases_origin,
    DROP CONSTRAINT ck_cancellation_cases_casestate,
    DROP CONSTRAINT ck_cancellation_cases_canceled_on_a_day,
    ADD CONSTRAINT ck_cancellation_cases_origin CHECK (origin IN ('staff', 'partner', 'customer')),
    ADD CONSTRAINT ck_cancellation_cases_casestate
        CHECK (state IN ('open', 'retained', 'canceled', 'taken_back')),
    ADD CONSTRAINT ck_cancellation_cases_opened_by_somebody CHECK (
        (opened_by_id IS NULL) = (origin = 'customer') AND (asked_by <> '') = (origin = 'customer')),
    ADD CONSTRAINT ck_cancellation_cases_canceled_on_a_day CHECK (
        (state IN ('canceled', 'taken_back')) = (last_day IS NOT NULL)),
    ADD CONSTRAINT ck_cancellation_cases_taken_back_for_a_reason CHECK (
        (state = 'taken_back') = (taken_back_at IS NOT NULL)
        AND (state = 'taken_back') = (taken_back_reason <> '')),
    ADD CONSTRAINT ck_cancellation_cases_services_listed CHECK (jsonb_typeof(services) = 'array');
CREATE INDEX ix_cancellation_cases_state_last_day ON cancellation_cases (state, last_day);
ALTER TABLE cancellation_arguments
    ADD COLUMN awaits_reply BOOLEAN NOT NULL DEFAULT false,
    ALTER COLUMN said_by_id DROP NOT NULL;
CREATE INDEX ix_cancellation_arguments_awaits_reply ON cancellation_arguments (said_at) WHERE awaits_reply;
ALTER TABLE contracts
    ADD COLUMN ended_services JSONB NOT NULL DEFAULT '[]',
    ADD CONSTRAINT ck_contracts_ended_services_listed CHECK (jsonb_typeof(ended_services) = 'array');
ALTER TABLE subscription_prices
    ADD COLUMN cost_cents BIGINT,
    ADD COLUMN cost_before_cents BIGINT,
    ADD CONSTRAINT ck_subscription_prices_cost_sane CHECK (
        (cost_cents IS NULL) = (cost_before_cents IS NULL) AND cost_cents >= 0 AND cost_before_cents >= 0);
ALTER TABLE invoices
    DROP CONSTRAINT uq_invoices_contract_id_installment_number,
    DROP CONSTRAINT uq_invoices_contract_id_term_number_payment_number;
CREATE UNIQUE INDEX uq_invoices_contract_id_installment_number ON invoices (contract_id, installment_number)
    WHERE state <> 'void';
CREATE UNIQUE INDEX uq_invoices_contract_id_term_number_payment_number
    ON invoices (contract_id, term_number, payment_number) WHERE state <> 'void';
CREATE INDEX ix_invoices_contract_id ON invoices (contract_id);
"""
    + FROZEN
)

DOWN = """
DROP INDEX ix_invoices_contract_id;
DROP INDEX uq_invoices_contract_id_installment_number;
DROP INDEX uq_invoices_contract_id_term_number_payment_number;
ALTER TABLE invoices
    ADD CONSTRAINT uq_invoices_contract_id_installment_number UNIQUE (contract_id, installment_number),
    ADD CONSTRAINT uq_invoices_contract_id_term_number_payment_number
        UNIQUE (contract_id, term_number, payment_number);
ALTER TABLE subscription_prices DROP COLUMN cost_cents, DROP COLUMN cost_before_cents;
ALTER TABLE contracts DROP COLUMN ended_services;
DROP INDEX ix_cancellation_arguments_awaits_reply;
ALTER TABLE cancellation_arguments DROP COLUMN awaits_reply, ALTER COLUMN said_by_id SET NOT NULL;
DROP INDEX ix_cancellation_cases_state_last_day;
DROP TRIGGER cancellation_cases_frozen ON cancellation_cases;
ALTER TABLE cancellation_cases
    DROP CONSTRAINT ck_cancellation_cases_opened_by_somebody,
    DROP CONSTRAINT ck_cancellation_cases_taken_back_for_a_reason,
    DROP CONSTRAINT ck_cancellation_cases_services_listed,
    DROP CONSTRAINT ck_cancellation_cases_origin,
    DROP CONSTRAINT ck_cancellation_cases_casestate,
    DROP CONSTRAINT ck_cancellation_cases_canceled_on_a_day,
    DROP COLUMN asked_by, DROP COLUMN services, DROP COLUMN taken_back_at, DROP COLUMN taken_back_by_id,
    DROP COLUMN taken_back_reason,
    ALTER COLUMN opened_by_id SET NOT NULL,
    ADD CONSTRAINT ck_cancellation_cases_origin CHECK (origin IN ('staff', 'partner')),
    ADD CONSTRAINT ck_cancellation_cases_casestate CHECK (state IN ('open', 'retained', 'canceled')),
    ADD CONSTRAINT ck_cancellation_cases_canceled_on_a_day CHECK ((state = 'canceled') = (last_day IS NOT NULL));
CREATE TRIGGER cancellation_cases_frozen BEFORE UPDATE ON cancellation_cases FOR EACH ROW
    WHEN (OLD.state <> 'open' OR (OLD.partner_id, OLD.customer_id, OLD.contract_id, OLD.origin, OLD.reason,
            OLD.words, OLD.requested_at, OLD.opened_by_id)
        IS DISTINCT FROM (NEW.partner_id, NEW.customer_id, NEW.contract_id, NEW.origin, NEW.reason,
            NEW.words, NEW.requested_at, NEW.opened_by_id))
    EXECUTE FUNCTION cancellation_cases_kept();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
