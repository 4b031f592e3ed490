"""Sums that finance's pages show, kept beside the rows they add up.

What is open by due day, what came in by day and way, what accrued by partner and month. Each statement that
changes such rows adds what it changed as rows of its own, so that writers never wait for one another; `fold_sums`
makes one row of many. The nightly check compares them with the rows.
"""

from alembic import op

revision = "0320"
down_revision = "0310"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE open_sums (
    id BIGSERIAL CONSTRAINT pk_open_sums PRIMARY KEY,
    due_on DATE NOT NULL,
    count BIGINT NOT NULL,
    open_cents BIGINT NOT NULL
);
CREATE TABLE income_sums (
    id BIGSERIAL CONSTRAINT pk_income_sums PRIMARY KEY,
    paid_on DATE NOT NULL,
    source VARCHAR(40) NOT NULL,
    count BIGINT NOT NULL,
    amount_cents BIGINT NOT NULL,
    CONSTRAINT ck_income_sums_paymentsource CHECK (source IN ('card', 'boleto', 'pix', 'ted'))
);
CREATE TABLE repasse_sums (
    id BIGSERIAL CONSTRAINT pk_repasse_sums PRIMARY KEY,
    partner_id BIGINT NOT NULL CONSTRAINT fk_repasse_sums_partner_id REFERENCES partners (id),
    month DATE NOT NULL,
    paid_cents BIGINT NOT NULL,
    cost_cents BIGINT NOT NULL,
    central_fee_cents BIGINT NOT NULL,
    vendor_share_cents BIGINT NOT NULL,
    repasse_cents BIGINT NOT NULL
);
CREATE INDEX ix_repasse_sums_partner_id_month ON repasse_sums (partner_id, month);

CREATE FUNCTION open_sums_of_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO open_sums (due_on, count, open_cents)
    SELECT due_on, count(*), sum(amount_cents - paid_cents) FROM written WHERE state = 'open' GROUP BY due_on;
    RETURN NULL;
END $$;
CREATE TRIGGER open_sums_of_new AFTER INSERT ON invoices
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION open_sums_of_new();
CREATE FUNCTION open_sums_of_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO open_sums (due_on, count, open_cents)
    SELECT due_on, sum(many), sum(cents) FROM (
        SELECT due_on, 1 AS many, amount_cents - paid_cents AS cents FROM written WHERE state = 'open'
        UNION ALL SELECT due_on, -1, paid_cents - amount_cents FROM was WHERE state = 'open'
    ) AS moved GROUP BY due_on HAVING sum(many) <> 0 OR sum(cents) <> 0;
    RETURN NULL;
END $$;
CREATE TRIGGER open_sums_of_changed AFTER UPDATE ON invoices
    REFERENCING OLD TABLE AS was NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION open_sums_of_changed();

CREATE FUNCTION income_sums_of_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO income_sums (paid_on, source, count, amount_cents)
    SELECT (paid_at AT TIME ZONE 'America/Sao_Paulo')::date, source, count(*), sum(amount_cents)
    FROM written WHERE currency = 'BRL' AND outcome <> 'returned' GROUP BY 1, 2;
    RETURN NULL;
END $$;
CREATE TRIGGER income_sums_of_new AFTER INSERT ON payments
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION income_sums_of_new();
CREATE FUNCTION income_sums_of_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO income_sums (paid_on, source, count, amount_cents)
    SELECT paid_on, source, sum(many), sum(cents) FROM (
        SELECT (paid_at AT TIME ZONE 'America/Sao_Paulo')::date AS paid_on, source, 1 AS many, amount_cents AS cents
        FROM written WHERE currency = 'BRL' AND outcome <> 'returned'
        UNION ALL
        SELECT (paid_at AT TIME ZONE 'America/Sao_Paulo')::date, source, -1, -amount_cents
        FROM was WHERE currency = 'BRL' AND outcome <> 'returned'
    ) AS moved GROUP BY paid_on, source HAVING sum(many) <> 0 OR sum(cents) <> 0;
    RETURN NULL;
END $$;
CREATE TRIGGER income_sums_of_changed AFTER UPDATE ON payments
    REFERENCING OLD TABLE AS was NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION income_sums_of_changed();

CREATE FUNCTION repasse_sums_of_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO repasse_sums
        (partner_id, month, paid_cents, cost_cents, central_fee_cents, vendor_share_cents, repasse_cents)
    SELECT partner_id, month, sum(paid_cents), sum(cost_cents), sum(central_fee_cents), sum(vendor_share_cents),
        sum(repasse_cents)
    FROM written GROUP BY partner_id, month;
    RETURN NULL;
END $$;
CREATE TRIGGER repasse_sums_of_new AFTER INSERT ON repasse_accruals
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION repasse_sums_of_new();

-- Readers see the many rows or the one, never both.
CREATE FUNCTION fold_sums() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before CONSTANT bigint := (SELECT count(*) FROM open_sums) + (SELECT count(*) FROM income_sums)
        + (SELECT count(*) FROM repasse_sums);
BEGIN
    WITH folded AS (DELETE FROM open_sums RETURNING *)
    INSERT INTO open_sums (due_on, count, open_cents)
    SELECT due_on, sum(count), sum(open_cents) FROM folded
    GROUP BY due_on HAVING sum(count) <> 0 OR sum(open_cents) <> 0 ORDER BY due_on;
    WITH folded AS (DELETE FROM income_sums RETURNING *)
    INSERT INTO income_sums (paid_on, source, count, amount_cents)
    SELECT paid_on, source, sum(count), sum(amount_cents) FROM folded
    GROUP BY paid_on, source HAVING sum(count) <> 0 OR sum(amount_cents) <> 0 ORDER BY paid_on, source;
    WITH folded AS (DELETE FROM repasse_sums RETURNING *)
    INSERT INTO repasse_sums
        (partner_id, month, paid_cents, cost_cents, central_fee_cents, vendor_share_cents, repasse_cents)
    SELECT partner_id, month, sum(paid_cents), sum(cost_cents), sum(central_fee_cents), sum(vendor_share_cents),
        sum(repasse_cents)
    FROM folded GROUP BY partner_id, month ORDER BY partner_id, month;
    RETURN before - (SELECT count(*) FROM open_sums) - (SELECT count(*) FROM income_sums)
        - (SELECT count(*) FROM repasse_sums);
END $$;

CREATE FUNCTION count_sums_again() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE open_sums, income_sums, repasse_sums;
    INSERT INTO open_sums (due_on, count, open_cents)
    SELECT due_on, count(*), sum(amount_cents - paid_cents) FROM invoices
    WHERE state = 'open' GROUP BY due_on ORDER BY due_on;
    INSERT INTO income_sums (paid_on, source, count, amount_cents)
    SELECT (paid_at AT TIME ZONE 'America/Sao_Paulo')::date, source, count(*), sum(amount_cents)
    FROM payments WHERE currency = 'BRL' AND outcome <> 'returned' GROUP BY 1, 2 ORDER BY 1, 2;
    INSERT INTO repasse_sums
        (partner_id, month, paid_cents, cost_cents, central_fee_cents, vendor_share_cents, repasse_cents)
    SELECT partner_id, month, sum(paid_cents), sum(cost_cents), sum(central_fee_cents), sum(vendor_share_cents),
        sum(repasse_cents)
    FROM repasse_accruals GROUP BY partner_id, month ORDER BY partner_id, month;
END $$;
SELECT count_sums_again();

-- The newest payments first: many of a day come in at one instant.
DROP INDEX ix_payments_paid_at;
CREATE INDEX ix_payments_paid_at_id ON payments (paid_at, id);
-- A month's repasse in the order of its customers.
CREATE INDEX ix_repasse_accruals_customer_id_month ON repasse_accruals (customer_id, month);
"""

DOWN = """
DROP INDEX ix_repasse_accruals_customer_id_month;
DROP INDEX ix_payments_paid_at_id;
CREATE INDEX ix_payments_paid_at ON payments (paid_at);
DROP FUNCTION count_sums_again();
DROP FUNCTION fold_sums();
DROP TRIGGER repasse_sums_of_new ON repasse_accruals;
DROP FUNCTION repasse_sums_of_new();
DROP TRIGGER income_sums_of_changed ON payments;
DROP FUNCTION income_sums_of_changed();
DROP TRIGGER income_sums_of_new ON payments;
DROP FUNCTION income_sums_of_new();
DROP TRIGGER open_sums_of_changed ON invoices;
DROP FUNCTION open_sums_of_changed();
DROP TRIGGER open_sums_of_new ON invoices;
DROP FUNCTION open_sums_of_new();
DROP TABLE repasse_sums;
DROP TABLE income_sums;
DROP TABLE open_sums;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
