"""What a subscription's state is by the facts, and what is to be done about it. Pure.

The same facts give the same verdict, for one and for a night's thousand; nothing is to be done twice.
"""

from datetime import date, timedelta
from typing import NamedTuple

from portal.catalog.rules import ServiceKind, ServiceState
from portal.invoices.rules.states import InvoiceState
from portal.shared.brazil import format_date
from portal.shared.labels import LabeledEnum
from portal.subscriptions.rules import OVERDUE_POLICIES

A_DAY = timedelta(days=1)
RECOMPUTE, TELL_OF_OVERDUE = "recompute-overdue", "tell-of-overdue"
NOTICE_MAIL, SUSPENDED_MAIL = "overdue_notice", "service_suspended"
TRUST_MAIL, TRUST_ENDED_MAIL = "trust_released", "trust_ended"
LEAST_NOTICE_DAYS = 5
"""However late a notice is, the service goes on for so many days after it."""


class ReleaseReason(LabeledEnum):
    """Why a suspended service was released."""

    PAID = "paid", "pago o que estava vencido"
    CANCELED = "canceled", "cancelada a fatura que estava vencida"
    ENDED = "ended", "fim do contrato"
    AGREED = "agreed", "acordo sobre o que estava vencido"


class OverdueLimits(NamedTuple):
    """The settings: days of grace, days late before a suspension, days from a telecom notice to it.

    Of less than `least_cents` nothing follows but that it is open.
    """

    grace: int
    late: int
    telecom: int
    least_cents: int


class OverdueFacts(NamedTuple):
    """All that decides about a subscription on a day, read at once.

    `late_since` is the last day on which the invoice that is late for longest could be paid without charges,
    None when none is past its due date; `late_cents` is what is open of all that are. `open_count` counts
    every invoice that is issued and not paid, but for the coming parts of an agreement. `awaits_entry` says
    that an agreement holds what was late and its entry is not paid. `suspends_on` is the day its notice
    names, None without one.
    `cause_state` is that of the invoice a running suspension is for, `trusted_until` the last day on which
    the service is released in trust meanwhile.
    """

    subscription_id: int
    kind: ServiceKind
    state: ServiceState
    is_over: bool
    invoice_id: int | None
    late_since: date | None
    late_cents: int
    open_count: int
    notice_id: int | None
    suspends_on: date | None
    released_until: date | None
    is_settling: bool
    suspension_id: int | None
    cause_state: InvoiceState | None
    trusted_until: date | None = None
    awaits_entry: bool = False


class Verdict(NamedTuple):
    """The state a subscription has, and what follows: a notice for a day, a suspension, or its end."""

    state: ServiceState
    notice_for: date | None = None
    suspends: bool = False
    release: ReleaseReason | None = None


def assess(facts: OverdueFacts, *, limits: OverdueLimits, today: date) -> Verdict:
    """What a subscription's state is today."""
    state = _state_by_debt(facts, limits=limits, today=today)
    if facts.suspension_id is not None:
        if _stays_suspended(facts, limits=limits, today=today):
            is_trusted = facts.trusted_until is not None and facts.trusted_until >= today
            return Verdict(ServiceState.TRUSTED if is_trusted else ServiceState.SUSPENDED)
        return Verdict(state, release=_why_released(facts))
    if state is not ServiceState.OVERDUE:
        return Verdict(state)
    if facts.suspends_on is None:
        return Verdict(state, notice_for=suspension_day(facts, limits=limits, today=today))
    if facts.suspends_on <= today and not is_paid_time(facts.released_until, today):
        return Verdict(ServiceState.SUSPENDED, suspends=True)
    return Verdict(state)


def suspension_day(facts: OverdueFacts, *, limits: OverdueLimits, today: date) -> date:
    """The day from which a service may be suspended that is given notice today; never one that is paid."""
    if OVERDUE_POLICIES[facts.kind].counts_from_notice:
        earliest = today + timedelta(days=limits.telecom)
    else:
        late_since = facts.late_since or today
        earliest = max(
            late_since + timedelta(days=limits.late + 1), today + timedelta(days=LEAST_NOTICE_DAYS)
        )
    return max(earliest, facts.released_until + A_DAY) if facts.released_until else earliest


def is_paid_time(released_until: date | None, today: date) -> bool:
    """Whether the service is paid for today."""
    return released_until is not None and released_until >= today


def reason_of_notice(label: str, due_on: date, others: int) -> str:
    """Why somebody is given notice: the invoice, and how many more are late."""
    more = (
        ""
        if not others
        else " e mais 1 fatura vencida"
        if others == 1
        else f" e mais {others} faturas vencidas"
    )
    return f"Fatura {label}, vencida em {format_date(due_on)}{more}"


def _state_by_debt(facts: OverdueFacts, *, limits: OverdueLimits, today: date) -> ServiceState:
    if facts.is_over or facts.late_since is None:
        return ServiceState.CURRENT
    if facts.late_cents < limits.least_cents:
        return ServiceState.GRACE
    in_grace = today <= facts.late_since + timedelta(days=limits.grace)
    return ServiceState.GRACE if in_grace or facts.is_settling else ServiceState.OVERDUE


def _stays_suspended(facts: OverdueFacts, *, limits: OverdueLimits, today: date) -> bool:
    if facts.is_over or facts.awaits_entry:
        return facts.awaits_entry and not facts.is_over
    if OVERDUE_POLICIES[facts.kind].released_by_all and facts.open_count:
        return True
    is_little = facts.late_cents < limits.least_cents
    return facts.late_since is not None and facts.late_since < today and not is_little


def _why_released(facts: OverdueFacts) -> ReleaseReason:
    if facts.is_over:
        return ReleaseReason.ENDED
    if facts.cause_state is InvoiceState.IN_AGREEMENT:
        return ReleaseReason.AGREED
    return ReleaseReason.CANCELED if facts.cause_state is InvoiceState.VOID else ReleaseReason.PAID
