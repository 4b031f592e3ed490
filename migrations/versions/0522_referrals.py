"""Referrals: a customer who came by another's code, and the credit both get for it, once."""

from alembic import op

revision = "0522"
down_revision = "0521"
branch_labels = None
depends_on = None

# Lists of values, in one place: others extend them too.
ACCOUNTS = (
    "'receivable', 'deferred_revenue', 'cash_card', 'cash_boleto', 'cash_pix', 'cash_ted', 'customer_credit',"
    " 'partner_credit', 'unidentified', 'bank_fees', 'repasse_expense', 'repasse_payable', 'late_charges',"
    " 'differences', 'repasse_paid', 'agreements'"
)
POSTING_KINDS = (
    "'issued', 'voided', 'paid', 'credited', 'credit_note', 'parked', 'resolved', 'fee', 'repasse',"
    " 'late_charges', 'adjusted', 'credit_used', 'repasse_reversed', 'payout', 'payout_undone', 'carried',"
    " 'returned', 'agreed'"
)
CREDIT_REASONS = "'already_paid', 'voided', 'by_finance', 'excess', 'credit_note'"
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
    ADD CONSTRAINT ck_customer_credits_one_cause CHECK ({one_cause});
"""

UP = """
CREATE TABLE referrals (
    id BIGSERIAL CONSTRAINT pk_referrals PRIMARY KEY,
    partner_id BIGINT NOT NULL CONSTRAINT fk_referrals_partner_id REFERENCES partners (id),
    customer_id BIGINT NOT NULL,
    document VARCHAR NOT NULL CONSTRAINT uq_referrals_document UNIQUE,
    referrer_partner_id BIGINT NOT NULL,
    referrer_id BIGINT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    made_by_id BIGINT NOT NULL CONSTRAINT fk_referrals_made_by_id REFERENCES users (id),
    state VARCHAR(40) NOT NULL,
    reason VARCHAR NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    amount_cents BIGINT NOT NULL,
    credit_id BIGINT CONSTRAINT uq_referrals_credit_id UNIQUE
        CONSTRAINT fk_referrals_credit_id REFERENCES customer_credits (id),
    referrer_credit_id BIGINT CONSTRAINT uq_referrals_referrer_credit_id UNIQUE
        CONSTRAINT fk_referrals_referrer_credit_id REFERENCES customer_credits (id),
    CONSTRAINT fk_referrals_customer_id_partner_id FOREIGN KEY (customer_id, partner_id)
        REFERENCES customers (id, partner_id),
    CONSTRAINT fk_referrals_referrer_id_referrer_partner_id FOREIGN KEY (referrer_id, referrer_partner_id)
        REFERENCES customers (id, partner_id),
    CONSTRAINT ck_referrals_referralstate CHECK (state IN ('waiting', 'earned', 'dropped')),
    CONSTRAINT ck_referrals_not_of_oneself CHECK (customer_id <> referrer_id),
    CONSTRAINT ck_referrals_settled_at_an_instant CHECK ((state = 'waiting') = (settled_at IS NULL)),
    CONSTRAINT ck_referrals_earned_is_credited CHECK (
        (state = 'earned') = (credit_id IS NOT NULL) AND (state = 'earned') = (amount_cents > 0)
        AND (state = 'earned' OR referrer_credit_id IS NULL)),
    CONSTRAINT ck_referrals_dropped_says_why CHECK ((state = 'dropped') = (reason <> ''))
);
CREATE INDEX ix_referrals_customer_id ON referrals (customer_id);
CREATE INDEX ix_referrals_referrer_id ON referrals (referrer_id);
CREATE INDEX ix_referrals_partner_id_made_at ON referrals (partner_id, made_at);
CREATE INDEX ix_referrals_state ON referrals (state);

CREATE FUNCTION referrals_of_others() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    referrer CONSTANT varchar := (SELECT document FROM customers WHERE id = NEW.referrer_id);
    referred CONSTANT varchar := (SELECT document FROM customers WHERE id = NEW.customer_id);
BEGIN
    IF NEW.document <> referred OR referrer = referred
        OR (length(referrer) = 14 AND length(referred) = 14 AND left(referrer, 8) = left(referred, 8))
    THEN
        RAISE EXCEPTION 'nobody refers itself' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER referrals_of_others BEFORE INSERT ON referrals
    FOR EACH ROW EXECUTE FUNCTION referrals_of_others();
CREATE FUNCTION referrals_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a referral stays as it was' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER referrals_no_delete BEFORE DELETE ON referrals
    FOR EACH ROW EXECUTE FUNCTION referrals_kept();
CREATE TRIGGER referrals_frozen BEFORE UPDATE ON referrals FOR EACH ROW
    WHEN (OLD.state <> 'waiting' OR (OLD.partner_id, OLD.customer_id, OLD.document, OLD.referrer_partner_id,
            OLD.referrer_id, OLD.made_at, OLD.made_by_id)
        IS DISTINCT FROM (NEW.partner_id, NEW.customer_id, NEW.document, NEW.referrer_partner_id,
            NEW.referrer_id, NEW.made_at, NEW.made_by_id))
    EXECUTE FUNCTION referrals_kept();

CREATE FUNCTION customer_credits_of_referrals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM referrals WHERE amount_cents = NEW.amount_cents
        AND (credit_id = NEW.id AND customer_id = NEW.customer_id
            OR referrer_credit_id = NEW.id AND referrer_id = NEW.customer_id))
    THEN
        RAISE EXCEPTION 'a credit for a referral needs one' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER customer_credits_of_referrals AFTER INSERT ON customer_credits
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.reason = 'referral')
    EXECUTE FUNCTION customer_credits_of_referrals();
"""

DOWN = """
DROP TRIGGER customer_credits_of_referrals ON customer_credits;
DROP FUNCTION customer_credits_of_referrals();
DROP TABLE referrals;
DROP FUNCTION referrals_of_others();
DROP FUNCTION referrals_kept();
"""


def upgrade() -> None:
    op.execute(
        LISTS.format(
            accounts=ACCOUNTS + ", 'referrals'",
            kinds=POSTING_KINDS + ", 'referral'",
            reasons=CREDIT_REASONS + ", 'referral'",
            one_cause="num_nonnulls(payment_id, invoice_id, credit_note_id) = (reason <> 'referral')::int",
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
            one_cause="num_nonnulls(payment_id, invoice_id, credit_note_id) = 1",
        )
    )
