"""Triggers of coverage, invoices, ledger and repasse."""

from migrations import guards

APPEND_ONLY = ("coverages", "postings", "repasse_accruals")
ISSUED = (
    "number",
    "contract_id",
    "partner_id",
    "customer_id",
    "kind",
    "billed_to",
    "payer_name",
    "payer_document",
    "payment_method",
    "installment_number",
    "due_month",
    "due_on",
    "period_from",
    "period_until",
    "amount_cents",
    "currency",
    "explanation",
    "created_at",
    "issued_at",
)
SETTLED = (*ISSUED, "state", "paid_cents", "paid_at", "voided_at", "void_reason")
LINES_DIFFER = (
    "OLD.state = 'draft' AND NEW.state = 'open' AND NEW.amount_cents <> COALESCE("
    "(SELECT SUM(amount_cents) FROM invoice_lines WHERE invoice_id = NEW.id), 0)"
)
LINE_TOO_LATE = "(SELECT state FROM invoices WHERE id = NEW.invoice_id) <> 'draft'"


def raise_all() -> None:
    """The triggers."""
    for table in APPEND_ONLY:
        guards.append_only(table)
    guards.append_only("invoice_lines")
    guards.frozen("invoices", ISSUED, once="OLD.state <> 'draft'")
    guards.frozen("invoices", SETTLED, once="OLD.state IN ('paid', 'void')", name="settled")
    guards.kept("invoices", once="true")
    guards.no_return("invoices", "state", "draft")
    guards.refused_when(
        "invoices_paid_back", "invoices", "UPDATE", "NEW.paid_cents < OLD.paid_cents",
        message="what was paid of an invoice never shrinks",
    )  # fmt: skip
    guards.refused_when(
        "invoices_add_up", "invoices", "UPDATE", LINES_DIFFER, message="invoice lines do not add up"
    )
    guards.refused_when(
        "invoices_begin_as_draft", "invoices", "INSERT", "NEW.state <> 'draft'",
        message="an invoice begins as a draft",
    )  # fmt: skip
    guards.refused_when(
        "invoice_lines_too_late", "invoice_lines", "INSERT", LINE_TOO_LATE, message="invoice is issued"
    )
    guards.refused_when(
        "invoice_series_forward", "invoice_series", "UPDATE", "NEW.last_number <= OLD.last_number",
        message="invoice numbers only go up",
    )  # fmt: skip
    guards.kept("invoice_series", once="true")


def remove_all() -> None:
    """Drop them."""
    verbs = ("update", "delete", "truncate")
    guards.remove(
        *((f"{table}_no_{verb}", table) for table in (*APPEND_ONLY, "invoice_lines") for verb in verbs),
        ("invoices_frozen", "invoices"),
        ("invoices_settled", "invoices"),
        ("invoices_kept", "invoices"),
        ("invoices_state_no_return", "invoices"),
        ("invoices_paid_back", "invoices"),
        ("invoices_add_up", "invoices"),
        ("invoices_begin_as_draft", "invoices"),
        ("invoice_lines_too_late", "invoice_lines"),
        ("invoice_series_forward", "invoice_series"),
        ("invoice_series_kept", "invoice_series"),
    )
