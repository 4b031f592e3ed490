"""Writing down what time was paid."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.shared import audit
from portal.shared.brazil import format_date
from portal.subscriptions.models import Coverage
from portal.subscriptions.rules import FIRST


def cover_time(
    session: Session,
    *,
    contract: Contract,
    number: int,
    covers_from: date,
    covers_until: date,
    grace_until: date,
    payment_key: str,
    now: datetime,
    after_suspension: bool = False,
) -> Coverage:
    """Release a contract's service by its payment `number`. Asked again, it gives the row that is there.

    `after_suspension`: the time is not that of the payment's own period, which is over.
    """
    values = {
        "contract_id": contract.id,
        "partner_id": contract.partner_id,
        "customer_id": contract.customer_id,
        "number": number,
        "covers_from": covers_from,
        "covers_until": covers_until,
        "grace_until": grace_until,
        "payment_key": payment_key,
        "after_suspension": after_suspension,
        "created_at": now,
    }
    once = insert(Coverage).values(**values)
    once_only = once.on_conflict_do_nothing(index_elements=["contract_id", "number"])
    is_new = session.execute(once_only.returning(Coverage.id)).first() is not None
    row = session.scalars(select(Coverage).filter_by(contract_id=contract.id, number=number)).one()
    if is_new:
        audit.record(
            session,
            action="coverage_started" if number == FIRST else "coverage_extended",
            summary=f"Serviço liberado de {format_date(covers_from)} até {format_date(grace_until)}",
            subject=row,
            actor=None,
            now=now,
            facts={"contract_id": contract.id, "payment_key": payment_key},
        )
    return row
