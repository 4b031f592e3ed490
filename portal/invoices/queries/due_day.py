"""What a change of a contract's due day is decided and shown by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from calculator import ChargedLine, share_out
from portal.catalog.rules import ServiceState
from portal.invoices.models import DueDayChange, Invoice
from portal.invoices.queries.due_dates import payable_days
from portal.invoices.rules.due_day import DueDayFacts, DueDayMove, move_due_day, why_blocked
from portal.invoices.rules.states import InvoiceState
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared.clock import day_of
from portal.subscriptions.models import Subscription, SubscriptionLine, SubscriptionPause
from portal.subscriptions.queries.reading import list_charged_lines
from portal.subscriptions.rules import FIRST_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePayment:
    """An invoice as it will be: when it is due, what time it charges, how much in centavos."""

    due_on: date
    starts_on: date
    ends_on: date
    amount_cents: int
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDaySimulation:
    """What choosing a day does: the invoices that follow, the days between first where there are any."""

    move: DueDayMove
    payments: Sequence[DuePayment]

    @property
    def seen(self) -> str:
        """What was shown, to be compared when it is confirmed."""
        parts = (f"{each.due_on:%Y%m%d}.{each.amount_cents}" for each in self.payments)
        return "-".join((str(self.move.number), *parts))


def facts_for_due_day(session: Session, subscription: Subscription, *, today: date) -> DueDayFacts:
    """The facts about one subscription on a day."""
    until = payable_days(session)
    owed = session.scalars(
        select(Invoice)
        .where(Invoice.contract_id == subscription.contract_id, Invoice.state == InvoiceState.OPEN)
        .order_by(Invoice.due_on, Invoice.id)
    )
    late = next((invoice.label for invoice in owed if until(invoice.due_on) < today), "")
    changed_at = session.scalar(
        select(func.max(DueDayChange.changed_at)).where(DueDayChange.contract_id == subscription.contract_id)
    )
    paused_until = session.scalar(
        select(func.max(SubscriptionPause.paused_until)).where(
            SubscriptionPause.contract_id == subscription.contract_id, SubscriptionPause.is_kept
        )
    )
    return DueDayFacts(
        place=subscription.place,
        next_number=subscription.next_number,
        goes_on=subscription.bills_until is None and subscription.ended_at is None,
        billed_to=subscription.billed_to,
        is_parked=subscription.parked_reason is not None,
        in_order=subscription.service_state is ServiceState.CURRENT,
        late_label=late,
        changed_on=day_of(changed_at) if changed_at else None,
        again_after=value(session, Name.DUE_DAY_AGAIN_DAYS),
        paused_until=paused_until,
    )


def simulate_due_day(
    session: Session, subscription: Subscription, due_day: int, *, today: date
) -> DueDaySimulation:
    """What choosing a due day would store. Raises as `rules.due_day.move_due_day`."""
    facts = facts_for_due_day(session, subscription, today=today)
    monthly = sum(line.amount_cents for line in lines_of_a_month(session, subscription))
    move = move_due_day(facts, due_day, monthly_cents=monthly, today=today)
    payments = [_payment(session, subscription, move, number) for number in move.payments()]
    if (between := move.between) is not None:
        first = DuePayment(
            due_on=max(between.starts_on, today),
            starts_on=between.starts_on,
            ends_on=move.place.period(move.number).ends_on,
            amount_cents=between.amount_cents,
            words=between.in_words,
        )
        payments.insert(0, first)
    return DueDaySimulation(move=move, payments=payments)


def blocked_today(session: Session, subscription: Subscription, *, today: date) -> str:
    """Why the due day cannot change today, in words; "" when it can."""
    return why_blocked(facts_for_due_day(session, subscription, today=today), today=today)


def lines_of_a_month(session: Session, subscription: Subscription) -> Sequence[ChargedLine]:
    """What a month of a subscription comes to by the lines that hold for its next payment."""
    due_on = subscription.place.period(subscription.next_number).due_on
    lines = session.scalars(
        select(SubscriptionLine)
        .where(SubscriptionLine.subscription_id == subscription.id, SubscriptionLine.last_number.is_(None))
        .order_by(SubscriptionLine.version, SubscriptionLine.position)
    ).all()
    version = max((line.version for line in lines if line.valid_from <= due_on), default=FIRST_VERSION)
    return [
        ChargedLine(line.code, line.label, line.quantity, line.price_total_cents // subscription.months)
        for line in lines
        if line.version == version
    ]


def share_of_month(lines: Sequence[ChargedLine], amount_cents: int) -> tuple[ChargedLine, ...]:
    """The same lines, for a part of their month."""
    amounts = share_out(amount_cents, [line.amount_cents for line in lines])
    return tuple(line._replace(amount_cents=cents) for line, cents in zip(lines, amounts, strict=True))


def list_due_day_changes(session: Session, contract_id: int) -> Sequence[DueDayChange]:
    """The changes of a contract with who made them, the newest first."""
    return session.scalars(
        select(DueDayChange)
        .where(DueDayChange.contract_id == contract_id)
        .options(joinedload(DueDayChange.changed_by))
        .order_by(DueDayChange.id.desc())
    ).all()


def _payment(session: Session, subscription: Subscription, move: DueDayMove, number: int) -> DuePayment:
    """Lines go by a payment's place in the terms, which moves by one where days between are paid."""
    period = move.place.period(number)
    lines = list_charged_lines(
        session, subscription, number=number, due_on=period.due_on, shift=move.place.shift
    )
    return DuePayment(
        due_on=period.due_on,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        amount_cents=sum(line.amount_cents for line in lines),
    )
