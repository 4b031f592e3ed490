"""Two people agree on money that only people attest, and on the limit itself."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

UP = (
    """
    ALTER TABLE ted_transfers
        ADD COLUMN announced_by_id bigint CONSTRAINT fk_ted_transfers_announced_by_id REFERENCES users (id),
        ADD CONSTRAINT ck_ted_transfers_not_confirmed_by_its_sender CHECK (
            announced_by_id IS NULL OR (announced_by_id <> COALESCE(confirmed_by_id, 0)
                AND announced_by_id <> COALESCE(second_confirmed_by_id, 0)))
    """,
    """
    CREATE FUNCTION ted_transfers_not_by_who_refused() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM ted_transfers t
            WHERE t.invoice_id = NEW.invoice_id AND t.refused_by_id IN (NEW.confirmed_by_id, NEW.second_confirmed_by_id)
        ) THEN
            RAISE EXCEPTION 'who refused a TED of this invoice confirms none'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER ted_transfers_not_by_who_refused
    BEFORE UPDATE OF confirmed_by_id, second_confirmed_by_id ON ted_transfers
    FOR EACH ROW EXECUTE FUNCTION ted_transfers_not_by_who_refused()
    """,
    """
    ALTER TABLE parked_payments
        ADD COLUMN needs_two boolean NOT NULL DEFAULT false,
        ADD COLUMN proposal varchar(40)
            CONSTRAINT ck_parked_payments_proposal CHECK (proposal IN ('settled', 'credited', 'parked', 'returned')),
        ADD COLUMN proposed_invoice_id bigint
            CONSTRAINT fk_parked_payments_proposed_invoice_id REFERENCES invoices (id),
        ADD COLUMN proposal_note varchar NOT NULL DEFAULT '',
        ADD COLUMN proposed_by_id bigint CONSTRAINT fk_parked_payments_proposed_by_id REFERENCES users (id),
        ADD COLUMN proposed_at timestamptz,
        ADD CONSTRAINT ck_parked_payments_proposed_by_somebody
            CHECK ((proposal IS NULL) = (proposed_by_id IS NULL)),
        ADD CONSTRAINT ck_parked_payments_two_different_people
            CHECK (proposal IS NULL OR resolved_by_id <> proposed_by_id),
        ADD CONSTRAINT ck_parked_payments_four_eyes CHECK (NOT needs_two OR proposal IS NOT NULL)
    """,
    """
    ALTER TABLE parked_payments
        ALTER COLUMN needs_two DROP DEFAULT, ALTER COLUMN proposal_note DROP DEFAULT
    """,
    """
    ALTER TABLE settings
        ADD COLUMN pending_value bigint, ADD COLUMN pending_at timestamptz,
        ADD COLUMN pending_by_id bigint CONSTRAINT fk_settings_pending_by_id REFERENCES users (id),
        ADD COLUMN pending_by_name varchar NOT NULL DEFAULT ''
    """,
    "ALTER TABLE settings ALTER COLUMN pending_by_name DROP DEFAULT",
)
DOWN = (
    """
    ALTER TABLE settings DROP COLUMN pending_value, DROP COLUMN pending_at, DROP COLUMN pending_by_id,
        DROP COLUMN pending_by_name
    """,
    """
    ALTER TABLE parked_payments DROP COLUMN needs_two, DROP COLUMN proposal, DROP COLUMN proposed_invoice_id,
        DROP COLUMN proposal_note, DROP COLUMN proposed_by_id, DROP COLUMN proposed_at
    """,
    "DROP TRIGGER ted_transfers_not_by_who_refused ON ted_transfers",
    "DROP FUNCTION ted_transfers_not_by_who_refused()",
    "ALTER TABLE ted_transfers DROP COLUMN announced_by_id",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
