"""An open request to leave goes with its contract when another one takes its place."""

from alembic import op

revision = "0520"
down_revision = "0540"
branch_labels = None
depends_on = None

UP = """
DROP TRIGGER cancellation_cases_frozen ON cancellation_cases;
CREATE TRIGGER cancellation_cases_frozen BEFORE UPDATE ON cancellation_cases FOR EACH ROW
    WHEN ((OLD.origin, OLD.reason, OLD.words, OLD.requested_at, OLD.opened_by_id, OLD.asked_by, OLD.services)
        IS DISTINCT FROM (NEW.origin, NEW.reason, NEW.words, NEW.requested_at, NEW.opened_by_id,
            NEW.asked_by, NEW.services)
        OR OLD.state IN ('retained', 'taken_back')
        OR (OLD.state = 'canceled' AND NEW.state <> 'taken_back')
        OR (OLD.state = 'canceled' AND (OLD.outcome, OLD.closed_at, OLD.closed_by_id, OLD.last_day,
            OLD.is_withdrawal, OLD.refund_cents, OLD.fates)
        IS DISTINCT FROM (NEW.outcome, NEW.closed_at, NEW.closed_by_id, NEW.last_day,
            NEW.is_withdrawal, NEW.refund_cents, NEW.fates)))
    EXECUTE FUNCTION cancellation_cases_kept();
CREATE FUNCTION cancellation_cases_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'open' OR NEW.state <> 'open' OR NOT EXISTS (
        SELECT FROM contracts later, contracts former
        WHERE later.id = NEW.contract_id AND former.id = OLD.contract_id AND later.state = 'active'
            AND coalesce(later.base_contract_id, later.taken_over_from_id)
                IN (former.id, former.base_contract_id, former.taken_over_from_id))
    THEN
        RAISE EXCEPTION 'a cancellation case goes with its contract alone'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cancellation_cases_follow BEFORE UPDATE ON cancellation_cases FOR EACH ROW
    WHEN ((OLD.partner_id, OLD.customer_id, OLD.contract_id)
        IS DISTINCT FROM (NEW.partner_id, NEW.customer_id, NEW.contract_id))
    EXECUTE FUNCTION cancellation_cases_follow();
"""

DOWN = """
DROP TRIGGER cancellation_cases_follow ON cancellation_cases;
DROP FUNCTION cancellation_cases_follow();
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


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
