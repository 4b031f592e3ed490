"""How customers of a demonstration pay by themselves, and which invoices they have paid so."""

from alembic import op

revision = "0231"
down_revision = "0230"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE sandbox_payers (
    customer_id BIGINT CONSTRAINT pk_sandbox_payers PRIMARY KEY,
    habit VARCHAR(40) NOT NULL,
    days_late BIGINT NOT NULL,
    CONSTRAINT fk_sandbox_payers_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT ck_sandbox_payers_payinghabit
        CHECK (habit IN ('on_time', 'late', 'never', 'twice', 'other_way', 'partly')),
    CONSTRAINT ck_sandbox_payers_late_says_how_much
        CHECK ((habit = 'late') = (days_late > 0) AND days_late BETWEEN 0 AND 365)
);
CREATE TABLE sandbox_payments (
    invoice_id BIGINT CONSTRAINT pk_sandbox_payments PRIMARY KEY,
    acted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT fk_sandbox_payments_invoice_id FOREIGN KEY (invoice_id) REFERENCES invoices (id)
);
"""

DOWN = """
DROP TABLE sandbox_payments;
DROP TABLE sandbox_payers;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
