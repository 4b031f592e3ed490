"""A suspended service may be released in trust for some days: once a suspension, and only while that runs."""

from alembic import op

revision = "0330"
down_revision = "0280"
branch_labels = None
depends_on = None

STATES = "ALTER TABLE subscriptions DROP CONSTRAINT ck_subscriptions_servicestate, "
STATES += "ADD CONSTRAINT ck_subscriptions_servicestate CHECK (service_state IN ({states}))"

UP = """
ALTER TABLE suspensions ADD CONSTRAINT uq_suspensions_id_contract_id UNIQUE (id, contract_id);
CREATE TABLE trust_releases (
    id BIGSERIAL CONSTRAINT pk_trust_releases PRIMARY KEY,
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    suspension_id BIGINT NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    until_on DATE NOT NULL,
    given_by_id BIGINT CONSTRAINT fk_trust_releases_given_by_id REFERENCES users (id),
    given_to VARCHAR NOT NULL,
    CONSTRAINT fk_trust_releases_contract_id_partner_id_customer_id
        FOREIGN KEY (contract_id, partner_id, customer_id)
        REFERENCES subscriptions (contract_id, partner_id, customer_id),
    CONSTRAINT fk_trust_releases_suspension_id_contract_id
        FOREIGN KEY (suspension_id, contract_id) REFERENCES suspensions (id, contract_id),
    CONSTRAINT uq_trust_releases_suspension_id UNIQUE (suspension_id),
    CONSTRAINT ck_trust_releases_lasts CHECK (
        until_on > (given_at AT TIME ZONE 'America/Sao_Paulo')::date),
    CONSTRAINT ck_trust_releases_by_somebody CHECK ((given_by_id IS NULL) = (given_to <> ''))
);
CREATE INDEX ix_trust_releases_customer_id_given_at ON trust_releases (customer_id, given_at);
CREATE INDEX ix_trust_releases_partner_id_given_at ON trust_releases (partner_id, given_at);
CREATE INDEX ix_trust_releases_given_at ON trust_releases (given_at);

CREATE TRIGGER trust_releases_frozen BEFORE UPDATE OR DELETE ON trust_releases
    FOR EACH ROW EXECUTE FUNCTION overdue_notices_frozen();
CREATE TRIGGER trust_releases_no_truncate BEFORE TRUNCATE ON trust_releases
    FOR EACH STATEMENT EXECUTE FUNCTION overdue_notices_frozen();

CREATE FUNCTION trust_releases_while_suspended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM suspensions
        WHERE id = NEW.suspension_id AND released_at IS NULL AND suspended_at <= NEW.given_at) THEN
        RAISE EXCEPTION 'only a running suspension is lifted in trust'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER trust_releases_while_suspended BEFORE INSERT ON trust_releases
    FOR EACH ROW EXECUTE FUNCTION trust_releases_while_suspended();

CREATE FUNCTION subscriptions_trusted_for_a_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM trust_releases JOIN suspensions ON suspensions.id = trust_releases.suspension_id
        WHERE suspensions.contract_id = NEW.contract_id AND suspensions.released_at IS NULL) THEN
        RAISE EXCEPTION 'nobody is trusted without a release' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER subscriptions_trusted_for_a_reason BEFORE UPDATE ON subscriptions FOR EACH ROW
    WHEN (NEW.service_state = 'trusted' AND OLD.service_state <> 'trusted')
    EXECUTE FUNCTION subscriptions_trusted_for_a_reason();
"""

COVERAGE = """
CREATE OR REPLACE FUNCTION coverages_after_suspension() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM subscriptions WHERE contract_id = NEW.contract_id AND service_state {states}) THEN
        RAISE EXCEPTION 'only a suspension moves paid time' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""

# What was trusted is suspended for tables that know no trust.
DOWN = """
DROP TRIGGER subscriptions_trusted_for_a_reason ON subscriptions;
DROP FUNCTION subscriptions_trusted_for_a_reason();
UPDATE subscriptions SET service_state = 'suspended' WHERE service_state = 'trusted';
DROP TABLE trust_releases;
DROP FUNCTION trust_releases_while_suspended();
ALTER TABLE suspensions DROP CONSTRAINT uq_suspensions_id_contract_id;
"""


def upgrade() -> None:
    op.execute(STATES.format(states="'current', 'grace', 'overdue', 'trusted', 'suspended'"))
    op.execute(UP)
    op.execute(COVERAGE.format(states="IN ('suspended', 'trusted')"))


def downgrade() -> None:
    op.execute(DOWN)
    op.execute(COVERAGE.format(states="= 'suspended'"))
    op.execute(STATES.format(states="'current', 'grace', 'overdue', 'suspended'"))
