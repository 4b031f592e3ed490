"""Triggers of contracts: what a document was made from and what happened to it is never rewritten."""

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


def raise_all() -> None:
    """The triggers."""
    guards.append_only("contract_templates")
    guards.frozen("contracts", AGREED, once="OLD.state <> 'draft'")
    guards.frozen("contracts", SIGNED, once="OLD.signed_at IS NOT NULL", name="signed_frozen")
    guards.frozen("contracts", PAID, once="OLD.paid_at IS NOT NULL", name="paid_frozen")
    guards.frozen("contracts", BEGUN, once="OLD.activated_at IS NOT NULL", name="begun_frozen")
    guards.kept("contracts", once="OLD.state <> 'draft'")
    guards.no_return("contracts", "state", "draft")


def remove_all() -> None:
    """Drop them."""
    names = ("frozen", "signed_frozen", "paid_frozen", "begun_frozen", "kept", "state_no_return")
    guards.remove(*((f"contracts_{name}", "contracts") for name in names))
    verbs = ("update", "delete", "truncate")
    guards.remove(*((f"contract_templates_no_{verb}", "contract_templates") for verb in verbs))
