"""Which boletos a file is about."""

from collections.abc import Collection

from sqlalchemy import BigInteger, ColumnElement, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY

from portal.banking.models.boleto import Boleto
from portal.banking.rules.accounts import BoletoAccount
from portal.shared.db import LARGEST_ID


def of_numbers(account: BoletoAccount, numbers: Collection[int]) -> ColumnElement[bool]:
    """A condition: boletos of this account with these numbers, however many; as one parameter."""
    wanted = sorted(number for number in numbers if number <= LARGEST_ID)
    return (Boleto.series == account.series) & (Boleto.number == any_(literal(wanted, ARRAY(BigInteger))))
