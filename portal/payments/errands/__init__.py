"""What the payments room does outside after its transactions."""

from portal.payments.errands import bank, cards

ERRANDS = (*cards.ERRANDS, *bank.ERRANDS)

__all__ = ["ERRANDS"]
