"""The renewal of a term of several months is offered; who accepts keeps the price for another term."""

from alembic import op

revision = "0462"
down_revision = "0461"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE renewal_offers (
    id BIGSERIAL CONSTRAINT pk_renewal_offers PRIMARY KEY,
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    due_on DATE NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    monthly_cents BIGINT NOT NULL,
    offered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    accepted_at TIMESTAMP WITH TIME ZONE,
    accepted_by VARCHAR NOT NULL DEFAULT '',
    CONSTRAINT fk_renewal_offers_contract_id_partner_id_customer_id
        FOREIGN KEY (contract_id, partner_id, customer_id)
        REFERENCES subscriptions (contract_id, partner_id, customer_id),
    CONSTRAINT uq_renewal_offers_contract_id_starts_on UNIQUE (contract_id, starts_on),
    CONSTRAINT ck_renewal_offers_of_a_term CHECK (ends_on > starts_on AND monthly_cents >= 0),
    CONSTRAINT ck_renewal_offers_accepted_by_somebody CHECK ((accepted_at IS NULL) = (accepted_by = '')),
    CONSTRAINT ck_renewal_offers_accepted_in_time CHECK (
        accepted_at IS NULL OR (accepted_at AT TIME ZONE 'America/Sao_Paulo')::date < due_on)
);
CREATE INDEX ix_renewal_offers_customer_id ON renewal_offers (customer_id);
CREATE FUNCTION renewal_offers_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an offer stays as it was made' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER renewal_offers_kept BEFORE DELETE ON renewal_offers
    FOR EACH ROW EXECUTE FUNCTION renewal_offers_kept();
CREATE TRIGGER renewal_offers_frozen BEFORE UPDATE ON renewal_offers FOR EACH ROW
    WHEN (OLD.accepted_at IS NOT NULL OR (OLD.contract_id, OLD.number, OLD.due_on, OLD.starts_on, OLD.ends_on, OLD.monthly_cents,
        OLD.offered_at) IS DISTINCT FROM (NEW.contract_id, NEW.number, NEW.due_on, NEW.starts_on, NEW.ends_on, NEW.monthly_cents,
        NEW.offered_at))
    EXECUTE FUNCTION renewal_offers_kept();
"""

DOWN = """
DROP TABLE renewal_offers;
DROP FUNCTION renewal_offers_kept();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
