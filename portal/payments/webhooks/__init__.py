"""Where others tell us something by themselves."""

from portal.payments.webhooks.bank import told_by_bank
from portal.payments.webhooks.cards import told_by_processor

__all__ = ["told_by_bank", "told_by_processor"]
