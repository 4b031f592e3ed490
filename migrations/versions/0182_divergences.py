"""A partner's own list of repasse is compared with a statement; what differs is decided once."""

from alembic import op

revision = "0182"
down_revision = "0181"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE payout_checks (
    id BIGSERIAL CONSTRAINT pk_payout_checks PRIMARY KEY,
    payout_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    file_name VARCHAR NOT NULL,
    row_count BIGINT NOT NULL,
    uploaded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    uploaded_by_id BIGINT NOT NULL CONSTRAINT fk_payout_checks_uploaded_by_id REFERENCES users (id),
    CONSTRAINT fk_payout_checks_payout_id_partner_id FOREIGN KEY (payout_id, partner_id)
        REFERENCES payouts (id, partner_id),
    CONSTRAINT ck_payout_checks_has_rows CHECK (row_count >= 1)
);
CREATE INDEX ix_payout_checks_payout_id ON payout_checks (payout_id);

CREATE TABLE payout_divergences (
    id BIGSERIAL CONSTRAINT pk_payout_divergences PRIMARY KEY,
    payout_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    last_check_id BIGINT NOT NULL CONSTRAINT fk_payout_divergences_last_check_id REFERENCES payout_checks (id),
    kind VARCHAR(40) NOT NULL,
    invoice_number BIGINT NOT NULL,
    invoice_id BIGINT CONSTRAINT fk_payout_divergences_invoice_id REFERENCES invoices (id),
    ours_cents BIGINT,
    theirs_cents BIGINT,
    decision VARCHAR(40),
    note VARCHAR NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    decided_by_id BIGINT CONSTRAINT fk_payout_divergences_decided_by_id REFERENCES users (id),
    CONSTRAINT fk_payout_divergences_payout_id_partner_id FOREIGN KEY (payout_id, partner_id)
        REFERENCES payouts (id, partner_id),
    CONSTRAINT ck_payout_divergences_divergencekind CHECK (kind IN ('amount', 'not_ours', 'not_theirs')),
    CONSTRAINT ck_payout_divergences_divergencedecision CHECK (decision IN ('accepted', 'review')),
    CONSTRAINT ck_payout_divergences_differs CHECK (
        CASE kind WHEN 'not_ours' THEN ours_cents IS NULL AND theirs_cents IS NOT NULL
        WHEN 'not_theirs' THEN ours_cents IS NOT NULL AND theirs_cents IS NULL
        ELSE abs(ours_cents - theirs_cents) > 1 END),
    CONSTRAINT ck_payout_divergences_decided_with_reason CHECK (
        (decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by_id IS NULL)
        AND (decision IS NULL OR note <> ''))
);
CREATE UNIQUE INDEX uq_payout_divergences_figures ON payout_divergences (payout_id, invoice_number,
    COALESCE(ours_cents, -9223372036854775808), COALESCE(theirs_cents, -9223372036854775808));
CREATE INDEX ix_payout_divergences_payout_id_id ON payout_divergences (payout_id, id);

CREATE TRIGGER payout_checks_kept BEFORE UPDATE OR DELETE ON payout_checks
    FOR EACH ROW EXECUTE FUNCTION payouts_kept();
CREATE TRIGGER payout_divergences_kept BEFORE DELETE ON payout_divergences
    FOR EACH ROW EXECUTE FUNCTION payouts_kept();
CREATE TRIGGER payout_divergences_frozen BEFORE UPDATE ON payout_divergences FOR EACH ROW
    WHEN ((OLD.payout_id, OLD.partner_id, OLD.kind, OLD.invoice_number, OLD.invoice_id, OLD.ours_cents,
            OLD.theirs_cents)
        IS DISTINCT FROM (NEW.payout_id, NEW.partner_id, NEW.kind, NEW.invoice_number, NEW.invoice_id,
            NEW.ours_cents, NEW.theirs_cents)
        OR (OLD.decided_at IS NOT NULL AND (OLD.decision, OLD.note, OLD.decided_at, OLD.decided_by_id)
            IS DISTINCT FROM (NEW.decision, NEW.note, NEW.decided_at, NEW.decided_by_id)))
    EXECUTE FUNCTION payouts_kept();
"""

DOWN = """
DROP TABLE payout_divergences;
DROP TABLE payout_checks;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
