"""Where others tell us something by themselves."""

from portal.payments.webhooks.bank import told_by_bank

__all__ = ["told_by_bank"]
