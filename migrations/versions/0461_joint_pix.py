"""One Pix for several invoices of a customer; what a customer wants to hear of, and is erased of it."""

from alembic import op

revision = "0461"
down_revision = "0460"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE joint_pix (
    id BIGSERIAL CONSTRAINT pk_joint_pix PRIMARY KEY,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    key VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT fk_joint_pix_customer_id_partner_id
        FOREIGN KEY (customer_id, partner_id) REFERENCES customers (id, partner_id),
    CONSTRAINT uq_joint_pix_key UNIQUE (key),
    CONSTRAINT uq_joint_pix_id_partner_id_customer_id UNIQUE (id, partner_id, customer_id),
    CONSTRAINT ck_joint_pix_of_several CHECK (key LIKE '%,%')
);
CREATE INDEX ix_joint_pix_customer_id ON joint_pix (customer_id);
CREATE TABLE joint_pix_invoices (
    id BIGSERIAL CONSTRAINT pk_joint_pix_invoices PRIMARY KEY,
    joint_pix_id BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    CONSTRAINT fk_joint_pix_invoices_joint_pix_id_partner_id_customer_id
        FOREIGN KEY (joint_pix_id, partner_id, customer_id) REFERENCES joint_pix (id, partner_id, customer_id),
    CONSTRAINT fk_joint_pix_invoices_invoice_id_partner_id_customer_id
        FOREIGN KEY (invoice_id, partner_id, customer_id) REFERENCES invoices (id, partner_id, customer_id),
    CONSTRAINT uq_joint_pix_invoices_joint_pix_id_invoice_id UNIQUE (joint_pix_id, invoice_id)
);
CREATE INDEX ix_joint_pix_invoices_invoice_id ON joint_pix_invoices (invoice_id);
CREATE FUNCTION joint_pix_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a Pix for several invoices stays as it was' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER joint_pix_kept BEFORE UPDATE OR DELETE ON joint_pix
    FOR EACH ROW EXECUTE FUNCTION joint_pix_kept();
CREATE TRIGGER joint_pix_invoices_kept BEFORE UPDATE OR DELETE ON joint_pix_invoices
    FOR EACH ROW EXECUTE FUNCTION joint_pix_kept();
ALTER TABLE customers
    ADD COLUMN wants_offers BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN erased_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE dunning_holds ALTER COLUMN made_by_id DROP NOT NULL;
"""

DOWN = """
ALTER TABLE customers DROP COLUMN wants_offers, DROP COLUMN erased_at;
DELETE FROM dunning_holds WHERE made_by_id IS NULL;
ALTER TABLE dunning_holds ALTER COLUMN made_by_id SET NOT NULL;
DROP TABLE joint_pix_invoices, joint_pix;
DROP FUNCTION joint_pix_kept();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
