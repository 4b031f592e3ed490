"""Triggers of contracts: what a document was made from and what happened to it is never rewritten, and
none is active without its money."""

from migrations import guards

AGREED = (
    *(
        "partner_id",
        "customer_id",
        "quote_id",
        "version_id",
        "kind",
        "base_contract_id",
        "taken_over_from_id",
    ),
    *("template_id", "terms_on", "amendment_charge_cents", "applies_on", "covers_until", "created_at"),
)
SIGNED = ("file_id", "envelope_id", "signed_at", "signed_file_id")
PAID = ("first_payment_key", "paid_at")
BEGUN = ("activated_at", "starts_on")
PAID_FIRST = (
    "EXISTS (SELECT 1 FROM payments JOIN invoices ON invoices.id = payments.invoice_id"
    " WHERE invoices.contract_id = NEW.id AND invoices.installment_number = 1 AND invoices.state = 'paid'"
    " AND payments.outcome = 'settled'"
    " AND payments.source || ':' || payments.external_id = COALESCE(NEW.first_payment_key, ''))"
)
NOTHING_TO_PAY = (
    "(COALESCE(NEW.amendment_charge_cents, 1) = 0 OR COALESCE(NEW.first_payment_key, '') = 'none:' || NEW.id)"
    " AND NOT EXISTS (SELECT 1 FROM invoices WHERE invoices.contract_id = NEW.id)"
)
UNPAID = f"NOT ({PAID_FIRST} OR {NOTHING_TO_PAY})"


def raise_all() -> None:
    """The triggers."""
    guards.append_only("contract_templates")
    guards.frozen("contracts", AGREED, once="OLD.state <> 'draft'")
    guards.frozen("contracts", SIGNED, once="OLD.signed_at IS NOT NULL", name="signed_frozen")
    guards.frozen("contracts", PAID, once="OLD.paid_at IS NOT NULL", name="paid_frozen")
    guards.frozen("contracts", BEGUN, once="OLD.activated_at IS NOT NULL", name="begun_frozen")
    guards.kept("contracts", once="OLD.state <> 'draft'")
    guards.no_return("contracts", "state", "draft")


def require_money() -> None:
    """Active only with a payment that settled the first invoice, or where there is none to pay (M1)."""
    guards.refused_when(
        "contracts_active_by_money", "contracts", "UPDATE",
        f"OLD.activated_at IS NULL AND NEW.activated_at IS NOT NULL AND {UNPAID}",
        message="a contract becomes active by its first payment",
    )  # fmt: skip
    guards.refused_when(
        "contracts_begin_inactive", "contracts", "INSERT", "NEW.activated_at IS NOT NULL",
        message="a contract begins without being active",
    )  # fmt: skip


def require_no_money() -> None:
    """Undo `require_money`."""
    guards.remove(("contracts_active_by_money", "contracts"), ("contracts_begin_inactive", "contracts"))


def remove_all() -> None:
    """Drop them."""
    names = ("frozen", "signed_frozen", "paid_frozen", "begun_frozen", "kept", "state_no_return")
    guards.remove(*((f"contracts_{name}", "contracts") for name in names))
    verbs = ("update", "delete", "truncate")
    guards.remove(*((f"contract_templates_no_{verb}", "contract_templates") for verb in verbs))
