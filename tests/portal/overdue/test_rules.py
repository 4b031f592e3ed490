"""What the facts of a day decide, by kind of contract. Days by hand; nothing but the rule runs here."""

from datetime import date
from typing import Any

import pytest

from portal.catalog.rules import ServiceKind, ServiceState
from portal.invoices.rules.states import InvoiceState
from portal.overdue.rules.lateness import OverdueFacts, OverdueLimits, ReleaseReason, Verdict, assess

LIMITS = OverdueLimits(grace=3, late=15, telecom=15, least_cents=5_00)
SUBSCRIPTION, MENTORING, TELECOM = ServiceKind.SUBSCRIPTION, ServiceKind.MENTORING, ServiceKind.TELECOM
CURRENT, GRACE, OVERDUE, SUSPENDED = (
    ServiceState.CURRENT,
    ServiceState.GRACE,
    ServiceState.OVERDUE,
    ServiceState.SUSPENDED,
)


def facts(**changes: Any) -> OverdueFacts:
    """Due on Wednesday 15/07/2026, one invoice of R$ 199,90; what was paid before ends on 31/07."""
    values: dict[str, Any] = {
        "subscription_id": 1,
        "kind": SUBSCRIPTION,
        "state": CURRENT,
        "is_over": False,
        "invoice_id": 7,
        "late_since": date(2026, 7, 15),
        "late_cents": 199_90,
        "open_count": 1,
        "notice_id": None,
        "suspends_on": None,
        "released_until": date(2026, 7, 31),
        "is_settling": False,
        "suspension_id": None,
        "cause_state": None,
    }
    return OverdueFacts(**(values | changes))


def on(day: date, **changes: Any) -> Verdict:
    return assess(facts(**changes), limits=LIMITS, today=day)


class TestADebt:
    def test_that_is_none_leaves_the_service_in_order(self) -> None:
        assert on(date(2026, 7, 20), invoice_id=None, late_since=None) == Verdict(CURRENT)

    def test_is_in_grace_for_three_days(self) -> None:
        assert on(date(2026, 7, 16)) == Verdict(GRACE)
        assert on(date(2026, 7, 18)) == Verdict(GRACE)

    def test_then_is_late_and_gives_notice_of_the_day_after_what_is_paid(self) -> None:
        assert on(date(2026, 7, 19)) == Verdict(OVERDUE, notice_for=date(2026, 8, 1))

    def test_gives_notice_of_the_sixteenth_day_late_where_nothing_is_paid(self) -> None:
        verdict = on(date(2026, 7, 19), released_until=date(2026, 7, 15))
        assert verdict.notice_for == date(2026, 7, 31)

    def test_of_telecom_counts_from_the_notice(self) -> None:
        assert on(date(2026, 7, 19), kind=TELECOM).notice_for == date(2026, 8, 3)

    def test_that_is_noticed_late_leaves_five_days(self) -> None:
        assert on(date(2026, 9, 10)).notice_for == date(2026, 9, 15)

    def test_gives_notice_once(self) -> None:
        told = {"notice_id": 3, "suspends_on": date(2026, 8, 1)}
        assert on(date(2026, 7, 31), **told) == Verdict(OVERDUE)

    def test_suspends_on_the_day_of_the_notice(self) -> None:
        told = {"notice_id": 3, "suspends_on": date(2026, 8, 1)}
        assert on(date(2026, 8, 1), **told) == Verdict(SUSPENDED, suspends=True)

    def test_never_suspends_without_a_notice(self) -> None:
        for kind in ServiceKind:
            assert not on(date(2027, 7, 1), kind=kind).suspends

    def test_never_suspends_in_time_that_is_paid(self) -> None:
        told = {"notice_id": 3, "suspends_on": date(2026, 8, 1), "released_until": date(2026, 8, 31)}
        assert on(date(2026, 8, 31), **told) == Verdict(OVERDUE)
        assert on(date(2026, 9, 1), **told).suspends

    def test_whose_boleto_is_being_settled_is_neither_noticed_nor_suspended(self) -> None:
        told = {"notice_id": 3, "suspends_on": date(2026, 8, 1), "is_settling": True}
        assert on(date(2026, 7, 25), is_settling=True) == Verdict(GRACE)
        assert on(date(2026, 8, 5), **told) == Verdict(GRACE)

    def test_of_less_than_five_reais_is_nothing_to_remind_of(self) -> None:
        assert on(date(2026, 8, 20), late_cents=4_99) == Verdict(GRACE)
        assert on(date(2026, 8, 20), late_cents=5_00).state is OVERDUE

    def test_of_a_contract_that_is_over_suspends_nothing(self) -> None:
        assert on(date(2026, 8, 5), is_over=True) == Verdict(CURRENT)


SINCE_AUGUST = {
    "state": SUSPENDED,
    "suspension_id": 9,
    "notice_id": 3,
    "suspends_on": date(2026, 8, 1),
    "cause_state": InvoiceState.OPEN,
}
NOTHING_LATE = {"invoice_id": None, "late_since": None, "cause_state": InvoiceState.PAID}


class TestASuspension:
    def test_lasts_while_something_is_late(self) -> None:
        assert on(date(2026, 8, 10), **SINCE_AUGUST) == Verdict(SUSPENDED)

    @pytest.mark.parametrize("kind", [SUBSCRIPTION, TELECOM])
    def test_ends_when_what_was_late_is_paid(self, kind: ServiceKind) -> None:
        paid = SINCE_AUGUST | NOTHING_LATE | {"kind": kind, "open_count": 1}
        assert on(date(2026, 8, 10), **paid) == Verdict(CURRENT, release=ReleaseReason.PAID)

    def test_of_mentoring_lasts_until_the_present_month_is_paid_too(self) -> None:
        paid = SINCE_AUGUST | NOTHING_LATE | {"kind": MENTORING}
        assert on(date(2026, 8, 10), **(paid | {"open_count": 1})) == Verdict(SUSPENDED)
        assert on(date(2026, 8, 10), **(paid | {"open_count": 0})).release is ReleaseReason.PAID

    def test_ends_when_the_invoice_is_canceled(self) -> None:
        canceled = SINCE_AUGUST | NOTHING_LATE | {"cause_state": InvoiceState.VOID, "open_count": 0}
        assert on(date(2026, 8, 10), **canceled).release is ReleaseReason.CANCELED

    def test_ends_with_the_contract(self) -> None:
        over = SINCE_AUGUST | {"is_over": True}
        assert on(date(2026, 8, 10), **over) == Verdict(CURRENT, release=ReleaseReason.ENDED)
