"""Cancellation cases: one open a contract, never dated back, kept with what was decided."""

from alembic import op

revision = "0270"
down_revision = "0260"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE cancellation_cases (
    id BIGSERIAL CONSTRAINT pk_cancellation_cases PRIMARY KEY,
    partner_id BIGINT NOT NULL CONSTRAINT fk_cancellation_cases_partner_id REFERENCES partners (id),
    customer_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    origin VARCHAR(40) NOT NULL,
    reason VARCHAR(40) NOT NULL,
    words VARCHAR NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    opened_by_id BIGINT NOT NULL CONSTRAINT fk_cancellation_cases_opened_by_id REFERENCES users (id),
    state VARCHAR(40) NOT NULL,
    outcome VARCHAR NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    closed_by_id BIGINT CONSTRAINT fk_cancellation_cases_closed_by_id REFERENCES users (id),
    follow_up_on DATE,
    last_day DATE,
    is_withdrawal BOOLEAN NOT NULL,
    refund_cents BIGINT NOT NULL,
    fates JSONB NOT NULL,
    CONSTRAINT fk_cancellation_cases_contract_id_partner_id_customer_id
        FOREIGN KEY (contract_id, partner_id, customer_id) REFERENCES contracts (id, partner_id, customer_id),
    CONSTRAINT uq_cancellation_cases_id_partner_id_customer_id UNIQUE (id, partner_id, customer_id),
    CONSTRAINT ck_cancellation_cases_origin CHECK (origin IN ('staff', 'partner')),
    CONSTRAINT ck_cancellation_cases_reason CHECK (reason IN ('price', 'closed', 'competitor',
        'missing_feature', 'support', 'hard_to_use', 'not_used', 'other')),
    CONSTRAINT ck_cancellation_cases_casestate CHECK (state IN ('open', 'retained', 'canceled')),
    CONSTRAINT ck_cancellation_cases_closed_at_an_instant CHECK ((state = 'open') = (closed_at IS NULL)),
    CONSTRAINT ck_cancellation_cases_closed_after_request CHECK (
        closed_at IS NULL OR closed_at >= requested_at),
    CONSTRAINT ck_cancellation_cases_canceled_on_a_day CHECK ((state = 'canceled') = (last_day IS NOT NULL)),
    CONSTRAINT ck_cancellation_cases_retained_is_followed_up CHECK (
        (state = 'retained') = (follow_up_on IS NOT NULL)),
    CONSTRAINT ck_cancellation_cases_closed_with_words CHECK (state = 'open' OR outcome <> ''),
    CONSTRAINT ck_cancellation_cases_refund_of_withdrawal CHECK (
        refund_cents >= 0 AND (is_withdrawal OR refund_cents = 0))
);
CREATE UNIQUE INDEX uq_cancellation_cases_open_contract_id ON cancellation_cases (contract_id)
    WHERE state = 'open';
CREATE INDEX ix_cancellation_cases_customer_id ON cancellation_cases (customer_id);
CREATE INDEX ix_cancellation_cases_requested_at ON cancellation_cases (requested_at);
CREATE INDEX ix_cancellation_cases_partner_id_requested_at ON cancellation_cases (partner_id, requested_at);

CREATE TABLE cancellation_arguments (
    id BIGSERIAL CONSTRAINT pk_cancellation_arguments PRIMARY KEY,
    case_id BIGINT NOT NULL CONSTRAINT fk_cancellation_arguments_case_id REFERENCES cancellation_cases (id),
    offer VARCHAR(40),
    answer VARCHAR(40),
    words VARCHAR NOT NULL,
    said_at TIMESTAMP WITH TIME ZONE NOT NULL,
    said_by_id BIGINT NOT NULL CONSTRAINT fk_cancellation_arguments_said_by_id REFERENCES users (id),
    CONSTRAINT ck_cancellation_arguments_offer CHECK (
        offer IN ('support', 'training', 'other_plan', 'pause', 'discount')),
    CONSTRAINT ck_cancellation_arguments_answer CHECK (answer IN ('accepted', 'declined', 'thinking')),
    CONSTRAINT ck_cancellation_arguments_answer_to_an_offer CHECK ((offer IS NULL) = (answer IS NULL)),
    CONSTRAINT ck_cancellation_arguments_says_something CHECK (words <> '')
);
CREATE INDEX ix_cancellation_arguments_case_id ON cancellation_arguments (case_id);

CREATE FUNCTION cancellation_cases_not_backdated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE known CONSTANT timestamptz := (SELECT at FROM log_entries ORDER BY id DESC LIMIT 1);
BEGIN
    IF NEW.requested_at < known - interval '5 minutes' THEN
        RAISE EXCEPTION 'a cancellation cannot be dated back' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cancellation_cases_not_backdated BEFORE INSERT ON cancellation_cases
    FOR EACH ROW EXECUTE FUNCTION cancellation_cases_not_backdated();

CREATE FUNCTION cancellation_cases_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a cancellation case stays as it was' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER cancellation_cases_kept BEFORE DELETE ON cancellation_cases
    FOR EACH ROW EXECUTE FUNCTION cancellation_cases_kept();
CREATE TRIGGER cancellation_cases_frozen BEFORE UPDATE ON cancellation_cases FOR EACH ROW
    WHEN (OLD.state <> 'open' OR (OLD.partner_id, OLD.customer_id, OLD.contract_id, OLD.origin, OLD.reason,
            OLD.words, OLD.requested_at, OLD.opened_by_id)
        IS DISTINCT FROM (NEW.partner_id, NEW.customer_id, NEW.contract_id, NEW.origin, NEW.reason,
            NEW.words, NEW.requested_at, NEW.opened_by_id))
    EXECUTE FUNCTION cancellation_cases_kept();
CREATE TRIGGER cancellation_arguments_kept BEFORE DELETE OR UPDATE ON cancellation_arguments
    FOR EACH ROW EXECUTE FUNCTION cancellation_cases_kept();

ALTER TABLE tasks DROP CONSTRAINT ck_tasks_taskkind, ADD CONSTRAINT ck_tasks_taskkind CHECK (
    kind IN ('pay_repasse', 'review_repasse', 'refund', 'offer_renewal', 'cancellation', 'follow_up', 'other'));
ALTER TABLE link_tokens DROP CONSTRAINT ck_link_tokens_purpose, ADD CONSTRAINT ck_link_tokens_purpose CHECK (
    purpose IN ('invitation', 'password_reset', 'proposal', 'signature', 'card_registration', 'invoice',
        'cancellation'));
"""

DOWN = """
DROP TABLE cancellation_arguments, cancellation_cases;
DROP FUNCTION cancellation_cases_not_backdated();
DROP FUNCTION cancellation_cases_kept();
ALTER TABLE tasks DROP CONSTRAINT ck_tasks_taskkind, ADD CONSTRAINT ck_tasks_taskkind CHECK (
    kind IN ('pay_repasse', 'review_repasse', 'refund', 'offer_renewal', 'other'));
ALTER TABLE link_tokens DROP CONSTRAINT ck_link_tokens_purpose, ADD CONSTRAINT ck_link_tokens_purpose CHECK (
    purpose IN ('invitation', 'password_reset', 'proposal', 'signature', 'card_registration', 'invoice'));
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
