"""What must be true of a world after every step: the nightly check, and what payers and calendars say."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cards.models.charge import Charge
from portal.cards.rules.cards import ASKED
from portal.contracts.models import Contract
from portal.gateways.cards.messages import ChargeStatus
from portal.invoices.models import Invoice, Posting
from portal.invoices.rules.ledger import Account
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.overdue.models import Suspension
from portal.payouts.queries.invariants import find_broken
from portal.receipts.models.payment import Payment
from portal.receipts.models.ted import TedTransfer
from portal.receipts.rules.ted import TedState
from portal.shared.clock import day_of
from portal.subscriptions.models import Coverage
from tests.lives.world import World


def find_faults(world: World) -> list[str]:
    """Each as a line that begins with what it breaks; empty when all is well."""
    return world.do(
        lambda session: [
            *_books(session, world),
            *_money(session, world),
            *_keys(session, world),
            *_calendar(session),
            *_time(session),
        ]
    )


def _books(session: Session, world: World) -> list[str]:
    broken = find_broken(session, since=None, now=world.now)
    return [f"{each.invariant.key} {each.invariant.label}: {', '.join(each.rows)}" for each in broken]


def _money(session: Session, world: World) -> list[str]:
    """Every centavo that left a payer is a payment or waits for finance; fees are the bank's (M5, M18)."""
    received = dict(
        session.execute(
            select(Payment.source, func.sum(Payment.amount_cents))
            .where(Payment.facts["origin_id"].astext.is_(None))  # what a won dispute gave again left once
            .group_by(Payment.source)
        ).all()
    )
    by_way = {source.value: int(cents) for source, cents in received.items()}
    waiting = select(func.coalesce(func.sum(TedTransfer.amount_cents), 0)).where(
        TedTransfer.state.in_((TedState.WAITING, TedState.CONFIRMED_ONCE))
    )
    by_way["ted"] = by_way.get("ted", 0) + int(session.scalar(waiting) or 0)
    by_way["card"] = by_way.get("card", 0) + _unheard_of(session, world)
    sent = {**world.sent, "card": world.processor.charged_cents()}
    ways = sorted({*by_way, *sent})
    faults = [
        f"M5 {way}: {sent.get(way, 0)} left the payers, {by_way.get(way, 0)} came in"
        for way in ways
        if sent.get(way, 0) != by_way.get(way, 0)
    ]
    fees = session.scalar(
        select(func.coalesce(func.sum(Posting.amount_cents), 0)).where(
            Posting.debit_account == Account.BANK_FEES
        )
    )
    is_right = fees == world.fees_cents
    return faults if is_right else [*faults, f"M18 fees: {fees} booked, {world.fees_cents} kept by banks"]


def _unheard_of(session: Session, world: World) -> int:
    """What the processor took and its answer got lost: it is asked again soon (S6)."""
    asked = session.scalars(select(Charge.key).where(Charge.state.in_(ASKED)))
    reports = [world.processor.charges[key] for key in asked if key in world.processor.charges]
    return sum(report.amount_cents for report in reports if report.status is ChargeStatus.SUCCEEDED)


def _keys(session: Session, world: World) -> list[str]:
    """Whatever a card was charged with bears a key that was stored before (S5)."""
    known = set(session.scalars(select(Charge.key)))
    return [f"S5 charged under the unknown key {key}" for key in world.processor.charges if key not in known]


def _first_times(session: Session) -> defaultdict[int, list[tuple[date, date]]]:
    """What the first payment of each contract covers, by customer: its invoice bears no period."""
    found: defaultdict[int, list[tuple[date, date]]] = defaultdict(list)
    rows = session.execute(
        select(Contract.customer_id, Coverage.covers_from, Coverage.covers_until)
        .join(Contract, Contract.id == Coverage.contract_id)
        .where(Coverage.number == 1)
    )
    for customer_id, covers_from, covers_until in rows:
        found[customer_id].append((covers_from, covers_until))
    return found


def _time(session: Session) -> list[str]:
    """No time counts as paid whose invoice is owed, but for so little that nobody is reminded (M16)."""
    owed = (
        select(Invoice.id)
        .join(
            Coverage,
            (Coverage.contract_id == Invoice.contract_id) & (Coverage.number == Invoice.installment_number),
        )
        .where(
            Invoice.state == InvoiceState.OPEN,
            Invoice.kind != InvoiceKind.DIFFERENCE,
            Invoice.amount_cents - Invoice.paid_cents >= 5_00,
            Coverage.taken_back_at.is_(None),
        )
    )
    return [f"M16 the time of invoice {each} is paid, and it is not" for each in session.scalars(owed)]


def _calendar(session: Session) -> list[str]:
    """Nobody pays for a day twice, nor is one left out but by a suspension; due days are a 15th (M2, M15)."""
    rows = session.execute(
        select(
            Invoice.customer_id,
            Invoice.id,
            Invoice.period_from,
            Invoice.period_until,
            Invoice.due_on,
            Invoice.issued_at,
        )
        .where(
            Invoice.state != InvoiceState.VOID,
            Invoice.kind == InvoiceKind.INSTALLMENT,
            Invoice.period_from.is_not(None),
            Invoice.installment_number > 1,
        )
        .order_by(Invoice.customer_id, Invoice.period_from, Invoice.id)
    ).all()
    faults = [
        f"M15 invoice {row.id} falls due on {row.due_on}"
        for row in rows
        if row.due_on.day != 15 and row.due_on != day_of(row.issued_at)
    ]
    by_customer: dict[int, list[tuple[int, date, date]]] = defaultdict(list)
    for row in rows:
        by_customer[row.customer_id].append((row.id, row.period_from, row.period_until))
    suspended = set(session.scalars(select(Suspension.customer_id)))
    first_times = _first_times(session)
    for customer_id, periods in by_customer.items():
        for (one, _from, until), (other, begins, _until) in pairwise(periods):
            gap = (until + timedelta(days=1), begins - timedelta(days=1))
            is_first_time = any(of <= gap[0] and gap[1] <= to for of, to in first_times[customer_id])
            is_left_out = gap[0] <= gap[1] and not is_first_time and customer_id not in suspended
            if begins <= until or is_left_out:
                faults.append(f"M2 invoices {one} and {other}: until {until}, from {begins}")
    return faults
