"""Disputes of money nobody has placed yet, what goes back of it, and contests returned in parts."""

from alembic import op

revision = "0550"
down_revision = "0501"
branch_labels = None
depends_on = None

WITHIN = """
CREATE OR REPLACE FUNCTION payment_returns_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payment payments%ROWTYPE;
BEGIN
    SELECT * INTO payment FROM payments WHERE id = NEW.payment_id FOR UPDATE;
    IF {refused}
        OR (payment.invoice_id, payment.partner_id, payment.customer_id)
            IS DISTINCT FROM (NEW.invoice_id, NEW.partner_id, NEW.customer_id) THEN
        RAISE EXCEPTION 'what goes back is of its payment' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.amount_cents + (SELECT coalesce(sum(amount_cents), 0) FROM payment_returns
            WHERE payment_id = NEW.payment_id) > payment.amount_cents THEN
        RAISE EXCEPTION 'more goes back than came in' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""
PLACED = "payment.outcome NOT IN ('settled', 'credited')"
PLACED_OR_PARKED = """payment.outcome NOT IN ('settled', 'credited', 'parked')
        OR (payment.outcome = 'parked') <> (NEW.parked_cents > 0)"""

FORWARD = """
DROP TRIGGER payment_disputes_forward ON payment_disputes;
CREATE TRIGGER payment_disputes_forward BEFORE UPDATE ON payment_disputes FOR EACH ROW
    WHEN ((OLD.payment_id, OLD.source, OLD.external_id, OLD.opened_at)
        IS DISTINCT FROM (NEW.payment_id, NEW.source, NEW.external_id, NEW.opened_at)
        OR {changed}
        OR (OLD.state <> 'open' AND NEW.state = 'open')
        OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS NULL)
        OR (OLD.reinstated_at IS NOT NULL AND NEW.reinstated_at IS NULL)
        OR (OLD.return_id IS NOT NULL AND OLD.return_id IS DISTINCT FROM NEW.return_id)
        OR (OLD.came_again_id IS NOT NULL AND OLD.came_again_id IS DISTINCT FROM NEW.came_again_id))
    EXECUTE FUNCTION payment_disputes_kept();
"""
OWNER = """(OLD.invoice_id, OLD.partner_id, OLD.customer_id)
            IS DISTINCT FROM (NEW.invoice_id, NEW.partner_id, NEW.customer_id)"""
NOTHING_ELSE = f"{OWNER} OR OLD.amount_cents <> NEW.amount_cents"
PLACED_ONCE = f"(OLD.partner_id IS NOT NULL AND {OWNER}) OR NEW.amount_cents < OLD.amount_cents"

UP = """
ALTER TABLE payment_returns ALTER COLUMN invoice_id DROP NOT NULL, ALTER COLUMN partner_id DROP NOT NULL,
    ADD COLUMN parked_cents BIGINT NOT NULL DEFAULT 0,
    DROP CONSTRAINT ck_payment_returns_adds_up,
    ADD CONSTRAINT ck_payment_returns_adds_up CHECK (amount_cents > 0 AND credit_cents >= 0 AND surplus_cents >= 0
        AND charges_cents >= 0 AND face_cents >= 0 AND short_cents >= 0 AND parked_cents >= 0
        AND amount_cents = credit_cents + surplus_cents + charges_cents + face_cents + parked_cents),
    ADD CONSTRAINT ck_payment_returns_parked_is_nobodys CHECK (parked_cents IN (0, amount_cents)
        AND (parked_cents > 0) = (partner_id IS NULL)
        AND (partner_id IS NOT NULL OR (invoice_id IS NULL AND customer_id IS NULL)));
ALTER TABLE payment_returns ALTER COLUMN parked_cents DROP DEFAULT;

ALTER TABLE payment_disputes ALTER COLUMN invoice_id DROP NOT NULL, ALTER COLUMN partner_id DROP NOT NULL,
    ADD CONSTRAINT ck_payment_disputes_parked_is_nobodys CHECK (
        partner_id IS NOT NULL OR (invoice_id IS NULL AND customer_id IS NULL));

ALTER TABLE parked_payments
    ADD COLUMN return_id BIGINT CONSTRAINT fk_parked_payments_return_id REFERENCES payment_returns (id),
    DROP CONSTRAINT ck_parked_payments_resolved_by_somebody,
    ADD CONSTRAINT ck_parked_payments_resolved_by_somebody CHECK ((resolution IS NULL) = (resolved_at IS NULL)
        AND num_nonnulls(resolved_by_id, return_id) = (resolution IS NOT NULL)::int
        AND (return_id IS NULL OR resolution = 'returned'));

CREATE FUNCTION payment_disputes_of_its_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM payments WHERE id = NEW.payment_id AND (invoice_id, partner_id, customer_id)
            IS NOT DISTINCT FROM (NEW.invoice_id, NEW.partner_id, NEW.customer_id)) THEN
        RAISE EXCEPTION 'a dispute is of its payment' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_disputes_of_its_payment BEFORE INSERT OR UPDATE OF invoice_id, partner_id, customer_id
    ON payment_disputes FOR EACH ROW EXECUTE FUNCTION payment_disputes_of_its_payment();

-- Who opens a dispute holds the payment's row, so that of both at once the second sees the first.
CREATE FUNCTION payments_contested() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM payment_disputes
            WHERE payment_id = NEW.id AND state = 'open' AND return_id IS NULL)
        AND NOT (NEW.outcome = 'returned' AND NEW.amount_cents = (SELECT coalesce(sum(amount_cents), 0)
            FROM payment_returns WHERE payment_id = NEW.id)) THEN
        RAISE EXCEPTION 'who paid contests this payment' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_contested BEFORE UPDATE OF outcome ON payments FOR EACH ROW
    WHEN (OLD.outcome = 'parked' AND NEW.outcome <> 'parked') EXECUTE FUNCTION payments_contested();
CREATE TRIGGER parked_payments_returned BEFORE UPDATE ON parked_payments FOR EACH ROW
    WHEN (OLD.resolution IS NOT NULL AND OLD.return_id IS DISTINCT FROM NEW.return_id)
    EXECUTE FUNCTION parked_payments_frozen();
"""

# What went back of money that was never placed has no place below: the payment says that it was returned.
DOWN = """
DROP TRIGGER parked_payments_returned ON parked_payments;
DROP TRIGGER payments_contested ON payments;
DROP FUNCTION payments_contested();
DROP TRIGGER payment_disputes_of_its_payment ON payment_disputes;
DROP FUNCTION payment_disputes_of_its_payment();
ALTER TABLE parked_payments DISABLE TRIGGER USER;
ALTER TABLE parked_payments DROP CONSTRAINT ck_parked_payments_resolved_by_somebody;
UPDATE parked_payments SET resolved_by_id = (SELECT min(id) FROM users) WHERE return_id IS NOT NULL;
ALTER TABLE parked_payments ENABLE TRIGGER USER;
ALTER TABLE parked_payments DROP COLUMN return_id,
    ADD CONSTRAINT ck_parked_payments_resolved_by_somebody
        CHECK ((resolution IS NULL) = (resolved_at IS NULL) AND (resolution IS NULL) = (resolved_by_id IS NULL));
ALTER TABLE payment_disputes DISABLE TRIGGER USER;
DELETE FROM payment_disputes WHERE invoice_id IS NULL;
UPDATE payment_disputes SET return_id = NULL, came_again_id = NULL
    WHERE return_id IN (SELECT id FROM payment_returns WHERE invoice_id IS NULL);
ALTER TABLE payment_disputes ENABLE TRIGGER USER;
ALTER TABLE payment_disputes DROP CONSTRAINT ck_payment_disputes_parked_is_nobodys,
    ALTER COLUMN invoice_id SET NOT NULL, ALTER COLUMN partner_id SET NOT NULL;
ALTER TABLE credit_returns DISABLE TRIGGER USER;
DELETE FROM credit_returns WHERE return_id IN (SELECT id FROM payment_returns WHERE invoice_id IS NULL);
ALTER TABLE credit_returns ENABLE TRIGGER USER;
ALTER TABLE payment_returns DISABLE TRIGGER USER;
DELETE FROM payment_returns WHERE invoice_id IS NULL;
ALTER TABLE payment_returns ENABLE TRIGGER USER;
ALTER TABLE payment_returns DROP CONSTRAINT ck_payment_returns_parked_is_nobodys,
    DROP CONSTRAINT ck_payment_returns_adds_up, DROP COLUMN parked_cents,
    ADD CONSTRAINT ck_payment_returns_adds_up CHECK (amount_cents > 0 AND credit_cents >= 0 AND surplus_cents >= 0
        AND charges_cents >= 0 AND face_cents >= 0 AND short_cents >= 0
        AND amount_cents = credit_cents + surplus_cents + charges_cents + face_cents),
    ALTER COLUMN invoice_id SET NOT NULL, ALTER COLUMN partner_id SET NOT NULL;
"""


def upgrade() -> None:
    op.execute(UP)
    op.execute(WITHIN.replace("{refused}", PLACED_OR_PARKED))
    op.execute(FORWARD.replace("{changed}", PLACED_ONCE))


def downgrade() -> None:
    op.execute(FORWARD.replace("{changed}", NOTHING_ELSE))
    op.execute(WITHIN.replace("{refused}", PLACED))
    op.execute(DOWN)
