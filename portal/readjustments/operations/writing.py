"""The prices of a released campaign are written, with the letter and the task of each contract."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from calculator import MonthlyLine, ReadjustedTerm, readjusted_term
from portal.catalog.queries import loaded_list
from portal.contracts.models import Contract
from portal.contracts.queries.reading import with_everything
from portal.readjustments.models import Readjustment
from portal.readjustments.notifications import tell_of_readjustments
from portal.readjustments.operations.releasing import AT_ONCE
from portal.readjustments.pages import renewal_script
from portal.readjustments.rules.campaigns import Outcome
from portal.shared import audit
from portal.shared.auth import Role
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import at_sao_paulo
from portal.subscriptions.models import Subscription, SubscriptionLine
from portal.subscriptions.operations.pricing import NewPrice, write_prices
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind

TALK_BEFORE = timedelta(days=12)  # the invoice is issued ten days before it is due
A_DAY = timedelta(days=1)


class Written(NamedTuple):
    """A readjustment with the contract, its subscription and the term that was made."""

    row: Readjustment
    contract: Contract
    term: ReadjustedTerm


def write_readjustments(session: Session, first_id: int, *, now: datetime) -> None:
    """Write those of a chunk that are not written yet; one whose invoice was issued meanwhile is left out."""
    waiting = select(Readjustment).where(
        Readjustment.id.between(first_id, first_id + AT_ONCE - 1),
        Readjustment.outcome == Outcome.READJUSTED,
        Readjustment.written_at.is_(None),
        Readjustment.withdrawn_at.is_(None),
    )
    audit.lock_streams(session, session.scalars(waiting.with_only_columns(Readjustment.customer_id)).all())
    rows = session.scalars(
        waiting.order_by(Readjustment.id)
        .options(joinedload(Readjustment.campaign, innerjoin=True))
        .with_for_update(of=Readjustment)
        .execution_options(populate_existing=True)
    ).all()
    if not rows:
        return
    written = _write_prices(session, rows, now=now)
    tell_of_readjustments(session, [(each.row, each.contract) for each in written], now=now)
    for each in written:
        _ask_team(session, each, now=now)
        _log(session, each, now=now)
    session.flush()


def _write_prices(session: Session, rows: Sequence[Readjustment], *, now: datetime) -> list[Written]:
    ids = [row.contract_id for row in rows]
    contracts = {each.id: each for each in session.scalars(with_everything().where(Contract.id.in_(ids)))}
    subscriptions = {
        each.contract_id: each
        for each in session.scalars(
            select(Subscription)
            .where(Subscription.contract_id.in_(ids))
            .order_by(Subscription.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    prices: list[NewPrice] = []
    written: list[Written] = []
    for row in rows:
        subscription = subscriptions[row.contract_id]
        if subscription.next_number > row.number or subscription.ended_at is not None:
            row.outcome, row.after_cents = Outcome.BILLED, row.before_cents
            continue
        term = _term(session, contracts[row.contract_id], subscription, row.campaign.basis_points)
        row.after_cents, row.after_repasse_cents, row.written_at = term.monthly_cents, term.repasse_cents, now
        prices.append(price_of(subscription, row, term))
        written.append(Written(row, contracts[row.contract_id], term))
    write_prices(session, prices, now=now)
    return written


def price_of(subscription: Subscription, row: Readjustment, term: ReadjustedTerm) -> NewPrice:
    """The price of a term, from the payment on that a readjustment is of."""
    return NewPrice(
        subscription_id=subscription.id,
        number=row.number,
        valid_from=row.due_on,
        lines=term.lines,
        payments=subscription.payments_in_term,
        monthly_cents=term.monthly_cents,
        repasse_cents=term.repasse_cents,
        monthly_before_cents=row.before_cents,
    )


def _term(
    session: Session, contract: Contract, subscription: Subscription, basis_points: int
) -> ReadjustedTerm:
    lines = session.scalars(
        select(SubscriptionLine)
        .where(SubscriptionLine.subscription_id == subscription.id, SubscriptionLine.last_number.is_(None))
        .order_by(SubscriptionLine.version.desc(), SubscriptionLine.position)
    ).all()
    version, months = lines[0].version, subscription.months
    price_list = loaded_list(session, contract.version.price_list_id)
    return readjusted_term(
        [
            MonthlyLine(
                each.code,
                each.label,
                each.quantity,
                each.price_total_cents // months,
                each.cost_total_cents // months,
            )
            for each in lines
            if each.version == version
        ],
        index_basis_points=basis_points,
        arrangement=price_list.arrangements[contract.version.arrangement],
        months=months,
        payments=subscription.payments_in_term,
    )


def _ask_team(session: Session, each: Written, *, now: datetime) -> None:
    row, contract = each.row, each.contract
    open_task(
        session,
        key=f"offer_renewal:{row.id}",
        kind=TaskKind.OFFER_RENEWAL,
        team=Role.SUPPORT,
        title=f"Oferecer renovação a {contract.customer.display_name} antes do reajuste",
        detail=renewal_script(session, row, contract, now=now),
        subject=contract,
        due_at=max(at_sao_paulo(row.due_on - TALK_BEFORE, 18), now + A_DAY),
        now=now,
    )


def _log(session: Session, each: Written, *, now: datetime) -> None:
    row = each.row
    change = f"{format_money(row.before_cents)} para {format_money(row.after_cents)}"
    audit.record(
        session,
        action="price_readjusted",
        summary=f"Mensalidade reajustada de {change}, a partir da fatura de {format_date(row.due_on)}",
        subject=each.contract,
        actor=None,
        now=now,
    )
