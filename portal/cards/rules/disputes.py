"""What the processor's words about disputes and refunds mean. Pure."""

from collections.abc import Sequence

from portal.receipts.rules.disputes import DisputeState

TAKE_EVENT = "take_processor_event"
DISPUTES = "charge.dispute."
WITHDRAWN, REINSTATED = "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"
REFUNDS = frozenset(
    {
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.refunded",
        "charge.refund.updated",
    }
)
# What only says that we asked for something: our own requests made it, and their answers said so.
ECHOES = frozenset(
    {
        "customer.created",
        "payment_method.attached",
        "setup_intent.created",
        "payment_intent.created",
    }
)
_STATES = {"won": DisputeState.KEPT, "warning_closed": DisputeState.KEPT, "lost": DisputeState.LOST}
_REASONS = {
    "fraudulent": "Quem tem o cartão diz que não reconhece a compra.",
    "unrecognized": "Quem tem o cartão diz que não reconhece a compra.",
    "duplicate": "Quem pagou diz que foi cobrado duas vezes.",
    "product_not_received": "Quem pagou diz que não recebeu o serviço.",
    "product_unacceptable": "Quem pagou diz que o serviço não é o combinado.",
    "subscription_canceled": "Quem pagou diz que tinha cancelado.",
    "credit_not_processed": "Quem pagou diz que espera uma devolução.",
}
OTHERWISE = "Quem pagou contestou a compra no banco do cartão."


def goes_back(kind: str) -> bool:
    """Whether an event tells of money that goes back."""
    return kind in REFUNDS or kind.startswith(DISPUTES)


def dispute_state(status: str) -> DisputeState:
    """Where a dispute stands; what is not closed is open, whatever the bank calls it."""
    return _STATES.get(status, DisputeState.OPEN)


def is_withdrawn(kind: str, moved_cents: Sequence[int]) -> bool:
    """Whether a notice of a dispute says that its money left."""
    return kind == WITHDRAWN or any(cents < 0 for cents in moved_cents)


def is_reinstated(kind: str, moved_cents: Sequence[int]) -> bool:
    """Whether a notice of a dispute says that its money was given again."""
    return kind == REINSTATED or any(cents > 0 for cents in moved_cents)


def dispute_reason(code: str) -> str:
    """Why it was disputed, as finance reads it."""
    return _REASONS.get(code, OTHERWISE)
