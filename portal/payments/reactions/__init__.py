"""What the payments room does when something happened elsewhere."""

from portal.payments.reactions.bank import give_boleto, keep_credit, take_back_boletos

__all__ = ["give_boleto", "keep_credit", "take_back_boletos"]
