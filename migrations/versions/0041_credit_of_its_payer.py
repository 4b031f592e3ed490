"""Credit belongs to the document the money came from (M17)."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

REASONS = "'unknown_invoice', 'other_customer', 'wrong_currency', 'wrong_amount', 'not_collectible'"


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION customer_credits_of_their_payer() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.payment_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM payments p
                LEFT JOIN invoices i ON i.id = p.invoice_id
                LEFT JOIN customers c ON c.id = NEW.customer_id
                LEFT JOIN partners v ON v.id = NEW.partner_id AND NEW.customer_id IS NULL
                WHERE p.id = NEW.payment_id
                  AND (p.payer_document = '' OR p.payer_document IN (c.document, v.document, i.payer_document))
            ) THEN
                RAISE EXCEPTION 'credit belongs to whom the money came from'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER customer_credits_of_their_payer BEFORE INSERT ON customer_credits
        FOR EACH ROW EXECUTE FUNCTION customer_credits_of_their_payer()
        """
    )
    _allow(f"{REASONS}, 'other_payer'")


def downgrade() -> None:
    op.execute("DROP TRIGGER customer_credits_of_their_payer ON customer_credits")
    op.execute("DROP FUNCTION customer_credits_of_their_payer()")
    _allow(REASONS)


def _allow(reasons: str) -> None:
    op.execute("ALTER TABLE parked_payments DROP CONSTRAINT ck_parked_payments_parkreason")
    check = f"CHECK (reason IN ({reasons}))"
    op.execute(f"ALTER TABLE parked_payments ADD CONSTRAINT ck_parked_payments_parkreason {check}")
