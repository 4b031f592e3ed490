"""What a cancellation costs or gives back."""

from datetime import date, timedelta

import pytest

from calculator import OpenInvoice, Settlement, SettlementRule, settle_cancellation

TODAY = date(2026, 8, 20)
CONTRACTED = date(2026, 1, 10)


def _settle(
    *days_late: int,
    covered_until: date | None = None,
    contracted_on: date = CONTRACTED,
    consumer: bool = False,
) -> Settlement:
    invoices = [OpenInvoice(str(late), TODAY - timedelta(days=late), 10_000 + late) for late in days_late]
    return settle_cancellation(
        requested_on=TODAY,
        contracted_on=contracted_on,
        covered_until=covered_until,
        open_invoices=invoices,
        paid_cents=59_970,
        consumer=consumer,
    )


class TestACancellationWithPaidTimeLeft:
    @pytest.mark.parametrize("covered_until", [TODAY, date(2026, 8, 31)])
    def test_keeps_the_service_to_the_last_covered_day(self, covered_until: date) -> None:
        settled = _settle(covered_until=covered_until)
        assert (settled.rule, settled.inactive_on) == (SettlementRule.COVERED, covered_until)
        assert (settled.refund_cents, settled.still_owed_cents) == (0, 0)

    def test_says_until_when(self) -> None:
        assert "31/08/2026" in _settle(covered_until=date(2026, 8, 31)).in_words

    def test_cancels_an_invoice_that_is_not_due_yet(self) -> None:
        settled = _settle(-10, covered_until=date(2026, 8, 31))
        assert (settled.canceled_cents, settled.still_owed_cents) == (9_990, 0)


class TestACancellationWithoutPaidTime:
    @pytest.mark.parametrize("covered_until", [None, TODAY - timedelta(days=1)])
    def test_ends_the_service_on_the_day_of_the_request(self, covered_until: date | None) -> None:
        settled = _settle(covered_until=covered_until)
        assert (settled.rule, settled.inactive_on) == (SettlementRule.NOT_COVERED, TODAY)

    def test_cancels_an_invoice_up_to_15_days_late(self) -> None:
        settled = _settle(15)
        assert (settled.canceled_cents, settled.still_owed_cents) == (10_015, 0)
        assert not settled.invoices[0].stays

    def test_collects_an_invoice_16_days_late(self) -> None:
        settled = _settle(16)
        assert (settled.canceled_cents, settled.still_owed_cents) == (0, 10_016)
        assert settled.invoices[0].stays

    def test_settles_each_of_several_invoices_by_itself(self) -> None:
        settled = _settle(45, 15, -10)
        assert [outcome.stays for outcome in settled.invoices] == [True, False, False]
        assert (settled.still_owed_cents, settled.canceled_cents) == (10_045, 10_015 + 9_990)


class TestAWithdrawal:
    def test_gives_a_consumer_everything_back_within_7_days(self) -> None:
        settled = _settle(
            0, contracted_on=TODAY - timedelta(days=7), consumer=True, covered_until=date(2026, 9, 30)
        )
        assert (settled.rule, settled.inactive_on) == (SettlementRule.WITHDRAWAL, TODAY)
        assert (settled.refund_cents, settled.still_owed_cents, settled.canceled_cents) == (59_970, 0, 10_000)

    def test_is_over_on_the_eighth_day(self) -> None:
        settled = _settle(contracted_on=TODAY - timedelta(days=8), consumer=True)
        assert (settled.rule, settled.refund_cents) == (SettlementRule.NOT_COVERED, 0)

    def test_is_not_for_companies(self) -> None:
        assert _settle(contracted_on=TODAY).refund_cents == 0
