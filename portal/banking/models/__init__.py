"""Tables of the banking room, split by noun."""

from portal.banking.models import account, bank_file, boleto, fault, joint_pix, statement

__all__ = ["account", "bank_file", "boleto", "fault", "joint_pix", "statement"]
