"""Whoever owes an invoice is whose card, charge and credit it is: the customer, or the partner itself.

`billed_to` becomes a part of the keys of card requests, cards and charges. Payments and credits of what a
partner owes name no customer, and its credit has an account of its own.
"""

import re

from alembic import op
from sqlalchemy import text

revision = "0060"
down_revision = "0100"
branch_labels = None
depends_on = None

NEW_ACCOUNT = "partner_credit"
ACCOUNTS = ("debit_account", "credit_account")

UPGRADE = """
ALTER TABLE invoices
    ADD CONSTRAINT uq_invoices_id_billed_to UNIQUE (id, billed_to),
    ADD CONSTRAINT uq_invoices_id_payer_document UNIQUE (id, payer_document);

ALTER TABLE boletos ADD CONSTRAINT fk_boletos_invoice_id_payer_document
    FOREIGN KEY (invoice_id, payer_document) REFERENCES invoices (id, payer_document);

ALTER TABLE card_requests ADD COLUMN billed_to varchar(40);
UPDATE card_requests SET billed_to = COALESCE(
    (SELECT invoices.billed_to FROM invoices WHERE invoices.id = card_requests.invoice_id), 'customer');
ALTER TABLE cards ADD COLUMN billed_to varchar(40);
UPDATE cards SET billed_to =
    (SELECT card_requests.billed_to FROM card_requests WHERE card_requests.id = cards.request_id);
ALTER TABLE charges ADD COLUMN billed_to varchar(40);
UPDATE charges SET billed_to =
    (SELECT invoices.billed_to FROM invoices WHERE invoices.id = charges.invoice_id);
-- The rows just written have checks of their own to come: let those of the old keys pass first.
SET CONSTRAINTS ALL IMMEDIATE;

DROP INDEX uq_cards_in_use;
DROP INDEX uq_card_requests_live;
ALTER TABLE charges DROP CONSTRAINT fk_charges_card_id_customer_id;
ALTER TABLE cards DROP CONSTRAINT fk_cards_request_id_contract_id,
    DROP CONSTRAINT uq_cards_id_customer_id;
ALTER TABLE card_requests DROP CONSTRAINT uq_card_requests_id_contract_id;

ALTER TABLE card_requests
    ALTER COLUMN billed_to SET NOT NULL,
    ADD CONSTRAINT ck_card_requests_billedto CHECK (billed_to IN ('customer', 'partner')),
    ADD CONSTRAINT ck_card_requests_partner_pays_an_invoice
        CHECK (billed_to = 'customer' OR invoice_id IS NOT NULL),
    ADD CONSTRAINT uq_card_requests_id_contract_id_billed_to UNIQUE (id, contract_id, billed_to),
    ADD CONSTRAINT fk_card_requests_invoice_id_billed_to
        FOREIGN KEY (invoice_id, billed_to) REFERENCES invoices (id, billed_to);
CREATE UNIQUE INDEX uq_card_requests_live ON card_requests (contract_id, billed_to)
    WHERE state IN ('sent', 'opened');

ALTER TABLE cards
    ALTER COLUMN billed_to SET NOT NULL,
    ADD CONSTRAINT ck_cards_billedto CHECK (billed_to IN ('customer', 'partner')),
    ADD CONSTRAINT uq_cards_id_customer_id_billed_to UNIQUE (id, customer_id, billed_to),
    ADD CONSTRAINT fk_cards_request_id_contract_id_billed_to
        FOREIGN KEY (request_id, contract_id, billed_to)
        REFERENCES card_requests (id, contract_id, billed_to);
CREATE UNIQUE INDEX uq_cards_in_use ON cards (contract_id, billed_to) WHERE replaced_at IS NULL;

ALTER TABLE charges
    ALTER COLUMN billed_to SET NOT NULL,
    ADD CONSTRAINT ck_charges_billedto CHECK (billed_to IN ('customer', 'partner')),
    ADD CONSTRAINT fk_charges_invoice_id_billed_to
        FOREIGN KEY (invoice_id, billed_to) REFERENCES invoices (id, billed_to),
    -- What was charged before to a card of somebody else stays as it happened.
    ADD CONSTRAINT fk_charges_card_id_customer_id_billed_to
        FOREIGN KEY (card_id, customer_id, billed_to) REFERENCES cards (id, customer_id, billed_to) NOT VALID;

ALTER TABLE postings
    DROP CONSTRAINT ck_postings_customer_with_partner,
    ADD CONSTRAINT ck_postings_customer_with_partner CHECK (customer_id IS NULL OR partner_id IS NOT NULL),
    ADD CONSTRAINT ck_postings_partner_alone_has_credit CHECK (customer_id IS NOT NULL OR partner_id IS NULL
        OR 'partner_credit' IN (debit_account, credit_account)),
    ADD CONSTRAINT fk_postings_partner_id FOREIGN KEY (partner_id) REFERENCES partners (id);

ALTER TABLE payments DISABLE TRIGGER payments_placed;
ALTER TABLE payments
    DROP CONSTRAINT ck_payments_customer_with_partner,
    DROP CONSTRAINT ck_payments_credited_to_somebody,
    ADD CONSTRAINT ck_payments_customer_with_partner CHECK (customer_id IS NULL OR partner_id IS NOT NULL),
    ADD CONSTRAINT ck_payments_credited_to_somebody CHECK (outcome <> 'credited' OR partner_id IS NOT NULL),
    ADD CONSTRAINT fk_payments_invoice_id_partner_id
        FOREIGN KEY (invoice_id, partner_id) REFERENCES invoices (id, partner_id);
UPDATE payments SET customer_id = NULL FROM invoices
    WHERE invoices.id = payments.invoice_id AND invoices.billed_to = 'partner';
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE payments ENABLE TRIGGER payments_placed;

ALTER TABLE customer_credits DISABLE TRIGGER customer_credits_no_update;
ALTER TABLE customer_credits
    ALTER COLUMN customer_id DROP NOT NULL,
    ADD CONSTRAINT fk_customer_credits_invoice_id_partner_id
        FOREIGN KEY (invoice_id, partner_id) REFERENCES invoices (id, partner_id);
UPDATE customer_credits SET customer_id = NULL FROM invoices
    WHERE invoices.billed_to = 'partner' AND invoices.id = COALESCE(customer_credits.invoice_id,
        (SELECT payments.invoice_id FROM payments WHERE payments.id = customer_credits.payment_id));
ALTER TABLE customer_credits ENABLE TRIGGER customer_credits_no_update;

CREATE FUNCTION is_payer_of(invoice bigint, partner bigint, customer bigint) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT invoices.partner_id = partner AND CASE invoices.billed_to
        WHEN 'partner' THEN customer IS NULL
        ELSE customer IS NOT DISTINCT FROM invoices.customer_id END
    FROM invoices WHERE invoices.id = invoice $$;

CREATE FUNCTION payments_of_the_payer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.invoice_id IS NOT NULL AND NOT is_payer_of(NEW.invoice_id, NEW.partner_id, NEW.customer_id) THEN
        RAISE EXCEPTION 'a payment is of who owes its invoice' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_of_the_payer BEFORE INSERT OR UPDATE ON payments
    FOR EACH ROW EXECUTE FUNCTION payments_of_the_payer();

CREATE FUNCTION customer_credits_of_the_payer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE cause bigint;
BEGIN
    cause := COALESCE(NEW.invoice_id,
        (SELECT payments.invoice_id FROM payments WHERE payments.id = NEW.payment_id));
    IF cause IS NOT NULL AND NOT is_payer_of(cause, NEW.partner_id, NEW.customer_id) THEN
        RAISE EXCEPTION 'credit is of who owed the invoice' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER customer_credits_of_the_payer BEFORE INSERT ON customer_credits
    FOR EACH ROW EXECUTE FUNCTION customer_credits_of_the_payer();
"""

DOWNGRADE = """
DROP TRIGGER customer_credits_of_the_payer ON customer_credits;
DROP FUNCTION customer_credits_of_the_payer();
DROP TRIGGER payments_of_the_payer ON payments;
DROP FUNCTION payments_of_the_payer();
DROP FUNCTION is_payer_of(bigint, bigint, bigint);
ALTER TABLE customer_credits
    DROP CONSTRAINT fk_customer_credits_invoice_id_partner_id,
    ALTER COLUMN customer_id SET NOT NULL;
ALTER TABLE payments
    DROP CONSTRAINT fk_payments_invoice_id_partner_id,
    DROP CONSTRAINT ck_payments_customer_with_partner,
    DROP CONSTRAINT ck_payments_credited_to_somebody,
    ADD CONSTRAINT ck_payments_customer_with_partner CHECK ((customer_id IS NULL) = (partner_id IS NULL)),
    ADD CONSTRAINT ck_payments_credited_to_somebody CHECK (outcome <> 'credited' OR customer_id IS NOT NULL);
ALTER TABLE postings
    DROP CONSTRAINT fk_postings_partner_id,
    DROP CONSTRAINT ck_postings_partner_alone_has_credit,
    DROP CONSTRAINT ck_postings_customer_with_partner,
    ADD CONSTRAINT ck_postings_customer_with_partner CHECK ((customer_id IS NULL) = (partner_id IS NULL));
DROP INDEX uq_cards_in_use;
DROP INDEX uq_card_requests_live;
ALTER TABLE charges DROP CONSTRAINT fk_charges_card_id_customer_id_billed_to, DROP COLUMN billed_to;
ALTER TABLE cards DROP CONSTRAINT fk_cards_request_id_contract_id_billed_to, DROP COLUMN billed_to;
ALTER TABLE card_requests DROP COLUMN billed_to;
ALTER TABLE card_requests ADD CONSTRAINT uq_card_requests_id_contract_id UNIQUE (id, contract_id);
ALTER TABLE cards
    ADD CONSTRAINT uq_cards_id_customer_id UNIQUE (id, customer_id),
    ADD CONSTRAINT fk_cards_request_id_contract_id
        FOREIGN KEY (request_id, contract_id) REFERENCES card_requests (id, contract_id);
ALTER TABLE charges ADD CONSTRAINT fk_charges_card_id_customer_id
    FOREIGN KEY (card_id, customer_id) REFERENCES cards (id, customer_id);
CREATE UNIQUE INDEX uq_card_requests_live ON card_requests (contract_id) WHERE state IN ('sent', 'opened');
CREATE UNIQUE INDEX uq_cards_in_use ON cards (contract_id) WHERE replaced_at IS NULL;
ALTER TABLE boletos DROP CONSTRAINT fk_boletos_invoice_id_payer_document;
ALTER TABLE invoices DROP CONSTRAINT uq_invoices_id_billed_to, DROP CONSTRAINT uq_invoices_id_payer_document;
"""


def upgrade() -> None:
    op.execute(UPGRADE)
    for column in ACCOUNTS:
        _allow(column, {*_allowed(column), NEW_ACCOUNT})


def downgrade() -> None:
    for column in ACCOUNTS:
        _allow(column, _allowed(column) - {NEW_ACCOUNT})
    op.execute(DOWNGRADE)


def _allowed(column: str) -> set[str]:
    """The accounts a column may name so far, whichever were added meanwhile."""
    asked = text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    definition = str(op.get_bind().execute(asked, {"name": f"ck_postings_{column}"}).scalar_one())
    return set(re.findall("'([a-z_]+)'", definition))


def _allow(column: str, accounts: set[str]) -> None:
    listed = ", ".join(f"'{account}'" for account in sorted(accounts))
    op.execute(f"ALTER TABLE postings DROP CONSTRAINT ck_postings_{column}")
    op.execute(f"ALTER TABLE postings ADD CONSTRAINT ck_postings_{column} CHECK ({column} IN ({listed}))")
