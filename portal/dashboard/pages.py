"""What the desk of finance and a partner's home say: figures, points of charts, and where they lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.cards.rules.cards import refusal_in_words
from portal.dashboard.queries import finance as queries
from portal.dashboard.queries.finance import AgingBucket, GoingBack, MonthIncome, Received, Sum
from portal.dashboard.queries.money import MoneyNeeds, money_needs
from portal.dashboard.queries.repasse_so_far import repasse_by_month
from portal.dashboard.rules import DueRange, last_day_of, months_until
from portal.invoices.queries.bad_debts import BadDebtSums, sum_bad_debts
from portal.invoices.queries.billing_runs import count_parked
from portal.payouts.models import Payout
from portal.payouts.queries.statements import find_last_statement
from portal.payouts.rules import month_label
from portal.receipts.rules.receiving import PaymentSource
from portal.shared.auth import Actor
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import day_of
from portal.tasks.queries import TaskCounts, count_open

MONTH_NAMES = ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez")

type Days = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgingRow:
    """Open invoices so late; `days` is how the list of invoices asks for their due dates."""

    name: str
    open: Sum
    days: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeRow:
    """What came in during a month; `days` is how the list of payments asks for it."""

    name: str
    short_name: str
    cents: Mapping[PaymentSource, int]
    total_cents: int
    days: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A charge or a boleto that failed, and why, in words."""

    what: str
    why: str
    at: datetime
    cents: int
    invoice_id: int
    number: int | None
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinanceDesk:
    """All that finance sees of a day. `unbilled` are the subscriptions that billing passes by."""

    today: date
    lately_from: date
    received: Received
    needs: MoneyNeeds
    parked: Sum
    unbilled: int
    repasse_to_pay: Sum
    tasks: TaskCounts
    going_back: GoingBack
    failures: Sequence[Failure]
    aging: Sequence[AgingRow]
    bad_debts: BadDebtSums
    income: Sequence[IncomeRow]


def finance_desk(session: Session, *, actor: Actor, now: datetime) -> FinanceDesk:
    """Of all partners: only for roles that may see payments."""
    today = day_of(now)
    parked, repasse_to_pay = queries.money_to_place(session)
    return FinanceDesk(
        today=today,
        lately_from=queries.first_of_lately(today),
        received=queries.received(session, today=today),
        needs=money_needs(session),
        parked=parked,
        unbilled=count_parked(session),
        repasse_to_pay=repasse_to_pay,
        tasks=count_open(session, actor=actor, now=now),
        going_back=queries.going_back(session, today=today),
        failures=[_failure(row) for row in queries.list_failures(session, today=today)],
        aging=[_aging_row(bucket) for bucket in queries.aging(session, today=today)],
        bad_debts=sum_bad_debts(session, since=months_until(today, count=queries.MONTHS_BACK)[0]),
        income=[_income_row(each) for each in queries.income_by_month(session, today=today)],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RepasseSoFar:
    """A partner's repasse: of this month until now, its newest statement, and its trend.

    `points` are the months of the trend for a chart, which starts at zero; `trend` says how the month before
    this one compares with the one before that, both whole.
    """

    month_cents: int
    month: str
    last: Payout | None
    last_month: str
    points: list[tuple[str, int]]
    trend: str


def repasse_so_far(session: Session, *, actor: Actor, now: datetime) -> RepasseSoFar:
    """Of the actor's own partner. Two statements."""
    months = repasse_by_month(session, actor=actor, today=day_of(now))
    last = find_last_statement(session, actor=actor)
    return RepasseSoFar(
        month_cents=months[-1][1],
        month=month_label(months[-1][0]),
        last=last,
        last_month=month_label(last.month) if last else "",
        points=[(month_name(month), max(cents, 0)) for month, cents in months],
        trend=_trend(months[-3][1], months[-2][1]),
    )


def _trend(before: int, after: int) -> str:
    if before == after:
        return "O último mês completo ficou igual ao anterior."
    word = "a mais" if after > before else "a menos"
    return f"O último mês completo teve {format_money(abs(after - before))} {word} que o anterior."


def month_name(month: date) -> str:
    """A month below a chart: "jul"."""
    return MONTH_NAMES[month.month - 1]


def _failure(row: Any) -> Failure:
    why = refusal_in_words(row.why) if row.what == queries.CARD_DECLINED else row.why
    return Failure(
        what=row.what,
        why=why,
        at=row.at,
        cents=row.cents,
        invoice_id=row.invoice_id,
        number=row.number,
        customer=row.customer,
    )


def _aging_row(bucket: AgingBucket) -> AgingRow:
    return AgingRow(name=bucket.range.name, open=bucket.open, days=_days_of(bucket.range))


def _income_row(each: MonthIncome) -> IncomeRow:
    short_name = month_name(each.month)
    return IncomeRow(
        name=f"{short_name}/{each.month.year}",
        short_name=short_name,
        cents=each.cents,
        total_cents=each.total_cents,
        days=_days_of(DueRange(name="", first=each.month, last=last_day_of(each.month))),
    )


def _days_of(due: DueRange) -> Days:
    days = {"de": due.first, "ate": due.last}
    return {name: format_date(day) for name, day in days.items() if day}
