"""Guards that cost a row of a thousand less: they compare values, not texts, and look up what may be wrong only.

The payers of new payments are compared together; a payment that changes is looked at when its place does.
"""

from alembic import op

revision = "0660"
down_revision = "0650"
branch_labels = None
depends_on = None

UP = """
DROP TRIGGER payments_of_the_payer ON payments;
CREATE TRIGGER payments_of_the_payer BEFORE UPDATE ON payments FOR EACH ROW
    WHEN (OLD.invoice_id IS DISTINCT FROM NEW.invoice_id OR OLD.partner_id IS DISTINCT FROM NEW.partner_id
        OR OLD.customer_id IS DISTINCT FROM NEW.customer_id)
    EXECUTE FUNCTION payments_of_the_payer();
CREATE FUNCTION payments_begin_with_the_payer()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF EXISTS (
        SELECT FROM written LEFT JOIN invoices ON invoices.id = written.invoice_id
        WHERE written.invoice_id IS NOT NULL AND (
            invoices.partner_id IS DISTINCT FROM written.partner_id
            OR CASE invoices.billed_to WHEN 'partner' THEN written.customer_id IS NOT NULL
                ELSE written.customer_id IS DISTINCT FROM invoices.customer_id END)
    ) THEN
        RAISE EXCEPTION 'a payment is of who owes its invoice' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $function$;
CREATE TRIGGER payments_begin_with_the_payer AFTER INSERT ON payments REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION payments_begin_with_the_payer();

DROP TRIGGER invoices_add_up ON invoices;
CREATE TRIGGER invoices_add_up BEFORE UPDATE ON invoices FOR EACH ROW
    WHEN (OLD.state = 'draft' AND NEW.state = 'open') EXECUTE FUNCTION invoices_add_up();
DROP TRIGGER invoices_paid_back ON invoices;
CREATE TRIGGER invoices_paid_back BEFORE UPDATE ON invoices FOR EACH ROW
    WHEN (NEW.paid_cents < OLD.paid_cents) EXECUTE FUNCTION invoices_paid_back();
DROP TRIGGER invoices_frozen ON invoices;
CREATE TRIGGER invoices_frozen BEFORE UPDATE ON invoices FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (OLD.number IS DISTINCT FROM NEW.number
        OR OLD.contract_id IS DISTINCT FROM NEW.contract_id OR OLD.partner_id IS DISTINCT FROM NEW.partner_id
        OR OLD.customer_id IS DISTINCT FROM NEW.customer_id OR OLD.kind IS DISTINCT FROM NEW.kind
        OR OLD.billed_to IS DISTINCT FROM NEW.billed_to OR OLD.payer_name IS DISTINCT FROM NEW.payer_name
        OR OLD.payer_document IS DISTINCT FROM NEW.payer_document
        OR OLD.payment_method IS DISTINCT FROM NEW.payment_method
        OR OLD.installment_number IS DISTINCT FROM NEW.installment_number
        OR OLD.due_month IS DISTINCT FROM NEW.due_month OR OLD.due_on IS DISTINCT FROM NEW.due_on
        OR OLD.period_from IS DISTINCT FROM NEW.period_from OR OLD.period_until IS DISTINCT FROM NEW.period_until
        OR OLD.amount_cents IS DISTINCT FROM NEW.amount_cents OR OLD.currency IS DISTINCT FROM NEW.currency
        OR OLD.explanation IS DISTINCT FROM NEW.explanation OR OLD.created_at IS DISTINCT FROM NEW.created_at
        OR OLD.issued_at IS DISTINCT FROM NEW.issued_at))
    EXECUTE FUNCTION invoices_frozen();

DROP TRIGGER boletos_frozen ON boletos;
CREATE TRIGGER boletos_frozen BEFORE UPDATE ON boletos FOR EACH ROW
    WHEN (OLD.series IS DISTINCT FROM NEW.series OR OLD.number IS DISTINCT FROM NEW.number
        OR OLD.invoice_id IS DISTINCT FROM NEW.invoice_id OR OLD.partner_id IS DISTINCT FROM NEW.partner_id
        OR OLD.customer_id IS DISTINCT FROM NEW.customer_id OR OLD.amount_cents IS DISTINCT FROM NEW.amount_cents
        OR OLD.due_on IS DISTINCT FROM NEW.due_on OR OLD.bar_code IS DISTINCT FROM NEW.bar_code
        OR OLD.line IS DISTINCT FROM NEW.line OR OLD.our_number IS DISTINCT FROM NEW.our_number
        OR OLD.payer_name IS DISTINCT FROM NEW.payer_name
        OR OLD.payer_document IS DISTINCT FROM NEW.payer_document
        OR OLD.payer_street IS DISTINCT FROM NEW.payer_street
        OR OLD.payer_district IS DISTINCT FROM NEW.payer_district
        OR OLD.payer_postal_code IS DISTINCT FROM NEW.payer_postal_code
        OR OLD.payer_city IS DISTINCT FROM NEW.payer_city OR OLD.payer_state IS DISTINCT FROM NEW.payer_state
        OR OLD.issued_at IS DISTINCT FROM NEW.issued_at)
    EXECUTE FUNCTION boletos_frozen();
"""

DOWN = """
DROP TRIGGER boletos_frozen ON boletos;
CREATE TRIGGER boletos_frozen BEFORE UPDATE ON boletos FOR EACH ROW
    WHEN (((OLD.series)::text IS DISTINCT FROM (NEW.series)::text)
        OR ((OLD.number)::text IS DISTINCT FROM (NEW.number)::text)
        OR ((OLD.invoice_id)::text IS DISTINCT FROM (NEW.invoice_id)::text)
        OR ((OLD.partner_id)::text IS DISTINCT FROM (NEW.partner_id)::text)
        OR ((OLD.customer_id)::text IS DISTINCT FROM (NEW.customer_id)::text)
        OR ((OLD.amount_cents)::text IS DISTINCT FROM (NEW.amount_cents)::text)
        OR ((OLD.due_on)::text IS DISTINCT FROM (NEW.due_on)::text)
        OR ((OLD.bar_code)::text IS DISTINCT FROM (NEW.bar_code)::text)
        OR ((OLD.line)::text IS DISTINCT FROM (NEW.line)::text)
        OR ((OLD.our_number)::text IS DISTINCT FROM (NEW.our_number)::text)
        OR ((OLD.payer_name)::text IS DISTINCT FROM (NEW.payer_name)::text)
        OR ((OLD.payer_document)::text IS DISTINCT FROM (NEW.payer_document)::text)
        OR ((OLD.payer_street)::text IS DISTINCT FROM (NEW.payer_street)::text)
        OR ((OLD.payer_district)::text IS DISTINCT FROM (NEW.payer_district)::text)
        OR ((OLD.payer_postal_code)::text IS DISTINCT FROM (NEW.payer_postal_code)::text)
        OR ((OLD.payer_city)::text IS DISTINCT FROM (NEW.payer_city)::text)
        OR ((OLD.payer_state)::text IS DISTINCT FROM (NEW.payer_state)::text)
        OR ((OLD.issued_at)::text IS DISTINCT FROM (NEW.issued_at)::text))
    EXECUTE FUNCTION boletos_frozen();

DROP TRIGGER invoices_frozen ON invoices;
CREATE TRIGGER invoices_frozen BEFORE UPDATE ON invoices FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (((OLD.number)::text IS DISTINCT FROM (NEW.number)::text)
        OR ((OLD.contract_id)::text IS DISTINCT FROM (NEW.contract_id)::text)
        OR ((OLD.partner_id)::text IS DISTINCT FROM (NEW.partner_id)::text)
        OR ((OLD.customer_id)::text IS DISTINCT FROM (NEW.customer_id)::text)
        OR ((OLD.kind)::text IS DISTINCT FROM (NEW.kind)::text)
        OR ((OLD.billed_to)::text IS DISTINCT FROM (NEW.billed_to)::text)
        OR ((OLD.payer_name)::text IS DISTINCT FROM (NEW.payer_name)::text)
        OR ((OLD.payer_document)::text IS DISTINCT FROM (NEW.payer_document)::text)
        OR ((OLD.payment_method)::text IS DISTINCT FROM (NEW.payment_method)::text)
        OR ((OLD.installment_number)::text IS DISTINCT FROM (NEW.installment_number)::text)
        OR ((OLD.due_month)::text IS DISTINCT FROM (NEW.due_month)::text)
        OR ((OLD.due_on)::text IS DISTINCT FROM (NEW.due_on)::text)
        OR ((OLD.period_from)::text IS DISTINCT FROM (NEW.period_from)::text)
        OR ((OLD.period_until)::text IS DISTINCT FROM (NEW.period_until)::text)
        OR ((OLD.amount_cents)::text IS DISTINCT FROM (NEW.amount_cents)::text)
        OR ((OLD.currency)::text IS DISTINCT FROM (NEW.currency)::text)
        OR ((OLD.explanation)::text IS DISTINCT FROM (NEW.explanation)::text)
        OR ((OLD.created_at)::text IS DISTINCT FROM (NEW.created_at)::text)
        OR ((OLD.issued_at)::text IS DISTINCT FROM (NEW.issued_at)::text)))
    EXECUTE FUNCTION invoices_frozen();
DROP TRIGGER invoices_paid_back ON invoices;
CREATE TRIGGER invoices_paid_back BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION invoices_paid_back();
DROP TRIGGER invoices_add_up ON invoices;
CREATE TRIGGER invoices_add_up BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION invoices_add_up();

DROP TRIGGER payments_begin_with_the_payer ON payments;
DROP FUNCTION payments_begin_with_the_payer();
DROP TRIGGER payments_of_the_payer ON payments;
CREATE TRIGGER payments_of_the_payer BEFORE INSERT OR UPDATE ON payments FOR EACH ROW
    EXECUTE FUNCTION payments_of_the_payer();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
