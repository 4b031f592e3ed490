"""What the customer paid, what the bank kept of it and what it credited are apart (M18)."""

from alembic import op

revision = "0040"
down_revision = "0031"
branch_labels = None
depends_on = None

ACCOUNTS = (
    "'receivable', 'deferred_revenue', 'cash_card', 'cash_boleto', 'cash_pix', 'cash_ted', 'customer_credit', "
    "'unidentified', 'repasse_expense', 'repasse_payable'"
)
KINDS = "'issued', 'voided', 'paid', 'credited', 'parked', 'resolved', 'repasse'"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE payments ADD COLUMN fee_cents bigint NOT NULL DEFAULT 0, ADD COLUMN credited_cents bigint"
    )
    op.execute("ALTER TABLE payments DISABLE TRIGGER USER")
    op.execute("UPDATE payments SET credited_cents = amount_cents")
    op.execute("ALTER TABLE payments ENABLE TRIGGER USER")
    op.execute(
        """
        ALTER TABLE payments ALTER COLUMN fee_cents DROP DEFAULT, ALTER COLUMN credited_cents SET NOT NULL,
            ADD CONSTRAINT ck_payments_gross_is_fee_and_credited
                CHECK (fee_cents >= 0 AND credited_cents >= 0 AND amount_cents = fee_cents + credited_cents)
        """
    )
    op.execute(
        """
        CREATE FUNCTION payments_fee_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'payments is frozen' USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER payments_fee_frozen BEFORE UPDATE ON payments FOR EACH ROW
        WHEN (OLD.fee_cents IS DISTINCT FROM NEW.fee_cents
              OR OLD.credited_cents IS DISTINCT FROM NEW.credited_cents)
        EXECUTE FUNCTION payments_fee_frozen()
        """
    )
    _allow(f"{ACCOUNTS}, 'bank_fees'", f"{KINDS}, 'fee'")


def downgrade() -> None:
    op.execute("DROP TRIGGER payments_fee_frozen ON payments")
    op.execute("DROP FUNCTION payments_fee_frozen()")
    op.execute("ALTER TABLE payments DROP COLUMN fee_cents, DROP COLUMN credited_cents")
    _allow(ACCOUNTS, KINDS)


def _allow(accounts: str, kinds: str) -> None:
    for column, values in (("debit_account", accounts), ("credit_account", accounts), ("postingkind", kinds)):
        op.execute(f"ALTER TABLE postings DROP CONSTRAINT ck_postings_{column}")
        checked = "kind" if column == "postingkind" else column
        op.execute(
            f"ALTER TABLE postings ADD CONSTRAINT ck_postings_{column} CHECK ({checked} IN ({values}))"
        )
