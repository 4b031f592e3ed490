"""Whether lines come too late is asked of each line again: of distinct invoices the planner guesses wrong.

It takes them for few and reads all invoices for each, where the table is small.
"""

from alembic import op

revision = "0441"
down_revision = "0401"
branch_labels = None
depends_on = None

UP = """
CREATE OR REPLACE FUNCTION invoice_lines_too_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written JOIN invoices ON invoices.id = written.invoice_id
        LEFT JOIN billing_chunks AS chunk ON chunk.id = invoices.chunk_id AND chunk.done_at IS NULL
        WHERE invoices.state <> 'draft' AND chunk.id IS NULL
    ) THEN
        RAISE EXCEPTION 'invoice is issued' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
"""
DOWN = """
CREATE OR REPLACE FUNCTION invoice_lines_too_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT invoice_id FROM written) AS touched
        JOIN invoices ON invoices.id = touched.invoice_id
        LEFT JOIN billing_chunks AS chunk ON chunk.id = invoices.chunk_id AND chunk.done_at IS NULL
        WHERE invoices.state <> 'draft' AND chunk.id IS NULL
    ) THEN
        RAISE EXCEPTION 'invoice is issued' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
