"""What lateness costs and what a payment pays first stand with the signed paper and the issued invoice.

What is there already owes by what held so far: 2 %, 1 % a month, face value first. The contract's text says
rates and order by marks from its next version on; what was printed stays as it is.
"""

from alembic import op
from sqlalchemy import text

revision = "0600"
down_revision = "0590"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE {table}
    ADD COLUMN late_fee_basis_points BIGINT NOT NULL DEFAULT 200,
    ADD COLUMN late_interest_basis_points BIGINT NOT NULL DEFAULT 100,
    ADD COLUMN charges_first BOOLEAN NOT NULL DEFAULT false,
    ADD CONSTRAINT ck_{table}_late_rates_lawful CHECK (
        late_fee_basis_points BETWEEN 0 AND 200 AND late_interest_basis_points BETWEEN 0 AND 100);
CREATE FUNCTION {table}_late_terms_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{table}: late terms are frozen' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER {table}_late_terms_frozen BEFORE UPDATE ON {table} FOR EACH ROW
    WHEN ({fixed}(OLD.late_fee_basis_points, OLD.late_interest_basis_points, OLD.charges_first)
        IS DISTINCT FROM (NEW.late_fee_basis_points, NEW.late_interest_basis_points, NEW.charges_first))
    EXECUTE FUNCTION {table}_late_terms_frozen();
"""
DOWN = """
DROP TRIGGER {table}_late_terms_frozen ON {table};
DROP FUNCTION {table}_late_terms_frozen();
ALTER TABLE {table}
    DROP COLUMN late_fee_basis_points, DROP COLUMN late_interest_basis_points, DROP COLUMN charges_first;
"""
# From when on they stay.
FIXED = {
    "contracts": "OLD.generated_at IS NOT NULL AND ",
    "subscriptions": "",
    "agreements": "",
    "invoices": "OLD.state <> 'draft' AND ",
}
NEXT_TEXT = """
INSERT INTO contract_templates (number, layout, clauses, note, created_at)
SELECT number + 1, layout, replace(clauses, :said, :says), :note, now()
FROM contract_templates
WHERE number = (SELECT max(number) FROM contract_templates) AND strpos(clauses, :said) > 0
"""
SAID = (
    "Sobre o valor pago em atraso incidem multa de 2% (dois por cento) e juros de mora de 1% (um por cento) "
    "ao mês, contados por dia, demonstrados em separado."
)
SAYS = (
    "Sobre o valor pago em atraso incidem multa de {multa} e juros de mora de {juros} ao mês, contados por "
    "dia, demonstrados em separado.\n"
    "O pagamento menor que o devido quita, nesta ordem, {ordem}. O restante continua em aberto."
)
NOTE = (
    "Diz em que ordem um pagamento parcial é usado. Multa e juros são os em vigor quando o contrato é gerado."
)


def upgrade() -> None:
    for table, fixed in FIXED.items():
        op.execute(UP.format(table=table, fixed=fixed))
    op.get_bind().execute(text(NEXT_TEXT), {"said": SAID, "says": SAYS, "note": NOTE})


def downgrade() -> None:
    for table in FIXED:
        op.execute(DOWN.format(table=table))
