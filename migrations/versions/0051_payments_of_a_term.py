"""An invoice is one of a contract's payments: unique by what it bills, not by when it falls due (M2)."""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE invoices
    ADD COLUMN term_number BIGINT,
    ADD COLUMN payment_number BIGINT,
    ADD COLUMN grace_until DATE;

-- A first period releases the service to the due date it ends before; a later payment, to the end of its time.
ALTER TABLE invoices DISABLE TRIGGER USER;
UPDATE invoices SET grace_until = CASE kind WHEN 'first_period' THEN period_until + 1 ELSE period_until END
    WHERE kind <> 'difference' AND period_until IS NOT NULL;
UPDATE invoices SET
    term_number = (invoices.installment_number - 1) / quote_versions.installments + 1,
    payment_number = (invoices.installment_number - 1) % quote_versions.installments + 1
    FROM contracts JOIN quote_versions ON quote_versions.id = contracts.version_id
    WHERE contracts.id = invoices.contract_id AND invoices.kind = 'installment';
ALTER TABLE invoices ENABLE TRIGGER USER;

ALTER TABLE invoices
    DROP CONSTRAINT uq_invoices_contract_id_due_month,
    ADD CONSTRAINT uq_invoices_contract_id_term_number_payment_number
        UNIQUE (contract_id, term_number, payment_number),
    ADD CONSTRAINT ck_invoices_installment_of_a_term CHECK (
        (kind = 'installment') = (term_number IS NOT NULL)
        AND (term_number IS NULL) = (payment_number IS NULL)
        AND (term_number IS NULL OR (term_number >= 1 AND payment_number >= 1))),
    ADD CONSTRAINT ck_invoices_later_ones_have_a_period CHECK (
        installment_number >= 1 AND (installment_number = 1 OR
        (kind = 'installment' AND period_from IS NOT NULL AND grace_until IS NOT NULL))),
    ADD CONSTRAINT ck_invoices_grace_after_period CHECK (grace_until IS NULL OR grace_until >= period_until);

CREATE UNIQUE INDEX uq_invoices_first_of_contract ON invoices (contract_id) WHERE kind <> 'installment';

CREATE FUNCTION invoices_place_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'invoices is frozen' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER invoices_place_frozen BEFORE UPDATE ON invoices FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (OLD.term_number, OLD.payment_number, OLD.grace_until)
        IS DISTINCT FROM (NEW.term_number, NEW.payment_number, NEW.grace_until))
    EXECUTE FUNCTION invoices_place_frozen();
"""

DOWN = """
DROP TRIGGER invoices_place_frozen ON invoices;
DROP FUNCTION invoices_place_frozen();
DROP INDEX uq_invoices_first_of_contract;
ALTER TABLE invoices
    DROP CONSTRAINT uq_invoices_contract_id_term_number_payment_number,
    DROP COLUMN term_number, DROP COLUMN payment_number, DROP COLUMN grace_until,
    ADD CONSTRAINT uq_invoices_contract_id_due_month UNIQUE (contract_id, due_month);
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
