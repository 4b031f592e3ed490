"""A discount a customer accepted in order to stay: within a limit, as credit, named by its case."""

from alembic import op

revision = "0524"
down_revision = "0523"
branch_labels = None
depends_on = None

# Lists of values, in one place: others extend them too.
ACCOUNTS = (
    "'receivable', 'deferred_revenue', 'cash_card', 'cash_boleto', 'cash_pix', 'cash_ted', 'customer_credit',"
    " 'partner_credit', 'unidentified', 'bank_fees', 'repasse_expense', 'repasse_payable', 'late_charges',"
    " 'differences', 'repasse_paid', 'agreements', 'referrals'"
)
POSTING_KINDS = (
    "'issued', 'voided', 'paid', 'credited', 'credit_note', 'parked', 'resolved', 'fee', 'repasse',"
    " 'late_charges', 'adjusted', 'credit_used', 'repasse_reversed', 'payout', 'payout_undone', 'carried',"
    " 'returned', 'agreed', 'referral'"
)
CREDIT_REASONS = "'already_paid', 'voided', 'by_finance', 'excess', 'credit_note', 'referral'"
LISTS = """
ALTER TABLE postings
    DROP CONSTRAINT ck_postings_debit_account,
    DROP CONSTRAINT ck_postings_credit_account,
    DROP CONSTRAINT ck_postings_postingkind,
    ADD CONSTRAINT ck_postings_debit_account CHECK (debit_account IN ({accounts})),
    ADD CONSTRAINT ck_postings_credit_account CHECK (credit_account IN ({accounts})),
    ADD CONSTRAINT ck_postings_postingkind CHECK (kind IN ({kinds}));
ALTER TABLE customer_credits
    DROP CONSTRAINT ck_customer_credits_creditreason,
    DROP CONSTRAINT ck_customer_credits_one_cause,
    ADD CONSTRAINT ck_customer_credits_creditreason CHECK (reason IN ({reasons})),
    ADD CONSTRAINT ck_customer_credits_one_cause CHECK (
        num_nonnulls(payment_id, invoice_id, credit_note_id) = {one_cause});
"""

UP = """
ALTER TABLE cancellation_arguments
    ADD COLUMN discount_cents BIGINT NOT NULL DEFAULT 0,
    ADD CONSTRAINT ck_cancellation_arguments_discount_accepted CHECK (
        discount_cents = 0 OR (discount_cents > 0 AND offer IS NOT NULL AND offer = 'discount'
            AND answer = 'accepted'));
ALTER TABLE cancellation_cases
    ADD COLUMN credit_id BIGINT CONSTRAINT uq_cancellation_cases_credit_id UNIQUE
        CONSTRAINT fk_cancellation_cases_credit_id REFERENCES customer_credits (id),
    ADD CONSTRAINT ck_cancellation_cases_credit_of_who_stays CHECK (credit_id IS NULL OR state = 'retained');
CREATE FUNCTION customer_credits_of_cases() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM cancellation_cases c JOIN cancellation_arguments a ON a.case_id = c.id
        WHERE c.credit_id = NEW.id AND c.customer_id = NEW.customer_id AND a.discount_cents = NEW.amount_cents)
    THEN
        RAISE EXCEPTION 'a credit to stay needs its case' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER customer_credits_of_cases AFTER INSERT ON customer_credits
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.reason = 'retention')
    EXECUTE FUNCTION customer_credits_of_cases();
"""

DOWN = """
DROP TRIGGER customer_credits_of_cases ON customer_credits;
DROP FUNCTION customer_credits_of_cases();
ALTER TABLE cancellation_cases
    DROP CONSTRAINT ck_cancellation_cases_credit_of_who_stays, DROP COLUMN credit_id;
ALTER TABLE cancellation_arguments
    DROP CONSTRAINT ck_cancellation_arguments_discount_accepted, DROP COLUMN discount_cents;
"""


def upgrade() -> None:
    op.execute(
        LISTS.format(
            accounts=ACCOUNTS + ", 'retention'",
            kinds=POSTING_KINDS + ", 'retention'",
            reasons=CREDIT_REASONS + ", 'retention'",
            one_cause="(reason NOT IN ('referral', 'retention'))::int",
        )
    )
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
    op.execute(
        LISTS.format(
            accounts=ACCOUNTS,
            kinds=POSTING_KINDS,
            reasons=CREDIT_REASONS,
            one_cause="(reason <> 'referral')::int",
        )
    )
