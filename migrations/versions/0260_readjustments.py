"""The IGP-M month by month, and the readjustments made by it.

A fresh database knows the index from 2019 to 2025.
"""

from alembic import op

revision = "0260"
down_revision = "0224"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE index_imports (
    id BIGSERIAL CONSTRAINT pk_index_imports PRIMARY KEY,
    source VARCHAR(40) NOT NULL,
    file_name VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    added BIGINT NOT NULL,
    revised BIGINT NOT NULL,
    imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    imported_by_id BIGINT CONSTRAINT fk_index_imports_imported_by_id REFERENCES users (id),
    CONSTRAINT ck_index_imports_indexsource CHECK (source IN ('initial', 'csv', 'central_bank')),
    CONSTRAINT ck_index_imports_brings_something CHECK (added >= 0 AND revised >= 0 AND added + revised > 0)
);
CREATE TABLE index_months (
    id BIGSERIAL CONSTRAINT pk_index_months PRIMARY KEY,
    month DATE NOT NULL,
    revision BIGINT NOT NULL,
    basis_points BIGINT NOT NULL,
    import_id BIGINT NOT NULL CONSTRAINT fk_index_months_import_id REFERENCES index_imports (id),
    CONSTRAINT uq_index_months_month_revision UNIQUE (month, revision),
    CONSTRAINT ck_index_months_first_day CHECK (extract(day FROM month) = 1),
    CONSTRAINT ck_index_months_revised_forward CHECK (revision >= 1),
    CONSTRAINT ck_index_months_sane CHECK (basis_points BETWEEN -1500 AND 1500)
);
CREATE TABLE readjustment_campaigns (
    id BIGSERIAL CONSTRAINT pk_readjustment_campaigns PRIMARY KEY,
    month DATE NOT NULL CONSTRAINT uq_readjustment_campaigns_month UNIQUE,
    last_index_month DATE NOT NULL,
    basis_points BIGINT NOT NULL,
    released_at TIMESTAMP WITH TIME ZONE NOT NULL,
    released_by_id BIGINT NOT NULL
        CONSTRAINT fk_readjustment_campaigns_released_by_id REFERENCES users (id),
    CONSTRAINT ck_readjustment_campaigns_first_days
        CHECK (extract(day FROM month) = 1 AND extract(day FROM last_index_month) = 1),
    CONSTRAINT ck_readjustment_campaigns_index_is_known CHECK (last_index_month < month)
);
CREATE TABLE readjustments (
    id BIGSERIAL CONSTRAINT pk_readjustments PRIMARY KEY,
    campaign_id BIGINT NOT NULL CONSTRAINT fk_readjustments_campaign_id REFERENCES readjustment_campaigns (id),
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    counted_from DATE NOT NULL,
    number BIGINT NOT NULL,
    due_on DATE NOT NULL,
    outcome VARCHAR(40) NOT NULL,
    before_cents BIGINT NOT NULL,
    after_cents BIGINT NOT NULL,
    before_repasse_cents BIGINT NOT NULL,
    after_repasse_cents BIGINT,
    written_at TIMESTAMP WITH TIME ZONE,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    withdrawn_by_id BIGINT CONSTRAINT fk_readjustments_withdrawn_by_id REFERENCES users (id),
    withdrawn_reason VARCHAR NOT NULL,
    CONSTRAINT fk_readjustments_contract_id_partner_id_customer_id FOREIGN KEY (contract_id, partner_id, customer_id)
        REFERENCES contracts (id, partner_id, customer_id),
    CONSTRAINT uq_readjustments_campaign_id_contract_id UNIQUE (campaign_id, contract_id),
    CONSTRAINT ck_readjustments_outcome CHECK (
        outcome IN ('readjusted', 'held', 'negative', 'too_early', 'billed', 'renewed')),
    CONSTRAINT ck_readjustments_never_lowers CHECK (
        CASE WHEN outcome = 'readjusted' THEN after_cents >= before_cents ELSE after_cents = before_cents END
        AND before_cents >= 0),
    CONSTRAINT ck_readjustments_a_year_later CHECK (
        outcome <> 'readjusted' OR due_on >= (counted_from + interval '1 year')::date),
    CONSTRAINT ck_readjustments_written_with_repasse CHECK ((written_at IS NULL) = (after_repasse_cents IS NULL)),
    CONSTRAINT ck_readjustments_written_when_readjusted CHECK (written_at IS NULL OR outcome = 'readjusted'),
    CONSTRAINT ck_readjustments_withdrawn_for_a_reason CHECK (
        (withdrawn_at IS NULL) = (withdrawn_reason = '') AND (withdrawn_at IS NULL OR outcome = 'readjusted'))
);
CREATE INDEX ix_readjustments_contract_id ON readjustments (contract_id);
CREATE INDEX ix_readjustments_to_write ON readjustments (campaign_id, id)
    WHERE written_at IS NULL AND withdrawn_at IS NULL AND outcome = 'readjusted';
CREATE UNIQUE INDEX uq_readjustments_payment ON readjustments (contract_id, number)
    WHERE outcome = 'readjusted' AND withdrawn_at IS NULL;
CREATE TABLE readjustment_holds (
    id BIGSERIAL CONSTRAINT pk_readjustment_holds PRIMARY KEY,
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    reason VARCHAR NOT NULL,
    placed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    placed_by_id BIGINT NOT NULL CONSTRAINT fk_readjustment_holds_placed_by_id REFERENCES users (id),
    lifted_at TIMESTAMP WITH TIME ZONE,
    lifted_by_id BIGINT CONSTRAINT fk_readjustment_holds_lifted_by_id REFERENCES users (id),
    CONSTRAINT fk_readjustment_holds_contract_id_partner_id_customer_id
        FOREIGN KEY (contract_id, partner_id, customer_id) REFERENCES contracts (id, partner_id, customer_id),
    CONSTRAINT ck_readjustment_holds_says_why CHECK (reason <> ''),
    CONSTRAINT ck_readjustment_holds_lifted_by_somebody CHECK ((lifted_at IS NULL) = (lifted_by_id IS NULL))
);
CREATE UNIQUE INDEX uq_readjustment_holds_open ON readjustment_holds (contract_id) WHERE lifted_at IS NULL;
CREATE INDEX ix_readjustment_holds_contract_id ON readjustment_holds (contract_id);
CREATE TABLE subscription_prices (
    id BIGSERIAL CONSTRAINT pk_subscription_prices PRIMARY KEY,
    subscription_id BIGINT NOT NULL
        CONSTRAINT fk_subscription_prices_subscription_id REFERENCES subscriptions (id),
    version BIGINT NOT NULL,
    valid_from DATE NOT NULL,
    monthly_cents BIGINT NOT NULL,
    repasse_cents BIGINT NOT NULL,
    monthly_before_cents BIGINT NOT NULL,
    written_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT uq_subscription_prices_subscription_id_version UNIQUE (subscription_id, version),
    CONSTRAINT ck_subscription_prices_follows_the_first CHECK (version >= 2),
    CONSTRAINT ck_subscription_prices_amounts_sane CHECK (monthly_cents >= 0 AND monthly_before_cents >= 0)
);
CREATE INDEX ix_subscription_prices_valid_from ON subscription_prices (valid_from);

ALTER TABLE tasks DROP CONSTRAINT ck_tasks_taskkind;
ALTER TABLE tasks ADD CONSTRAINT ck_tasks_taskkind
    CHECK (kind IN ('pay_repasse', 'review_repasse', 'refund', 'offer_renewal', 'other'));
"""

MONTHS = """
INSERT INTO index_imports (source, file_name, sha256, added, revised, imported_at)
    VALUES ('initial', '', '', 84, 0, '2026-01-05T12:00:00Z');
INSERT INTO index_months (month, revision, basis_points, import_id)
    SELECT month::date, 1, basis_points, (SELECT max(id) FROM index_imports) FROM (VALUES
    ('2019-01-01', 1), ('2019-02-01', 88), ('2019-03-01', 126), ('2019-04-01', 92),
    ('2019-05-01', 45), ('2019-06-01', 80), ('2019-07-01', 40), ('2019-08-01', -67),
    ('2019-09-01', -1), ('2019-10-01', 68), ('2019-11-01', 30), ('2019-12-01', 209),
    ('2020-01-01', 48), ('2020-02-01', -4), ('2020-03-01', 124), ('2020-04-01', 80),
    ('2020-05-01', 28), ('2020-06-01', 156), ('2020-07-01', 223), ('2020-08-01', 274),
    ('2020-09-01', 434), ('2020-10-01', 323), ('2020-11-01', 328), ('2020-12-01', 96),
    ('2021-01-01', 258), ('2021-02-01', 253), ('2021-03-01', 294), ('2021-04-01', 151),
    ('2021-05-01', 410), ('2021-06-01', 60), ('2021-07-01', 78), ('2021-08-01', 66),
    ('2021-09-01', -64), ('2021-10-01', 64), ('2021-11-01', 2), ('2021-12-01', 87),
    ('2022-01-01', 182), ('2022-02-01', 183), ('2022-03-01', 174), ('2022-04-01', 141),
    ('2022-05-01', 52), ('2022-06-01', 59), ('2022-07-01', 21), ('2022-08-01', -70),
    ('2022-09-01', -95), ('2022-10-01', -97), ('2022-11-01', -56), ('2022-12-01', 45),
    ('2023-01-01', 21), ('2023-02-01', -6), ('2023-03-01', 5), ('2023-04-01', -95),
    ('2023-05-01', -184), ('2023-06-01', -193), ('2023-07-01', -72), ('2023-08-01', -14),
    ('2023-09-01', 37), ('2023-10-01', 50), ('2023-11-01', 59), ('2023-12-01', 74),
    ('2024-01-01', 7), ('2024-02-01', -52), ('2024-03-01', -47), ('2024-04-01', 31),
    ('2024-05-01', 89), ('2024-06-01', 81), ('2024-07-01', 61), ('2024-08-01', 29),
    ('2024-09-01', 62), ('2024-10-01', 152), ('2024-11-01', 130), ('2024-12-01', 94),
    ('2025-01-01', 27), ('2025-02-01', 106), ('2025-03-01', -34), ('2025-04-01', 24),
    ('2025-05-01', -49), ('2025-06-01', -167), ('2025-07-01', -77), ('2025-08-01', 36),
    ('2025-09-01', 42), ('2025-10-01', -36), ('2025-11-01', 27), ('2025-12-01', -1)
    ) AS known (month, basis_points);
"""

GUARDS = """
CREATE FUNCTION index_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER index_imports_kept BEFORE UPDATE OR DELETE ON index_imports
    FOR EACH ROW EXECUTE FUNCTION index_kept();
CREATE TRIGGER index_months_kept BEFORE UPDATE OR DELETE ON index_months
    FOR EACH ROW EXECUTE FUNCTION index_kept();
CREATE TRIGGER subscription_prices_kept BEFORE UPDATE OR DELETE ON subscription_prices
    FOR EACH ROW EXECUTE FUNCTION index_kept();
CREATE TRIGGER readjustment_campaigns_kept BEFORE UPDATE OR DELETE ON readjustment_campaigns
    FOR EACH ROW EXECUTE FUNCTION index_kept();
CREATE TRIGGER readjustments_kept BEFORE DELETE ON readjustments FOR EACH ROW EXECUTE FUNCTION index_kept();
CREATE TRIGGER readjustment_holds_kept BEFORE DELETE ON readjustment_holds
    FOR EACH ROW EXECUTE FUNCTION index_kept();

CREATE FUNCTION readjustments_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is frozen', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER readjustments_frozen BEFORE UPDATE ON readjustments FOR EACH ROW
    WHEN ((OLD.campaign_id, OLD.contract_id, OLD.partner_id, OLD.customer_id, OLD.counted_from, OLD.number,
            OLD.due_on, OLD.before_cents, OLD.before_repasse_cents)
        IS DISTINCT FROM (NEW.campaign_id, NEW.contract_id, NEW.partner_id, NEW.customer_id, NEW.counted_from,
            NEW.number, NEW.due_on, NEW.before_cents, NEW.before_repasse_cents)
        OR (OLD.written_at IS NOT NULL AND (OLD.written_at, OLD.outcome, OLD.after_cents, OLD.after_repasse_cents)
            IS DISTINCT FROM (NEW.written_at, NEW.outcome, NEW.after_cents, NEW.after_repasse_cents))
        OR OLD.withdrawn_at IS NOT NULL)
    EXECUTE FUNCTION readjustments_frozen();
CREATE TRIGGER readjustment_holds_frozen BEFORE UPDATE ON readjustment_holds FOR EACH ROW
    WHEN (OLD.lifted_at IS NOT NULL OR (OLD.contract_id, OLD.reason, OLD.placed_at, OLD.placed_by_id)
        IS DISTINCT FROM (NEW.contract_id, NEW.reason, NEW.placed_at, NEW.placed_by_id))
    EXECUTE FUNCTION readjustments_frozen();
"""

# Tasks of the kind that goes have no other name.
DOWN = """
ALTER TABLE tasks DISABLE TRIGGER USER;
UPDATE tasks SET kind = 'other' WHERE kind = 'offer_renewal';
ALTER TABLE tasks ENABLE TRIGGER USER;
ALTER TABLE tasks DROP CONSTRAINT ck_tasks_taskkind;
ALTER TABLE tasks ADD CONSTRAINT ck_tasks_taskkind
    CHECK (kind IN ('pay_repasse', 'review_repasse', 'refund', 'other'));
DROP TABLE subscription_prices;
DROP TABLE readjustment_holds;
DROP TABLE readjustments;
DROP TABLE readjustment_campaigns;
DROP TABLE index_months;
DROP TABLE index_imports;
DROP FUNCTION readjustments_frozen();
DROP FUNCTION index_kept();
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(MONTHS)
    op.execute(GUARDS)


def downgrade() -> None:
    op.execute(DOWN)
