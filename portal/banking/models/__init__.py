"""Tables of the banking room, split by noun."""

from portal.banking.models import bank_file, boleto

__all__ = ["bank_file", "boleto"]
