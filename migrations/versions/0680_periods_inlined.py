"""Periods are computed within the statements that ask for them, several times as fast as by a function's call.

Whether a payment has its invoice is found by the index alone, however many years a contract was billed; and
whether lines come too late is looked up once an invoice, not once a line.
"""

from alembic import op

revision = "0680"
down_revision = "0670"
branch_labels = None
depends_on = None

DROP = """
DROP FUNCTION billing_period(date, bigint, bigint, bigint, date, bigint);
DROP FUNCTION day_in_month(bigint, bigint);
"""

UP = """
-- The day of a month, or the last one of a shorter month. Months are counted from year 0.
CREATE FUNCTION day_in_month(month bigint, day bigint) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE
    WHEN day <= 28 THEN make_date((month / 12)::int, (month % 12)::int + 1, day::int)
    ELSE least(
        make_date((month / 12)::int, (month % 12)::int + 1, 1) + (day::int - 1),
        make_date(((month + 1) / 12)::int, ((month + 1) % 12)::int + 1, 1) - 1)
END
$$;

-- `calculator.billing_period`, for payments that follow a first one. PostgreSQL puts it into the statement that
-- asks, as it does with functions in SQL that return a table; OFFSET 0 has each step computed once.
CREATE FUNCTION billing_period(
    counted_from date, months bigint, payments bigint, due_day bigint, first_ends_on date, in_terms bigint
) RETURNS TABLE (
    term bigint, payment bigint, due_on date, starts_on date, ends_on date, grace_until date
) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT
    place.terms_before + 1,
    place.part + 1,
    day_in_month(place.first_month + place.part, due_day),
    CASE WHEN first_ends_on IS NULL THEN day_in_month(place.first_of + 1, 1)
        ELSE day_in_month(place.first_of, due_day) END,
    CASE WHEN first_ends_on IS NULL THEN day_in_month(place.next_of + 1, 1)
        ELSE day_in_month(place.next_of, due_day) END - 1,
    CASE WHEN first_ends_on IS NULL THEN day_in_month(place.next_of + 1, 1) - 1
        ELSE day_in_month(place.next_of, due_day) END
FROM (
    SELECT terms_before, part, first_month,
        first_month + months * part / payments AS first_of,
        first_month + months * (part + 1) / payments AS next_of
    FROM (
        SELECT before / payments AS terms_before, before % payments AS part,
            date_part('year', begins)::bigint * 12 + date_part('month', begins)::bigint - 1
                + before / payments * months AS first_month
        FROM (
            SELECT in_terms - CASE WHEN first_ends_on IS NULL THEN 1 ELSE 2 END AS before,
                coalesce(first_ends_on + 1, counted_from) AS begins
            OFFSET 0
        ) AS counted
        OFFSET 0
    ) AS counted_in_terms
    OFFSET 0
) AS place
$$;

DROP INDEX ix_invoices_contract_id;
CREATE INDEX ix_invoices_contract_id_installment_number ON invoices (contract_id, installment_number);

-- The chunk is looked up for each: joined, PostgreSQL takes what is of no open chunk for next to nothing, and
-- compares each invoice there is with each that was touched.
CREATE OR REPLACE FUNCTION invoice_lines_too_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT invoice_id FROM written) AS touched
        JOIN invoices ON invoices.id = touched.invoice_id
        WHERE state <> 'draft'
            AND (SELECT done_at IS NULL FROM billing_chunks WHERE id = invoices.chunk_id) IS NOT TRUE
    ) THEN
        RAISE EXCEPTION 'invoice is issued' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
"""

DOWN = """
CREATE FUNCTION day_in_month(month bigint, day bigint) RETURNS date LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    first_day CONSTANT date := make_date((month / 12)::int, (month % 12)::int + 1, 1);
BEGIN
    IF day <= 28 THEN
        RETURN first_day + (day::int - 1);
    END IF;
    RETURN least(first_day + (day::int - 1),
        make_date(((month + 1) / 12)::int, ((month + 1) % 12)::int + 1, 1) - 1);
END $$;
CREATE FUNCTION billing_period(
    counted_from date, months bigint, payments bigint, due_day bigint, first_ends_on date, in_terms bigint,
    OUT term bigint, OUT payment bigint, OUT due_on date, OUT starts_on date, OUT ends_on date,
    OUT grace_until date
) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    is_proportional CONSTANT boolean := first_ends_on IS NOT NULL;
    before CONSTANT bigint := in_terms - CASE WHEN is_proportional THEN 2 ELSE 1 END;
    part CONSTANT bigint := before % payments;
    begins CONSTANT date := coalesce(first_ends_on + 1, counted_from);
    first_month CONSTANT bigint := extract(year FROM begins)::bigint * 12 + extract(month FROM begins)::bigint - 1
        + before / payments * months;
    first_of CONSTANT bigint := first_month + months * part / payments;
    next_of CONSTANT bigint := first_month + months * (part + 1) / payments;
BEGIN
    term := before / payments + 1;
    payment := part + 1;
    due_on := day_in_month(first_month + part, due_day);
    IF is_proportional THEN
        starts_on := day_in_month(first_of, due_day);
        grace_until := day_in_month(next_of, due_day);
        ends_on := grace_until - 1;
    ELSE
        starts_on := day_in_month(first_of + 1, 1);
        ends_on := day_in_month(next_of + 1, 1) - 1;
        grace_until := ends_on;
    END IF;
END $$;

DROP INDEX ix_invoices_contract_id_installment_number;
CREATE INDEX ix_invoices_contract_id ON invoices (contract_id);

CREATE OR REPLACE FUNCTION invoice_lines_too_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written JOIN invoices ON invoices.id = written.invoice_id
        LEFT JOIN billing_chunks AS chunk ON chunk.id = invoices.chunk_id AND chunk.done_at IS NULL
        WHERE invoices.state <> 'draft' AND chunk.id IS NULL
    ) THEN
        RAISE EXCEPTION 'invoice is issued' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
"""


def upgrade() -> None:
    op.execute(DROP)
    op.execute(UP)


def downgrade() -> None:
    op.execute(DROP)
    op.execute(DOWN)
