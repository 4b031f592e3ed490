"""Which boletos a file is about."""

from collections.abc import Collection

from sqlalchemy import BigInteger, ColumnElement, Select, and_, any_, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from portal.banking.models.boleto import Boleto
from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.boleto import BoletoState
from portal.shared.db import LARGEST_ID


def of_numbers(account: BoletoAccount, numbers: Collection[int]) -> ColumnElement[bool]:
    """A condition: boletos of this account with these numbers, however many; as one parameter."""
    wanted = sorted(number for number in numbers if number <= LARGEST_ID)
    return (Boleto.series == account.series) & (Boleto.number == any_(literal(wanted, ARRAY(BigInteger))))


def boletos_being_settled() -> Select[int]:
    """The invoices, by id, whose boleto is paid and not yet credited.

    Nobody reminds of them, cancels them or suspends for them (invariants M13, M20).
    """
    return select(Boleto.invoice_id).where(Boleto.state == BoletoState.PAID_UNSETTLED)


def waits_for_bank() -> ColumnElement[bool]:
    """A condition: boletos that the next remittance asks the bank to register or to write off."""
    new = and_(Boleto.state == BoletoState.ISSUED, Boleto.remittance_id.is_(None))
    unneeded = and_(Boleto.state == BoletoState.WRITE_OFF_ASKED, Boleto.withdrawal_id.is_(None))
    return or_(new, unneeded)
