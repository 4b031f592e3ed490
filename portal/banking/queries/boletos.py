"""Which boletos a file is about."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, any_, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.boleto import BoletoState
from portal.receipts.models.payment import Payment
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.rules.receiving import PaymentSource
from portal.shared.arrays import IDS
from portal.shared.db import LARGEST_ID


class PlainBoleto(NamedTuple):
    """What a line of a return has to know of a boleto; entities cost more than all the rest."""

    id: int
    number: int
    invoice_id: int
    customer_id: int
    state: BoletoState
    registered_at: datetime | None
    payer_name: str
    payer_document: str


_COLUMNS = tuple(getattr(Boleto, name) for name in PlainBoleto._fields)


def find_boletos(
    session: Session, account: BoletoAccount, numbers: Collection[int], *, for_update: bool = False
) -> dict[int, PlainBoleto]:
    """Those of an account with these numbers, by number; locked in the order of their ids, if so asked."""
    wanted = select(*_COLUMNS).where(of_numbers(account, numbers))
    if for_update:
        wanted = wanted.order_by(Boleto.id).with_for_update()
    session.flush()
    found = session.connection().execute(wanted)  # a session would take as long again for its rows
    return {row.number: PlainBoleto(*row) for row in found}


def of_numbers(account: BoletoAccount, numbers: Collection[int]) -> ColumnElement[bool]:
    """A condition: boletos of this account with these numbers, however many; as one parameter."""
    wanted = sorted(number for number in numbers if number <= LARGEST_ID)
    return (Boleto.series == account.series) & (Boleto.number == any_(literal(wanted, IDS)))


def find_last_payment(session: Session, boleto: Boleto) -> Payment | None:
    """The newest payment by boleto of its invoice of which something is left; None when none is booked."""
    returned = (
        select(func.coalesce(func.sum(PaymentReturn.amount_cents), 0))
        .where(PaymentReturn.payment_id == Payment.id)
        .scalar_subquery()
    )
    return session.scalar(
        select(Payment)
        .where(
            Payment.invoice_id == boleto.invoice_id,
            Payment.source == PaymentSource.BOLETO,
            Payment.amount_cents > returned,
        )
        .order_by(Payment.id.desc())
        .limit(1)
    )


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
