"""The closing check of a billing chunk looks at each invoice once; what it refuses stays the same."""

from alembic import op

revision = "0440"
down_revision = "0420"
branch_labels = None
depends_on = None

UP = """
CREATE OR REPLACE FUNCTION billing_chunks_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
    made_cents bigint;
    all_add_up boolean;
BEGIN
    IF OLD.done_at IS NOT NULL OR (OLD.run_id, OLD.first_id, OLD.last_id, OLD.first_number, OLD.count, OLD.planned_at)
        IS DISTINCT FROM (NEW.run_id, NEW.first_id, NEW.last_id, NEW.first_number, NEW.count, NEW.planned_at) THEN
        RAISE EXCEPTION 'billing_chunks is frozen' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT count(*), coalesce(sum(amount_cents), 0), coalesce(bool_and(amount_cents = of_lines.cents), true)
    INTO made, made_cents, all_add_up
    FROM invoices CROSS JOIN LATERAL (
        SELECT coalesce(sum(line.amount_cents), 0) AS cents FROM invoice_lines AS line
        WHERE line.invoice_id = invoices.id
    ) AS of_lines
    WHERE invoices.chunk_id = NEW.id;
    IF NOT all_add_up THEN
        RAISE EXCEPTION 'invoice lines do not add up' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.count <> made + (SELECT count(*) FROM voided_numbers WHERE chunk_id = NEW.id)
        OR NEW.invoiced <> made OR NEW.invoiced_cents <> made_cents
    THEN
        RAISE EXCEPTION 'a number of the chunk is not explained' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""

DOWN = """
CREATE OR REPLACE FUNCTION billing_chunks_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.done_at IS NOT NULL OR (OLD.run_id, OLD.first_id, OLD.last_id, OLD.first_number, OLD.count, OLD.planned_at)
        IS DISTINCT FROM (NEW.run_id, NEW.first_id, NEW.last_id, NEW.first_number, NEW.count, NEW.planned_at) THEN
        RAISE EXCEPTION 'billing_chunks is frozen' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM invoices LEFT JOIN invoice_lines AS line ON line.invoice_id = invoices.id
        WHERE invoices.chunk_id = NEW.id
        GROUP BY invoices.id HAVING invoices.amount_cents <> coalesce(sum(line.amount_cents), 0)
    ) THEN
        RAISE EXCEPTION 'invoice lines do not add up' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.count <> (SELECT count(*) FROM invoices WHERE chunk_id = NEW.id)
            + (SELECT count(*) FROM voided_numbers WHERE chunk_id = NEW.id)
        OR NEW.invoiced <> (SELECT count(*) FROM invoices WHERE chunk_id = NEW.id)
        OR NEW.invoiced_cents <> (SELECT coalesce(sum(amount_cents), 0) FROM invoices WHERE chunk_id = NEW.id)
    THEN
        RAISE EXCEPTION 'a number of the chunk is not explained' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
