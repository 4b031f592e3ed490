"""What must be true of boletos, for the nightly check. Each query gives what is broken."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, cast, exists, func, select
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.rules.boleto import BoletoState
from portal.receipts.models.payment import Payment
from portal.receipts.rules.receiving import PaymentSource


def find_unpaid_settlements(session: Session) -> Sequence[str]:
    """Our numbers of boletos that are paid and brought no money (invariant M18)."""
    brought = exists().where(
        Payment.source == PaymentSource.BOLETO,
        func.starts_with(Payment.external_id, Boleto.series + ":"),
        cast(Payment.facts["our_number"].astext, BigInteger) == Boleto.number,
    )
    unpaid = select(Boleto.our_number).where(Boleto.state == BoletoState.PAID, ~brought)
    return session.scalars(unpaid.order_by(Boleto.id)).all()
