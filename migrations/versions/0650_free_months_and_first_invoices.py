"""Free months move to the contract that takes the place of the one they were given to, each once.

What was released stays where it is; what moved is released by its new contract alone, and keeps who gave it
away and when, so that months are still given once a year.

And a contract's first invoice, of whatever kind, may be issued again once it is void.
"""

from alembic import op

revision = "0650"
down_revision = "0640"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE free_months ADD COLUMN moved_from_id BIGINT
    CONSTRAINT uq_free_months_moved_from_id UNIQUE
    CONSTRAINT fk_free_months_moved_from_id REFERENCES free_months (id);

CREATE FUNCTION free_months_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM free_months AS before
        WHERE before.id = NEW.moved_from_id AND before.contract_id <> NEW.contract_id
            AND (before.granted_at, before.granted_by_id) = (NEW.granted_at, NEW.granted_by_id)
            AND NOT EXISTS (
                SELECT FROM coverages
                WHERE coverages.contract_id = before.contract_id AND coverages.number = before.number
                    AND taken_back_at IS NULL)) THEN
        RAISE EXCEPTION 'only a month that waits moves, as it was granted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER free_months_moved BEFORE INSERT ON free_months FOR EACH ROW
    WHEN (NEW.moved_from_id IS NOT NULL) EXECUTE FUNCTION free_months_moved();

CREATE OR REPLACE FUNCTION coverages_of_an_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM free_months
        WHERE NEW.payment_key = 'offer:' || id AND customer_id = NEW.customer_id
            AND (contract_id <> NEW.contract_id
                OR (number, starts_on, ends_on) = (NEW.number, NEW.covers_from, NEW.covers_until))
            AND NOT EXISTS (SELECT FROM free_months AS moved WHERE moved.moved_from_id = free_months.id)) THEN
        RAISE EXCEPTION 'nobody gave this month away' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

DROP INDEX uq_invoices_first_of_contract;
CREATE UNIQUE INDEX uq_invoices_first_of_contract ON invoices (contract_id)
    WHERE kind IN ('first_period', 'difference') AND state <> 'void';
"""

DOWN = """
DROP INDEX uq_invoices_first_of_contract;
CREATE UNIQUE INDEX uq_invoices_first_of_contract ON invoices (contract_id)
    WHERE kind IN ('first_period', 'difference');

CREATE OR REPLACE FUNCTION coverages_of_an_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM free_months
        WHERE NEW.payment_key = 'offer:' || id AND customer_id = NEW.customer_id
            AND (contract_id <> NEW.contract_id
                OR (number, starts_on, ends_on) = (NEW.number, NEW.covers_from, NEW.covers_until))) THEN
        RAISE EXCEPTION 'nobody gave this month away' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER free_months_moved ON free_months;
DROP FUNCTION free_months_moved();
ALTER TABLE free_months DROP COLUMN moved_from_id;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
