"""The due day of a contract may change, and invoices may be in an agreement or of one."""

from alembic import op

revision = "0400"
down_revision = "0360"
branch_labels = None
depends_on = None

# Lists of values, in one place: others extend them too.
INVOICE_KINDS = "'installment', 'first_period', 'difference'"
INVOICE_STATES = "'draft', 'open', 'paid', 'uncollectible', 'void'"
NEW_KINDS = INVOICE_KINDS + ", 'between', 'agreement'"
NEW_STATES = INVOICE_STATES + ", 'in_agreement'"
LISTS = """
ALTER TABLE invoices
    DROP CONSTRAINT ck_invoices_invoicekind,
    ADD CONSTRAINT ck_invoices_invoicekind CHECK (kind IN ({kinds})),
    DROP CONSTRAINT ck_invoices_invoicestate,
    ADD CONSTRAINT ck_invoices_invoicestate CHECK (state IN ({states}));
"""

UP = """
ALTER TABLE invoices ALTER COLUMN installment_number DROP NOT NULL,
    DROP CONSTRAINT ck_invoices_later_ones_have_a_period,
    ADD CONSTRAINT ck_invoices_later_ones_have_a_period CHECK (
        (kind = 'agreement') = (installment_number IS NULL) AND (installment_number IS NULL OR
        (installment_number >= 1 AND (installment_number = 1 OR (kind IN ('installment', 'between')
        AND period_from IS NOT NULL AND grace_until IS NOT NULL)))));
DROP INDEX uq_invoices_first_of_contract;
CREATE UNIQUE INDEX uq_invoices_first_of_contract ON invoices (contract_id)
    WHERE kind IN ('first_period', 'difference');

ALTER TABLE subscriptions ADD COLUMN earlier_places JSONB NOT NULL DEFAULT '[]';
ALTER TABLE subscriptions ALTER COLUMN earlier_places DROP DEFAULT;

CREATE TABLE due_day_changes (
    id BIGSERIAL CONSTRAINT pk_due_day_changes PRIMARY KEY,
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    from_day BIGINT NOT NULL,
    to_day BIGINT NOT NULL,
    number BIGINT NOT NULL,
    invoice_id BIGINT,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_by_id BIGINT CONSTRAINT fk_due_day_changes_changed_by_id REFERENCES users (id),
    changed_for VARCHAR NOT NULL,
    CONSTRAINT fk_due_day_changes_contract_id_partner_id_customer_id
        FOREIGN KEY (contract_id, partner_id, customer_id)
        REFERENCES subscriptions (contract_id, partner_id, customer_id),
    CONSTRAINT fk_due_day_changes_invoice_id_contract_id_partner_id_customer_id
        FOREIGN KEY (invoice_id, contract_id, partner_id, customer_id)
        REFERENCES invoices (id, contract_id, partner_id, customer_id),
    CONSTRAINT uq_due_day_changes_contract_id_number UNIQUE (contract_id, number),
    CONSTRAINT ck_due_day_changes_to_another_day CHECK (
        from_day BETWEEN 1 AND 31 AND to_day BETWEEN 1 AND 31 AND from_day <> to_day),
    CONSTRAINT ck_due_day_changes_after_the_first CHECK (number >= 2),
    CONSTRAINT ck_due_day_changes_by_somebody CHECK ((changed_by_id IS NULL) = (changed_for <> ''))
);
CREATE INDEX ix_due_day_changes_customer_id_changed_at ON due_day_changes (customer_id, changed_at);
CREATE TRIGGER due_day_changes_frozen BEFORE UPDATE OR DELETE ON due_day_changes
    FOR EACH ROW EXECUTE FUNCTION overdue_notices_frozen();
CREATE TRIGGER due_day_changes_no_truncate BEFORE TRUNCATE ON due_day_changes
    FOR EACH STATEMENT EXECUTE FUNCTION overdue_notices_frozen();

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

-- The due day, and with it the place of what is to come, changes by a written change of it only.
CREATE FUNCTION subscriptions_moved_by_a_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM due_day_changes
        WHERE contract_id = NEW.contract_id AND number = OLD.next_number
            AND from_day = OLD.due_day AND to_day = NEW.due_day) THEN
        RAISE EXCEPTION 'a due day moves by a written change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER subscriptions_moved_by_a_change BEFORE UPDATE ON subscriptions FOR EACH ROW
    WHEN ((OLD.due_day, OLD.first_ends_on, OLD.place_shift, OLD.earlier_places)
        IS DISTINCT FROM (NEW.due_day, NEW.first_ends_on, NEW.place_shift, NEW.earlier_places))
    EXECUTE FUNCTION subscriptions_moved_by_a_change();
"""

DOWN = """
DROP TRIGGER subscriptions_moved_by_a_change ON subscriptions;
DROP FUNCTION subscriptions_moved_by_a_change();
DROP TRIGGER subscriptions_frozen ON subscriptions;
CREATE TRIGGER subscriptions_frozen BEFORE UPDATE ON subscriptions FOR EACH ROW
    WHEN ((OLD.contract_id, OLD.partner_id, OLD.customer_id, OLD.billed_to, OLD.plan, OLD.plan_name, OLD.cycle,
            OLD.counted_from, OLD.months, OLD.payments_in_term, OLD.due_day, OLD.first_period,
            OLD.first_ends_on, OLD.place_shift, OLD.activated_at)
        IS DISTINCT FROM (NEW.contract_id, NEW.partner_id, NEW.customer_id, NEW.billed_to, NEW.plan,
            NEW.plan_name, NEW.cycle, NEW.counted_from, NEW.months, NEW.payments_in_term, NEW.due_day,
            NEW.first_period, NEW.first_ends_on, NEW.place_shift, NEW.activated_at)
        OR NEW.next_number < OLD.next_number
        OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at))
    EXECUTE FUNCTION subscriptions_frozen();
DROP TABLE due_day_changes;
ALTER TABLE subscriptions DROP COLUMN earlier_places;
DROP INDEX uq_invoices_first_of_contract;
CREATE UNIQUE INDEX uq_invoices_first_of_contract ON invoices (contract_id) WHERE kind <> 'installment';
ALTER TABLE invoices ALTER COLUMN installment_number SET NOT NULL,
    DROP CONSTRAINT ck_invoices_later_ones_have_a_period,
    ADD CONSTRAINT ck_invoices_later_ones_have_a_period CHECK (
        installment_number >= 1 AND (installment_number = 1 OR
        (kind = 'installment' AND period_from IS NOT NULL AND grace_until IS NOT NULL)));
"""


def upgrade() -> None:
    op.execute(LISTS.format(kinds=NEW_KINDS, states=NEW_STATES))
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
    op.execute(LISTS.format(kinds=INVOICE_KINDS, states=INVOICE_STATES))
