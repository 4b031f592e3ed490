"""What follows when something is paid late: states of the service, notices, suspensions, and nights.

Nobody is suspended without a stored notice whose day has come, nor while a boleto is paid and not settled
(invariant M20): the database refuses it.
"""

from alembic import op

revision = "0221"
down_revision = "0220"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE subscriptions
    ADD COLUMN service_state VARCHAR(40) NOT NULL DEFAULT 'current',
    ADD CONSTRAINT ck_subscriptions_servicestate CHECK (service_state IN ('current', 'grace', 'overdue', 'suspended'));
ALTER TABLE subscriptions ALTER COLUMN service_state DROP DEFAULT;
CREATE INDEX ix_subscriptions_service_state_id ON subscriptions (service_state, id) WHERE service_state <> 'current';
ALTER TABLE coverages ADD COLUMN after_suspension BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE coverages ALTER COLUMN after_suspension DROP DEFAULT;

CREATE TABLE overdue_nights (
    id BIGSERIAL CONSTRAINT pk_overdue_nights PRIMARY KEY,
    day DATE NOT NULL CONSTRAINT uq_overdue_nights_day UNIQUE,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE TABLE overdue_chunks (
    id BIGSERIAL CONSTRAINT pk_overdue_chunks PRIMARY KEY,
    night_id BIGINT NOT NULL CONSTRAINT fk_overdue_chunks_night_id REFERENCES overdue_nights (id),
    subscription_ids BIGINT[] NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    changed BIGINT,
    noticed BIGINT,
    suspended BIGINT,
    released BIGINT,
    CONSTRAINT ck_overdue_chunks_of_some CHECK (cardinality(subscription_ids) > 0),
    CONSTRAINT ck_overdue_chunks_done_says_what CHECK (
        num_nonnulls(done_at, changed, noticed, suspended, released) IN (0, 5))
);
CREATE INDEX ix_overdue_chunks_night_id ON overdue_chunks (night_id);

CREATE TABLE overdue_notices (
    id BIGSERIAL CONSTRAINT pk_overdue_notices PRIMARY KEY,
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    reason VARCHAR NOT NULL,
    amount_cents BIGINT NOT NULL,
    suspends_on DATE NOT NULL,
    noticed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT fk_overdue_notices_contract_id_partner_id_customer_id
        FOREIGN KEY (contract_id, partner_id, customer_id)
        REFERENCES subscriptions (contract_id, partner_id, customer_id),
    CONSTRAINT fk_overdue_notices_invoice_id_contract_id_partner_id_customer_id
        FOREIGN KEY (invoice_id, contract_id, partner_id, customer_id)
        REFERENCES invoices (id, contract_id, partner_id, customer_id),
    CONSTRAINT uq_overdue_notices_invoice_id UNIQUE (invoice_id),
    CONSTRAINT uq_overdue_notices_id_contract_id UNIQUE (id, contract_id),
    CONSTRAINT ck_overdue_notices_says_why CHECK (reason <> ''),
    CONSTRAINT ck_overdue_notices_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_overdue_notices_warns_before CHECK (
        suspends_on > (noticed_at AT TIME ZONE 'America/Sao_Paulo')::date)
);
CREATE INDEX ix_overdue_notices_customer_id_noticed_at ON overdue_notices (customer_id, noticed_at);

CREATE TABLE suspensions (
    id BIGSERIAL CONSTRAINT pk_suspensions PRIMARY KEY,
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    notice_id BIGINT NOT NULL,
    suspended_at TIMESTAMP WITH TIME ZONE NOT NULL,
    released_at TIMESTAMP WITH TIME ZONE,
    release_reason VARCHAR(40),
    CONSTRAINT fk_suspensions_contract_id_partner_id_customer_id
        FOREIGN KEY (contract_id, partner_id, customer_id)
        REFERENCES subscriptions (contract_id, partner_id, customer_id),
    CONSTRAINT fk_suspensions_notice_id_contract_id
        FOREIGN KEY (notice_id, contract_id) REFERENCES overdue_notices (id, contract_id),
    CONSTRAINT ck_suspensions_releasereason CHECK (release_reason IN ('paid', 'canceled', 'ended')),
    CONSTRAINT ck_suspensions_released_for_a_reason CHECK (
        (released_at IS NULL) = (release_reason IS NULL) AND released_at >= suspended_at)
);
CREATE UNIQUE INDEX uq_suspensions_open ON suspensions (contract_id) WHERE released_at IS NULL;
CREATE INDEX ix_suspensions_contract_id ON suspensions (contract_id);
CREATE INDEX ix_suspensions_notice_id ON suspensions (notice_id);
CREATE INDEX ix_suspensions_customer_id_suspended_at ON suspensions (customer_id, suspended_at);

-- Whatever the bank calls paid, settled or not, while its invoice is still open.
CREATE FUNCTION is_boleto_settling(of_contract bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT EXISTS (
        SELECT FROM invoices JOIN boletos ON boletos.invoice_id = invoices.id
        WHERE invoices.contract_id = of_contract AND invoices.state IN ('open', 'uncollectible')
            AND starts_with(boletos.state, 'paid'))
$$;

CREATE FUNCTION overdue_notices_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER overdue_notices_frozen BEFORE UPDATE OR DELETE ON overdue_notices
    FOR EACH ROW EXECUTE FUNCTION overdue_notices_frozen();
CREATE TRIGGER overdue_notices_no_truncate BEFORE TRUNCATE ON overdue_notices
    FOR EACH STATEMENT EXECUTE FUNCTION overdue_notices_frozen();
CREATE TRIGGER suspensions_no_delete BEFORE DELETE ON suspensions
    FOR EACH ROW EXECUTE FUNCTION overdue_notices_frozen();
CREATE TRIGGER suspensions_no_truncate BEFORE TRUNCATE ON suspensions
    FOR EACH STATEMENT EXECUTE FUNCTION overdue_notices_frozen();
CREATE TRIGGER suspensions_frozen BEFORE UPDATE ON suspensions FOR EACH ROW
    WHEN (OLD.released_at IS NOT NULL OR (OLD.contract_id, OLD.notice_id, OLD.suspended_at)
        IS DISTINCT FROM (NEW.contract_id, NEW.notice_id, NEW.suspended_at))
    EXECUTE FUNCTION overdue_notices_frozen();

CREATE FUNCTION suspensions_after_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM begun JOIN overdue_notices AS notice ON notice.id = begun.notice_id
        JOIN invoices ON invoices.id = notice.invoice_id
        WHERE notice.suspends_on > (begun.suspended_at AT TIME ZONE 'America/Sao_Paulo')::date
            OR invoices.state NOT IN ('open', 'uncollectible')
    ) THEN
        RAISE EXCEPTION 'nobody is suspended before the day of the notice'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (SELECT FROM begun WHERE is_boleto_settling(begun.contract_id)) THEN
        RAISE EXCEPTION 'nobody is suspended while a boleto is being settled'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER suspensions_after_notice AFTER INSERT ON suspensions
    REFERENCING NEW TABLE AS begun FOR EACH STATEMENT EXECUTE FUNCTION suspensions_after_notice();

CREATE FUNCTION contracts_suspended_for_a_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM suspensions WHERE contract_id = NEW.id AND released_at IS NULL) THEN
        RAISE EXCEPTION 'nobody is suspended without a notice' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contracts_suspended_for_a_reason BEFORE UPDATE ON contracts FOR EACH ROW
    WHEN (NEW.state = 'suspended' AND OLD.state <> 'suspended')
    EXECUTE FUNCTION contracts_suspended_for_a_reason();
CREATE FUNCTION subscriptions_suspended_for_a_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM suspensions WHERE contract_id = NEW.contract_id AND released_at IS NULL) THEN
        RAISE EXCEPTION 'nobody is suspended without a notice' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER subscriptions_suspended_for_a_reason BEFORE UPDATE ON subscriptions FOR EACH ROW
    WHEN (NEW.service_state = 'suspended' AND OLD.service_state <> 'suspended')
    EXECUTE FUNCTION subscriptions_suspended_for_a_reason();
CREATE FUNCTION coverages_after_suspension() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM subscriptions WHERE contract_id = NEW.contract_id AND service_state = 'suspended') THEN
        RAISE EXCEPTION 'only a suspension moves paid time' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER coverages_after_suspension BEFORE INSERT ON coverages FOR EACH ROW
    WHEN (NEW.after_suspension) EXECUTE FUNCTION coverages_after_suspension();
"""

# What is suspended is active again for tables that know no suspensions.
DOWN = """
DROP TRIGGER coverages_after_suspension ON coverages;
DROP FUNCTION coverages_after_suspension();
DROP TRIGGER subscriptions_suspended_for_a_reason ON subscriptions;
DROP FUNCTION subscriptions_suspended_for_a_reason();
DROP TRIGGER contracts_suspended_for_a_reason ON contracts;
DROP FUNCTION contracts_suspended_for_a_reason();
UPDATE contracts SET state = 'active' WHERE state = 'suspended';
DROP TABLE suspensions;
DROP FUNCTION suspensions_after_notice();
DROP TABLE overdue_notices;
DROP FUNCTION overdue_notices_frozen();
DROP FUNCTION is_boleto_settling(bigint);
DROP TABLE overdue_chunks;
DROP TABLE overdue_nights;
ALTER TABLE coverages DROP COLUMN after_suspension;
ALTER TABLE subscriptions DROP COLUMN service_state;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
