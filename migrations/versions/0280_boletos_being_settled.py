"""A boleto is being settled while the bank has not credited it, and only then.

Before boletos had that state, any paid one with an open invoice counted: the rest of one that was paid for less
kept its contract from being suspended for good.
"""

from alembic import op

revision = "0280"
down_revision = "0240"
branch_labels = None
depends_on = None

FUNCTION = """
CREATE OR REPLACE FUNCTION is_boleto_settling(of_contract bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT EXISTS (
        SELECT FROM invoices JOIN boletos ON boletos.invoice_id = invoices.id
        WHERE invoices.contract_id = of_contract AND invoices.state IN ('open', 'uncollectible')
            AND {state})
$$;
"""


def upgrade() -> None:
    op.execute(FUNCTION.format(state="boletos.state = 'paid_unsettled'"))


def downgrade() -> None:
    op.execute(FUNCTION.format(state="starts_with(boletos.state, 'paid')"))
