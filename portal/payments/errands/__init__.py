"""What the payments room does outside after its transactions."""

from portal.payments.errands import cards

ERRANDS = cards.ERRANDS

__all__ = ["ERRANDS"]
