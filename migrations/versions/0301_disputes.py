"""Disputes of payments, what the processor's notices say of them, and a refund that heeds them."""

from alembic import op

revision = "0301"
down_revision = "0300"
branch_labels = None
depends_on = None

WITHIN = """
CREATE OR REPLACE FUNCTION refunds_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payment payments%ROWTYPE;
BEGIN
    SELECT * INTO payment FROM payments WHERE id = NEW.payment_id FOR UPDATE;
    IF payment.outcome NOT IN ('settled', 'credited') OR payment.source <> NEW.way
        OR (payment.invoice_id, payment.partner_id, payment.customer_id)
            IS DISTINCT FROM (NEW.invoice_id, NEW.partner_id, NEW.customer_id) THEN
        RAISE EXCEPTION 'a refund is of its payment' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.origin = 'finance' AND NEW.amount_cents
        + (SELECT coalesce(sum(amount_cents), 0) FROM refunds
            WHERE payment_id = NEW.payment_id AND state IN ('asked', 'sent'))
        + (SELECT coalesce(sum(amount_cents), 0) FROM payment_returns WHERE payment_id = NEW.payment_id)
        {disputed}
        > payment.amount_cents THEN
        RAISE EXCEPTION 'more is given back than came in' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""
DISPUTED = """+ (SELECT coalesce(sum(amount_cents), 0) FROM payment_disputes
            WHERE payment_id = NEW.payment_id AND state = 'open' AND NOT is_refundable AND return_id IS NULL)"""

UP = """
CREATE TABLE payment_disputes (
    id BIGSERIAL CONSTRAINT pk_payment_disputes PRIMARY KEY,
    payment_id BIGINT NOT NULL CONSTRAINT fk_payment_disputes_payment_id REFERENCES payments (id),
    invoice_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL CONSTRAINT fk_payment_disputes_partner_id REFERENCES partners (id),
    customer_id BIGINT,
    source VARCHAR(40) NOT NULL,
    external_id VARCHAR NOT NULL,
    amount_cents BIGINT NOT NULL,
    reason VARCHAR NOT NULL,
    state VARCHAR(40) NOT NULL,
    is_refundable BOOLEAN NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    told_at TIMESTAMP WITH TIME ZONE NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    reinstated_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    return_id BIGINT CONSTRAINT fk_payment_disputes_return_id REFERENCES payment_returns (id),
    came_again_id BIGINT CONSTRAINT fk_payment_disputes_came_again_id REFERENCES payments (id),
    CONSTRAINT fk_payment_disputes_invoice_id_partner_id FOREIGN KEY (invoice_id, partner_id)
        REFERENCES invoices (id, partner_id),
    CONSTRAINT fk_payment_disputes_invoice_id_partner_id_customer_id
        FOREIGN KEY (invoice_id, partner_id, customer_id) REFERENCES invoices (id, partner_id, customer_id),
    CONSTRAINT uq_payment_disputes_source_external_id UNIQUE (source, external_id),
    CONSTRAINT uq_payment_disputes_return_id UNIQUE (return_id),
    CONSTRAINT uq_payment_disputes_came_again_id UNIQUE (came_again_id),
    CONSTRAINT ck_payment_disputes_source CHECK (source IN ('card', 'boleto', 'pix', 'ted')),
    CONSTRAINT ck_payment_disputes_disputestate CHECK (state IN ('open', 'kept', 'lost')),
    CONSTRAINT ck_payment_disputes_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_payment_disputes_named CHECK (external_id <> ''),
    CONSTRAINT ck_payment_disputes_closed_at_an_instant CHECK ((state = 'open') = (closed_at IS NULL)),
    CONSTRAINT ck_payment_disputes_withdrawn_first CHECK (
        (reinstated_at IS NULL OR withdrawn_at IS NOT NULL)
        AND (return_id IS NULL OR withdrawn_at IS NOT NULL)
        AND (came_again_id IS NULL OR (return_id IS NOT NULL AND reinstated_at IS NOT NULL)))
);
CREATE INDEX ix_payment_disputes_payment_id ON payment_disputes (payment_id);
CREATE INDEX ix_payment_disputes_invoice_id ON payment_disputes (invoice_id);

CREATE FUNCTION payment_disputes_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a dispute goes forward only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER payment_disputes_kept BEFORE DELETE ON payment_disputes
    FOR EACH ROW EXECUTE FUNCTION payment_disputes_kept();
CREATE TRIGGER payment_disputes_forward BEFORE UPDATE ON payment_disputes FOR EACH ROW
    WHEN ((OLD.payment_id, OLD.invoice_id, OLD.partner_id, OLD.customer_id, OLD.source, OLD.external_id,
            OLD.amount_cents, OLD.opened_at)
        IS DISTINCT FROM (NEW.payment_id, NEW.invoice_id, NEW.partner_id, NEW.customer_id, NEW.source,
            NEW.external_id, NEW.amount_cents, NEW.opened_at)
        OR (OLD.state <> 'open' AND NEW.state = 'open')
        OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS NULL)
        OR (OLD.reinstated_at IS NOT NULL AND NEW.reinstated_at IS NULL)
        OR (OLD.return_id IS NOT NULL AND OLD.return_id IS DISTINCT FROM NEW.return_id)
        OR (OLD.came_again_id IS NOT NULL AND OLD.came_again_id IS DISTINCT FROM NEW.came_again_id))
    EXECUTE FUNCTION payment_disputes_kept();

ALTER TABLE processor_events ADD COLUMN charge_reference VARCHAR NOT NULL DEFAULT '',
    ADD COLUMN facts JSONB NOT NULL DEFAULT '{}';
ALTER TABLE processor_events ALTER COLUMN charge_reference DROP DEFAULT, ALTER COLUMN facts DROP DEFAULT;

ALTER TABLE tasks DROP CONSTRAINT ck_tasks_taskkind, ADD CONSTRAINT ck_tasks_taskkind CHECK (
    kind IN ('pay_repasse', 'review_repasse', 'refund', 'dispute', 'offer_renewal', 'cancellation', 'follow_up',
        'other'));
"""

DOWN = """
ALTER TABLE tasks DISABLE TRIGGER USER;
UPDATE tasks SET kind = 'other' WHERE kind = 'dispute';
ALTER TABLE tasks ENABLE TRIGGER USER;
ALTER TABLE tasks DROP CONSTRAINT ck_tasks_taskkind, ADD CONSTRAINT ck_tasks_taskkind CHECK (
    kind IN ('pay_repasse', 'review_repasse', 'refund', 'offer_renewal', 'cancellation', 'follow_up', 'other'));
ALTER TABLE processor_events DROP COLUMN charge_reference, DROP COLUMN facts;
DROP TABLE payment_disputes;
DROP FUNCTION payment_disputes_kept();
"""


def upgrade() -> None:
    op.execute(UP)
    op.execute(WITHIN.replace("{disputed}", DISPUTED))


def downgrade() -> None:
    op.execute(WITHIN.replace("{disputed}", ""))
    op.execute(DOWN)
