"""Money given back by the way it came: what was asked for, of whom, how far it is, and its proof."""

from alembic import op

revision = "0300"
down_revision = "0330"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE refunds (
    id BIGSERIAL CONSTRAINT pk_refunds PRIMARY KEY,
    payment_id BIGINT NOT NULL CONSTRAINT fk_refunds_payment_id REFERENCES payments (id),
    invoice_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL CONSTRAINT fk_refunds_partner_id REFERENCES partners (id),
    customer_id BIGINT,
    way VARCHAR(40) NOT NULL,
    origin VARCHAR(40) NOT NULL,
    key VARCHAR NOT NULL,
    amount_cents BIGINT NOT NULL,
    reason VARCHAR NOT NULL,
    state VARCHAR(40) NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_by_id BIGINT CONSTRAINT fk_refunds_asked_by_id REFERENCES users (id),
    sent_at TIMESTAMP WITH TIME ZONE,
    checked_at TIMESTAMP WITH TIME ZONE,
    settled_at TIMESTAMP WITH TIME ZONE,
    settled_by_id BIGINT CONSTRAINT fk_refunds_settled_by_id REFERENCES users (id),
    reference VARCHAR NOT NULL,
    refusal VARCHAR NOT NULL,
    return_id BIGINT CONSTRAINT fk_refunds_return_id REFERENCES payment_returns (id),
    came_again_id BIGINT CONSTRAINT fk_refunds_came_again_id REFERENCES payments (id),
    by_hand BOOLEAN NOT NULL,
    needs_two BOOLEAN NOT NULL,
    holder_name VARCHAR NOT NULL,
    holder_document VARCHAR NOT NULL,
    bank VARCHAR NOT NULL,
    branch VARCHAR NOT NULL,
    account VARCHAR NOT NULL,
    paid_on DATE,
    proof_id BIGINT CONSTRAINT fk_refunds_proof_id REFERENCES stored_files (id),
    CONSTRAINT fk_refunds_invoice_id_partner_id FOREIGN KEY (invoice_id, partner_id)
        REFERENCES invoices (id, partner_id),
    CONSTRAINT fk_refunds_invoice_id_partner_id_customer_id FOREIGN KEY (invoice_id, partner_id, customer_id)
        REFERENCES invoices (id, partner_id, customer_id),
    CONSTRAINT uq_refunds_key UNIQUE (key),
    CONSTRAINT uq_refunds_return_id UNIQUE (return_id),
    CONSTRAINT uq_refunds_came_again_id UNIQUE (came_again_id),
    CONSTRAINT ck_refunds_way CHECK (way IN ('card', 'boleto', 'pix', 'ted')),
    CONSTRAINT ck_refunds_refundorigin CHECK (origin IN ('finance', 'source')),
    CONSTRAINT ck_refunds_refundstate CHECK (state IN ('asked', 'sent', 'done', 'refused')),
    CONSTRAINT ck_refunds_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_refunds_says_why CHECK (reason <> '' AND key <> ''),
    CONSTRAINT ck_refunds_settled_at_an_instant CHECK ((state IN ('done', 'refused')) = (settled_at IS NOT NULL)),
    CONSTRAINT ck_refunds_refused_with_reason CHECK ((state = 'refused') = (refusal <> '')),
    CONSTRAINT ck_refunds_asked_by_somebody CHECK ((origin = 'finance') = (asked_by_id IS NOT NULL)),
    CONSTRAINT ck_refunds_taken_back CHECK (return_id IS NULL OR state = 'done' OR came_again_id IS NOT NULL),
    CONSTRAINT ck_refunds_says_where_to CHECK (NOT by_hand OR (holder_name <> '' AND holder_document <> ''
        AND bank <> '' AND branch <> '' AND account <> '')),
    CONSTRAINT ck_refunds_paid_with_proof CHECK (NOT by_hand OR state <> 'done' OR (proof_id IS NOT NULL
        AND paid_on IS NOT NULL AND settled_by_id IS NOT NULL AND reference <> '')),
    CONSTRAINT ck_refunds_two_different_people CHECK (NOT needs_two OR state <> 'done'
        OR settled_by_id <> asked_by_id)
);
CREATE UNIQUE INDEX uq_refunds_way_reference ON refunds (way, reference) WHERE reference <> '';
CREATE INDEX ix_refunds_payment_id ON refunds (payment_id);
CREATE INDEX ix_refunds_invoice_id ON refunds (invoice_id);
CREATE INDEX ix_refunds_asked_at ON refunds (asked_at);
CREATE INDEX ix_refunds_live ON refunds (state, checked_at) WHERE state IN ('asked', 'sent');

-- The payment's row is the lock: of two people who ask at once the second sees the first.
CREATE FUNCTION refunds_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payment payments%ROWTYPE;
BEGIN
    SELECT * INTO payment FROM payments WHERE id = NEW.payment_id FOR UPDATE;
    IF payment.outcome NOT IN ('settled', 'credited') OR payment.source <> NEW.way
        OR (payment.invoice_id, payment.partner_id, payment.customer_id)
            IS DISTINCT FROM (NEW.invoice_id, NEW.partner_id, NEW.customer_id) THEN
        RAISE EXCEPTION 'a refund is of its payment' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.origin = 'finance' AND NEW.amount_cents
        + (SELECT coalesce(sum(amount_cents), 0) FROM refunds
            WHERE payment_id = NEW.payment_id AND state IN ('asked', 'sent'))
        + (SELECT coalesce(sum(amount_cents), 0) FROM payment_returns WHERE payment_id = NEW.payment_id)
        > payment.amount_cents THEN
        RAISE EXCEPTION 'more is given back than came in' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refunds_within BEFORE INSERT ON refunds FOR EACH ROW EXECUTE FUNCTION refunds_within();

CREATE FUNCTION refunds_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a refund stays as it was' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER refunds_kept BEFORE DELETE ON refunds FOR EACH ROW EXECUTE FUNCTION refunds_kept();
CREATE TRIGGER refunds_frozen BEFORE UPDATE ON refunds FOR EACH ROW
    WHEN ((OLD.payment_id, OLD.invoice_id, OLD.partner_id, OLD.customer_id, OLD.way, OLD.origin, OLD.key,
            OLD.amount_cents, OLD.reason, OLD.asked_at, OLD.asked_by_id, OLD.by_hand, OLD.holder_name,
            OLD.holder_document, OLD.bank, OLD.branch, OLD.account)
        IS DISTINCT FROM (NEW.payment_id, NEW.invoice_id, NEW.partner_id, NEW.customer_id, NEW.way, NEW.origin,
            NEW.key, NEW.amount_cents, NEW.reason, NEW.asked_at, NEW.asked_by_id, NEW.by_hand, NEW.holder_name,
            NEW.holder_document, NEW.bank, NEW.branch, NEW.account)
        OR OLD.state = 'refused'
        OR (OLD.state = 'sent' AND NEW.state = 'asked')
        OR (OLD.state = 'done' AND (NEW.state <> 'refused' OR NEW.came_again_id IS NULL
            OR OLD.return_id IS DISTINCT FROM NEW.return_id)))
    EXECUTE FUNCTION refunds_kept();

ALTER TABLE stored_files DROP CONSTRAINT ck_stored_files_filekind, ADD CONSTRAINT ck_stored_files_filekind
    CHECK (kind IN ('contract', 'signed_contract', 'boleto_slip', 'ted_proof', 'refund_proof'));

CREATE TABLE sandbox_pix_returns (
    end_to_end_id VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    amount_cents BIGINT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sandbox_pix_returns PRIMARY KEY (end_to_end_id, key),
    CONSTRAINT ck_sandbox_pix_returns_amount_positive CHECK (amount_cents > 0)
);
"""

DOWN = """
DROP TABLE sandbox_pix_returns;
DROP TABLE refunds;
DROP FUNCTION refunds_within();
DROP FUNCTION refunds_kept();
ALTER TABLE stored_files DISABLE TRIGGER USER;
UPDATE stored_files SET kind = 'ted_proof' WHERE kind = 'refund_proof';
ALTER TABLE stored_files ENABLE TRIGGER USER;
ALTER TABLE stored_files DROP CONSTRAINT ck_stored_files_filekind, ADD CONSTRAINT ck_stored_files_filekind
    CHECK (kind IN ('contract', 'signed_contract', 'boleto_slip', 'ted_proof'));
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
