"""Triggers of money that came in, boletos and what is exchanged with the bank."""

from migrations import guards

SAID_BY_SOURCE = (
    *("source", "external_id", "amount_cents", "currency", "paid_at", "received_at"),
    *("payer_name", "payer_document", "facts"),
)
PLACED = ("outcome", "partner_id", "customer_id", "invoice_id")
PRINTED = (
    *("series", "number", "invoice_id", "partner_id", "customer_id", "amount_cents", "due_on", "bar_code"),
    *("line", "our_number", "payer_name", "payer_document", "payer_street", "payer_district"),
    *("payer_postal_code", "payer_city", "payer_state", "issued_at"),
)
FILE = ("kind", "number", "name", "sha256", "size", "content", "created_at", "created_by_id")
RESOLUTION = ("resolution", "resolution_note", "resolved_at", "resolved_by_id")
DECIDED = (
    *("invoice_id", "state", "amount_cents", "credited_on", "needs_two", "payment_id", "refusal"),
    *("confirmed_by_id", "confirmed_at", "second_confirmed_by_id", "second_confirmed_at"),
)
OF_ANOTHER = {
    "charges": "NOT EXISTS (SELECT 1 FROM invoices"
    " WHERE invoices.id = NEW.invoice_id AND invoices.contract_id = NEW.contract_id)",
    "ted_transfers": "NEW.proof_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stored_files"
    " WHERE stored_files.id = NEW.proof_id AND stored_files.customer_id = NEW.customer_id)",
}
KEPT = (
    "payments",
    "boletos",
    "bank_files",
    "bank_notices",
    "parked_payments",
    "ted_transfers",
    "boleto_series",
)


def raise_all() -> None:
    """The triggers."""
    guards.append_only("customer_credits")
    guards.frozen("payments", SAID_BY_SOURCE)
    guards.frozen("payments", PLACED, once="OLD.outcome <> 'parked'", name="placed")
    guards.frozen("boletos", PRINTED)
    guards.frozen("bank_files", FILE)
    guards.frozen("bank_notices", ("sha256", "is_file", "body", "received_at"))
    guards.frozen("parked_payments", RESOLUTION, once="OLD.resolution IS NOT NULL")
    guards.frozen("ted_transfers", DECIDED, once="OLD.state IN ('confirmed', 'refused')")
    for table in KEPT:
        guards.kept(table, once="true")
    guards.refused_when(
        "boleto_series_forward", "boleto_series", "UPDATE", "NEW.last_number <= OLD.last_number",
        message="boleto numbers only go up",
    )  # fmt: skip


def require_one_owner() -> None:
    """What a row points to is its own customer's; where columns alone cannot say so."""
    for table, fault in OF_ANOTHER.items():
        for verb in ("INSERT", "UPDATE"):
            name = f"{table}_one_owner_{verb.lower()}"
            guards.refused_when(name, table, verb, fault, message=f"{table} points to another owner")


def require_no_owner() -> None:
    """Undo `require_one_owner`."""
    verbs = ("insert", "update")
    guards.remove(*((f"{table}_one_owner_{verb}", table) for table in OF_ANOTHER for verb in verbs))


def remove_all() -> None:
    """Drop them."""
    verbs = ("update", "delete", "truncate")
    guards.remove(*((f"customer_credits_no_{verb}", "customer_credits") for verb in verbs))
    guards.remove(*((f"{table}_kept", table) for table in KEPT))
    frozen = ("payments", "boletos", "bank_files", "bank_notices", "parked_payments", "ted_transfers")
    guards.remove(*((f"{table}_frozen", table) for table in frozen))
    guards.remove(("payments_placed", "payments"), ("boleto_series_forward", "boleto_series"))
