"""What pages of bank files say."""

from portal.banking.models.bank_file import BankFile
from portal.shared.filters import datetime_br


def said_of_known(file: BankFile) -> str:
    """What is said of a return that came before."""
    when = f" em {datetime_br(file.applied_at)}" if file.applied_at else ""
    return f"Este arquivo já foi processado{when}. Nada foi feito de novo."
