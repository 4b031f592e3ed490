"""Boletos paid and not yet credited, and those whose write-off the bank was asked for.

A trigger lets a boleto's state move only as the portal's own table says. What a bank told of and credits later
is kept as told until it is booked.
"""

from alembic import op

revision = "0210"
down_revision = "0270"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE boletos
    DROP CONSTRAINT ck_boletos_boletostate,
    DROP CONSTRAINT ck_boletos_paid_at_some_time;
UPDATE boletos SET state = 'write_off_asked'
    WHERE withdraw_asked_at IS NOT NULL AND state IN ('issued', 'registered');
ALTER TABLE boletos
    ADD CONSTRAINT ck_boletos_boletostate CHECK (state IN ('issued', 'registered', 'rejected', 'paid_unsettled',
        'paid', 'write_off_asked', 'written_off', 'undone')),
    ADD CONSTRAINT ck_boletos_paid_at_some_time CHECK (
        (state IN ('paid_unsettled', 'paid')) = (paid_at IS NOT NULL)),
    ADD CONSTRAINT ck_boletos_write_off_asked_at_some_time CHECK (
        state <> 'write_off_asked' OR withdraw_asked_at IS NOT NULL);

CREATE FUNCTION boletos_move_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (CASE OLD.state
        WHEN 'issued' THEN NEW.state IN ('registered', 'rejected', 'paid_unsettled', 'paid', 'write_off_asked',
            'written_off')
        WHEN 'registered' THEN NEW.state IN ('paid_unsettled', 'paid', 'write_off_asked', 'written_off')
        WHEN 'rejected' THEN NEW.state IN ('paid_unsettled', 'paid')
        WHEN 'write_off_asked' THEN NEW.state IN ('rejected', 'paid_unsettled', 'paid', 'written_off')
        WHEN 'written_off' THEN NEW.state IN ('paid_unsettled', 'paid')
        WHEN 'paid_unsettled' THEN NEW.state IN ('paid', 'undone')
        WHEN 'paid' THEN NEW.state = 'undone'
        WHEN 'undone' THEN NEW.state IN ('paid_unsettled', 'paid', 'written_off')
        ELSE false
    END) THEN
        RAISE EXCEPTION 'a boleto does not move so'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER boletos_move_forward BEFORE UPDATE ON boletos FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION boletos_move_forward();
CREATE INDEX ix_boletos_unsettled ON boletos (invoice_id) WHERE state = 'paid_unsettled';

CREATE TABLE boleto_settlements (
    id BIGSERIAL CONSTRAINT pk_boleto_settlements PRIMARY KEY,
    boleto_id BIGINT NOT NULL CONSTRAINT fk_boleto_settlements_boleto_id REFERENCES boletos (id),
    external_id VARCHAR NOT NULL CONSTRAINT uq_boleto_settlements_external_id UNIQUE,
    amount_cents BIGINT NOT NULL,
    fee_cents BIGINT NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settles_on DATE NOT NULL,
    facts JSONB NOT NULL,
    told_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT ck_boleto_settlements_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_boleto_settlements_fee_within CHECK (fee_cents >= 0 AND fee_cents <= amount_cents)
);
CREATE INDEX ix_boleto_settlements_boleto_id ON boleto_settlements (boleto_id);
CREATE INDEX ix_boleto_settlements_waiting ON boleto_settlements (settles_on, id) WHERE settled_at IS NULL;
CREATE FUNCTION boleto_settlements_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'boleto_settlements is frozen' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER boleto_settlements_frozen BEFORE UPDATE ON boleto_settlements FOR EACH ROW
    WHEN (OLD.settled_at IS NOT NULL OR (OLD.boleto_id, OLD.external_id, OLD.amount_cents, OLD.fee_cents,
            OLD.paid_at, OLD.settles_on, OLD.facts, OLD.told_at)
        IS DISTINCT FROM (NEW.boleto_id, NEW.external_id, NEW.amount_cents, NEW.fee_cents, NEW.paid_at,
            NEW.settles_on, NEW.facts, NEW.told_at))
    EXECUTE FUNCTION boleto_settlements_frozen();
CREATE TRIGGER boleto_settlements_kept BEFORE DELETE ON boleto_settlements
    FOR EACH ROW EXECUTE FUNCTION boleto_settlements_frozen();
"""

DOWN = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM boleto_settlements) THEN
        RAISE EXCEPTION 'payments that banks credit later have no place before 0210';
    END IF;
END $$;
DROP TABLE boleto_settlements;
DROP FUNCTION boleto_settlements_frozen();
DROP INDEX ix_boletos_unsettled;
DROP TRIGGER boletos_move_forward ON boletos;
DROP FUNCTION boletos_move_forward();
ALTER TABLE boletos
    DROP CONSTRAINT ck_boletos_boletostate,
    DROP CONSTRAINT ck_boletos_paid_at_some_time,
    DROP CONSTRAINT ck_boletos_write_off_asked_at_some_time;
UPDATE boletos SET state = CASE WHEN registered_at IS NULL THEN 'issued' ELSE 'registered' END
    WHERE state = 'write_off_asked';
ALTER TABLE boletos
    ADD CONSTRAINT ck_boletos_boletostate CHECK (
        state IN ('issued', 'registered', 'rejected', 'paid', 'written_off', 'undone')),
    ADD CONSTRAINT ck_boletos_paid_at_some_time CHECK ((state = 'paid') = (paid_at IS NOT NULL));
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
