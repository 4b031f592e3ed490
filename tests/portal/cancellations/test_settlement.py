"""The decision table of a cancellation: covered or not, what is owed, company or consumer, early or late."""

from datetime import date, timedelta

import pytest

from portal.cancellations.rules.settlement import Facts, Fate, OpenInvoice, settle

TODAY = date(2026, 8, 20)
END_OF_AUGUST = date(2026, 8, 31)
YESTERDAY = date(2026, 8, 19)
END_OF_SEPTEMBER = date(2026, 9, 30)
LONG_AGO = date(2025, 1, 10)

# What is owed → an invoice, or none: its days late, and whether the bank reported its payment.
OWED = {
    "nothing": None,
    "not late": (0, False),
    "15 days": (15, False),
    "16 days": (16, False),
    "being settled": (16, True),
}

# (covered, owed, who) → last day, what becomes of the invoice, what is given back.
DROPPED, COLLECTED, AWAITED = Fate.DROPPED, Fate.COLLECTED, Fate.AWAITED
TABLE = [
    ("covered", "nothing", "company", END_OF_AUGUST, None, 0),
    ("covered", "not late", "company", END_OF_AUGUST, DROPPED, 0),
    ("covered", "15 days", "company", END_OF_AUGUST, DROPPED, 0),
    ("covered", "16 days", "company", END_OF_AUGUST, COLLECTED, 0),
    ("covered", "being settled", "company", END_OF_SEPTEMBER, AWAITED, 0),
    ("not covered", "nothing", "company", TODAY, None, 0),
    ("not covered", "not late", "company", TODAY, DROPPED, 0),
    ("not covered", "15 days", "company", TODAY, DROPPED, 0),
    ("not covered", "16 days", "company", TODAY, COLLECTED, 0),
    ("not covered", "being settled", "company", END_OF_SEPTEMBER, AWAITED, 0),
    ("covered", "nothing", "consumer, 7 days", TODAY, None, 399_80),
    ("covered", "not late", "consumer, 7 days", TODAY, DROPPED, 399_80),
    ("covered", "15 days", "consumer, 7 days", TODAY, DROPPED, 399_80),
    ("covered", "16 days", "consumer, 7 days", TODAY, DROPPED, 399_80),
    ("covered", "being settled", "consumer, 7 days", TODAY, AWAITED, 399_80),
    ("not covered", "nothing", "consumer, 7 days", TODAY, None, 399_80),
    ("not covered", "not late", "consumer, 7 days", TODAY, DROPPED, 399_80),
    ("not covered", "15 days", "consumer, 7 days", TODAY, DROPPED, 399_80),
    ("not covered", "16 days", "consumer, 7 days", TODAY, DROPPED, 399_80),
    ("not covered", "being settled", "consumer, 7 days", TODAY, AWAITED, 399_80),
    ("covered", "nothing", "consumer, 8 days", END_OF_AUGUST, None, 0),
    ("covered", "not late", "consumer, 8 days", END_OF_AUGUST, DROPPED, 0),
    ("covered", "15 days", "consumer, 8 days", END_OF_AUGUST, DROPPED, 0),
    ("covered", "16 days", "consumer, 8 days", END_OF_AUGUST, COLLECTED, 0),
    ("covered", "being settled", "consumer, 8 days", END_OF_SEPTEMBER, AWAITED, 0),
    ("not covered", "nothing", "consumer, 8 days", TODAY, None, 0),
    ("not covered", "not late", "consumer, 8 days", TODAY, DROPPED, 0),
    ("not covered", "15 days", "consumer, 8 days", TODAY, DROPPED, 0),
    ("not covered", "16 days", "consumer, 8 days", TODAY, COLLECTED, 0),
    ("not covered", "being settled", "consumer, 8 days", END_OF_SEPTEMBER, AWAITED, 0),
]


def facts(covered: str, owed: str, who: str) -> Facts:
    invoice = OWED[owed]
    days = {"company": (TODAY - LONG_AGO).days, "consumer, 7 days": 7, "consumer, 8 days": 8}[who]
    return Facts(
        today=TODAY,
        covered_until=END_OF_AUGUST if covered == "covered" else YESTERDAY,
        contracted_on=TODAY - timedelta(days=days),
        is_consumer=who != "company",
        paid_cents=399_80,
        invoices=[OpenInvoice(1, "000001", 199_90, invoice[0], END_OF_SEPTEMBER, invoice[1])]
        if invoice
        else [],
    )


@pytest.mark.parametrize(("covered", "owed", "who", "last_day", "fate", "refund_cents"), TABLE)
def test_each_row_of_the_table(
    covered: str, owed: str, who: str, last_day: date, fate: Fate | None, refund_cents: int
) -> None:
    settlement = settle(facts(covered, owed, who))
    assert settlement.last_day == last_day
    assert [its_fate for _invoice, its_fate in settlement.fates] == ([fate] if fate else [])
    assert settlement.refund_cents == refund_cents


@pytest.mark.parametrize(("covered", "owed", "who", "last_day", "fate", "refund_cents"), TABLE)
def test_each_row_where_only_some_services_end(
    covered: str, owed: str, who: str, last_day: date, fate: Fate | None, refund_cents: int
) -> None:
    settlement = settle(facts(covered, owed, who)._replace(is_partial=True))
    partial = Fate.REDUCED if fate is DROPPED else fate  # the other services are still owed
    assert settlement.last_day == last_day
    assert [its_fate for _invoice, its_fate in settlement.fates] == ([partial] if partial else [])
    assert settlement.refund_cents == refund_cents


def test_the_table_has_every_row() -> None:
    rows = {row[:3] for row in TABLE}
    assert len(rows) == len(TABLE) == 2 * len(OWED) * 3


def test_a_company_within_seven_days_uses_what_it_paid() -> None:
    early = facts("covered", "nothing", "company")._replace(contracted_on=TODAY)
    assert settle(early).last_day == END_OF_AUGUST
    assert settle(early).refund_cents == 0


def test_each_invoice_has_its_own_fate() -> None:
    invoices = [
        OpenInvoice(1, "000001", 199_90, 40, END_OF_AUGUST),
        OpenInvoice(2, "000002", 199_90, 10, END_OF_SEPTEMBER),
    ]
    settlement = settle(facts("not covered", "nothing", "company")._replace(invoices=invoices))
    assert [invoice.label for invoice in settlement.of(Fate.COLLECTED)] == ["000001"]
    assert [invoice.label for invoice in settlement.of(Fate.DROPPED)] == ["000002"]


def test_a_contract_that_was_never_paid_ends_today() -> None:
    settlement = settle(facts("not covered", "nothing", "company")._replace(covered_until=None))
    assert settlement.last_day == TODAY
