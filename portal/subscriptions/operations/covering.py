"""Writing down what time was paid."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.reading import list_followers_in_force
from portal.contracts.rules.states import ContractKind
from portal.shared import audit
from portal.shared.brazil import format_date
from portal.subscriptions.models import Coverage
from portal.subscriptions.rules import FIRST

A_DAY = timedelta(days=1)


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
    is_new = _insert_once(session, values)
    row = session.scalars(select(Coverage).where(_in_force(contract.id, number))).one()
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


def carry_on(
    session: Session,
    *,
    contract: Contract,
    covers_from: date,
    covers_until: date,
    grace_until: date,
    payment_key: str,
    now: datetime,
) -> None:
    """Give an amendment the time that was paid, after it began, of the contract it goes on with.

    The row of what it took over gives way to one that reaches further; time that does not follow it is left.
    """
    taken_over = session.scalars(
        select(Coverage).where(_in_force(contract.id, FIRST)).with_for_update()
    ).first()
    if taken_over is not None:
        if taken_over.covers_until + A_DAY != covers_from:
            return
        covers_from = taken_over.covers_from
        taken_over.taken_back_at = now
        session.flush()
    else:
        covers_from = max(covers_from, contract.starts_on or covers_from)
    cover_time(
        session,
        contract=contract,
        number=FIRST,
        covers_from=covers_from,
        covers_until=covers_until,
        grace_until=grace_until,
        payment_key=payment_key,
        now=now,
    )


def _insert_once(session: Session, values: dict[str, object]) -> bool:
    once = insert(Coverage).values(**values)
    once_only = once.on_conflict_do_nothing(
        index_elements=["contract_id", "number"], index_where=Coverage.taken_back_at.is_(None)
    )
    return session.execute(once_only.returning(Coverage.id)).first() is not None


def take_back_time(
    session: Session, *, contract_id: int, number: int, reason: str, now: datetime
) -> Sequence[Coverage]:
    """Take back the time that payment `number` of a contract covers, also of an amendment that took it over.

    What an amendment holds of earlier payments stays: a row to where these reach takes the place of its row.
    Time that was paid after it stays too.
    """
    own = session.scalars(select(Coverage).where(_in_force(contract_id, number)).with_for_update()).first()
    if own is None:
        return ()
    carried = _carried_on(session, own)
    for row in (own, *carried):
        _take(session, row, reason=reason, now=now)
    before = _reaching(session, own) if carried else None
    for row in carried:
        if before is not None and row.covers_from < own.covers_from:
            cover_time(
                session,
                contract=session.get_one(Contract, row.contract_id),
                number=row.number,
                covers_from=row.covers_from,
                covers_until=before.covers_until,
                grace_until=before.grace_until,
                payment_key=before.payment_key,
                now=now,
            )
    return (own, *carried)


def _carried_on(session: Session, own: Coverage) -> Sequence[Coverage]:
    """The rows of amendments in force that go on with this one's contract and end with its time."""
    followers = list_followers_in_force(session, own.contract_id)
    amendments = select(Contract.id).where(
        Contract.id.in_(followers), Contract.kind == ContractKind.AMENDMENT
    )
    rows = select(Coverage).where(
        Coverage.contract_id.in_(amendments),
        Coverage.number == FIRST,
        Coverage.covers_until == own.covers_until,
        Coverage.taken_back_at.is_(None),
    )
    return session.scalars(rows.order_by(Coverage.id).with_for_update()).all()


def _reaching(session: Session, own: Coverage) -> Coverage | None:
    """What is paid of the same contract until the day before."""
    before = select(Coverage).where(
        Coverage.contract_id == own.contract_id,
        Coverage.covers_until == own.covers_from - A_DAY,
        Coverage.taken_back_at.is_(None),
    )
    return session.scalars(before.order_by(Coverage.id.desc()).limit(1)).first()


def _take(session: Session, row: Coverage, *, reason: str, now: datetime) -> None:
    row.taken_back_at = now
    session.flush()
    audit.record(
        session,
        action="coverage_taken_back",
        summary=f"Serviço liberado de {format_date(row.covers_from)} até {format_date(row.grace_until)}"
        " deixou de estar pago",
        subject=row,
        actor=None,
        now=now,
        reason=reason,
    )


def cover_again(
    session: Session, *, contract: Contract, number: int, payment_key: str, now: datetime
) -> Coverage | None:
    """Release once more the time that payment `number` covered before it went back; None if it never did."""
    before = session.scalars(
        select(Coverage)
        .where(
            Coverage.contract_id == contract.id,
            Coverage.number == number,
            Coverage.taken_back_at.is_not(None),
        )
        .order_by(Coverage.id.desc())
        .limit(1)
    ).first()
    if before is None:
        return None
    return cover_time(
        session,
        contract=contract,
        number=number,
        covers_from=before.covers_from,
        covers_until=before.covers_until,
        grace_until=before.grace_until,
        payment_key=payment_key,
        now=now,
    )


def _in_force(contract_id: int, number: int) -> ColumnElement[bool]:
    return and_(
        Coverage.contract_id == contract_id, Coverage.number == number, Coverage.taken_back_at.is_(None)
    )
