"""A tax note bears a discount: what a credit note took back of its service."""

from alembic import op

revision = "0421"
down_revision = "0420"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE tax_notes ADD COLUMN discount_cents BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tax_notes ALTER COLUMN discount_cents DROP DEFAULT,
    ADD CONSTRAINT ck_tax_notes_discounted_within CHECK (discount_cents BETWEEN 0 AND amount_cents);
CREATE TRIGGER tax_notes_discount_frozen BEFORE UPDATE ON tax_notes FOR EACH ROW
    WHEN (OLD.discount_cents <> NEW.discount_cents) EXECUTE FUNCTION tax_notes_frozen();
CREATE OR REPLACE FUNCTION tax_notes_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM made JOIN invoice_lines AS line ON line.id = made.invoice_line_id
        WHERE line.invoice_id <> made.invoice_id OR line.amount_cents <> made.amount_cents) THEN
        RAISE EXCEPTION 'a tax note is worth its line' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM made JOIN invoices ON invoices.id = made.invoice_id
        WHERE made.replaces_id IS NULL
        GROUP BY invoices.id
        HAVING sum(made.amount_cents - made.discount_cents) <> invoices.amount_cents - invoices.carried_cents - (
            SELECT coalesce(sum(credit_notes.amount_cents), 0) FROM credit_notes
            WHERE credit_notes.invoice_id = invoices.id)) THEN
        RAISE EXCEPTION 'tax notes add up to their invoice' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM made JOIN tax_note_series AS series ON series.name = made.series
        GROUP BY series.name, series.last_number
        HAVING max(made.number) <> series.last_number
            OR count(*) <> max(made.number) - min(made.number) + 1
            OR min(made.number) > 1 AND NOT EXISTS (
                SELECT FROM tax_notes AS before
                WHERE before.series = series.name AND before.number = min(made.number) - 1)) THEN
        RAISE EXCEPTION 'tax notes are numbered without gaps' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
"""

DOWN = """
CREATE OR REPLACE FUNCTION tax_notes_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM made JOIN invoice_lines AS line ON line.id = made.invoice_line_id
        WHERE line.invoice_id <> made.invoice_id OR line.amount_cents <> made.amount_cents) THEN
        RAISE EXCEPTION 'a tax note is worth its line' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM made JOIN invoices ON invoices.id = made.invoice_id
        WHERE made.replaces_id IS NULL
        GROUP BY invoices.id HAVING sum(made.amount_cents) <> invoices.amount_cents - invoices.carried_cents)
        THEN
        RAISE EXCEPTION 'tax notes add up to their invoice' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM made JOIN tax_note_series AS series ON series.name = made.series
        GROUP BY series.name, series.last_number
        HAVING max(made.number) <> series.last_number
            OR count(*) <> max(made.number) - min(made.number) + 1
            OR min(made.number) > 1 AND NOT EXISTS (
                SELECT FROM tax_notes AS before
                WHERE before.series = series.name AND before.number = min(made.number) - 1)) THEN
        RAISE EXCEPTION 'tax notes are numbered without gaps' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER tax_notes_discount_frozen ON tax_notes;
ALTER TABLE tax_notes DROP COLUMN discount_cents;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
