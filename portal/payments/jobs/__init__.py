"""What the payments room does by the calendar."""

from portal.payments.jobs.cards import (
    compare_card_charges,
    expire_card_requests,
    retry_card_charges,
    sweep_cards,
)

__all__ = ["compare_card_charges", "expire_card_requests", "retry_card_charges", "sweep_cards"]
