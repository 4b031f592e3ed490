"""How its months are billed is frozen in a quote's version (invariant M7)."""

from alembic import op

revision = "0050"
down_revision = "0092"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE quote_versions ADD COLUMN first_period VARCHAR(40), ADD COLUMN due_day BIGINT;

UPDATE quote_versions SET due_day = 15, first_period = COALESCE(
    (SELECT first_period FROM plan_policies WHERE plan_policies.plan = quote_versions.plan), 'full_installment');

ALTER TABLE quote_versions
    ALTER COLUMN first_period SET NOT NULL,
    ALTER COLUMN due_day SET NOT NULL,
    ADD CONSTRAINT ck_quote_versions_firstperiodpolicy CHECK (first_period IN ('full_installment', 'proportional')),
    ADD CONSTRAINT ck_quote_versions_due_on_a_day CHECK (due_day BETWEEN 1 AND 31);

CREATE FUNCTION quote_versions_terms_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'quote_versions is frozen' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER quote_versions_terms_frozen BEFORE UPDATE ON quote_versions FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (OLD.first_period, OLD.due_day) IS DISTINCT FROM (NEW.first_period, NEW.due_day))
    EXECUTE FUNCTION quote_versions_terms_frozen();
"""

DOWN = """
DROP TRIGGER quote_versions_terms_frozen ON quote_versions;
DROP FUNCTION quote_versions_terms_frozen();
ALTER TABLE quote_versions DROP COLUMN first_period, DROP COLUMN due_day;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
