"""Conversion, average discount and the repasse of the months to come, worked out by hand."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from calculator import breakdown_from_json, forecast_payments
from portal.dashboard.queries.repasse import expected_repasse
from portal.dashboard.queries.results import recent_results
from portal.quotes.models import QuoteVersion
from portal.quotes.operations.answering import accept_quote, decline_proposal
from portal.quotes.queries.board import figures_by_state
from portal.quotes.rules.states import QuoteState
from tests.factories.quotes import NOON, House, draft, live, make_house, sent
from tests.factories.users import actor_of, make_user

DAY = timedelta(days=1)


def accepted(session: Session, house: House, **changes: Any) -> QuoteVersion:
    quote, token = sent(session, house, now=NOON - 3 * DAY, **changes)
    accept_quote(session, token=token, quote_id=quote.id, now=NOON - DAY)
    return live(session, quote)


def repasse_of(session: Session, house: House, owner_id: int | None = None) -> dict[str, int]:
    months = expected_repasse(session, actor=house.seller, owner_id=owner_id, now=NOON)
    return {f"{each.month:%m/%Y}": each.cents for each in months}


class TestConversion:
    @pytest.mark.deep
    def test_is_the_accepted_of_those_that_ended(self, session: Session) -> None:
        house = make_house(session)
        accepted(session, house)  # at Original
        accepted(session, house, negotiated_total=189_90)  # 5,00 % below 199,90
        _quote, token = sent(session, house, now=NOON - 2 * DAY)
        decline_proposal(session, token=token, reason="price", now=NOON - DAY)
        sent(session, house, now=NOON - DAY)  # not answered yet
        results = recent_results(session, actor=house.seller, owner_id=None, now=NOON)
        assert (results.accepted, results.ended) == (2, 3)
        assert results.conversion_basis_points == 66_67
        assert results.discount_basis_points == 2_50

    def test_forgets_what_ended_more_than_90_days_ago(self, session: Session) -> None:
        house = make_house(session)
        accepted(session, house)
        later = recent_results(session, actor=house.seller, owner_id=None, now=NOON + 90 * DAY)
        assert (later.ended, later.conversion_basis_points, later.discount_basis_points) == (0, None, None)


class TestThePipeline:
    def test_sums_each_state_of_whom_it_is_asked_for(self, session: Session) -> None:
        house = make_house(session)
        draft(session, house)
        draft(session, house, negotiated_total=180_00)
        colleague = actor_of(make_user(session, partner_id=house.partner.id))
        whole = figures_by_state(session, actor=colleague)[QuoteState.DRAFT]
        own = figures_by_state(session, actor=colleague, owner_id=colleague.user_id)[QuoteState.DRAFT]
        assert (whole.count, whole.total_cents) == (2, 379_90)
        assert (own.count, own.total_cents) == (0, 0)


class TestTheExpectedRepasse:
    def test_of_a_monthly_quote_comes_every_month_from_its_activation(self, session: Session) -> None:
        house = make_house(session)
        # 199,90 less the cost of 85,00 and the central's 6,74 % = 13,47: 101,43
        version = accepted(session, house, on=date(2026, 8, 3))
        assert version.repasse_cents == 101_43
        months = repasse_of(session, house)
        first, *_between, last = months
        assert (first, last) == ("06/2026", "05/2027")
        assert months["06/2026"] == months["07/2026"] == 0
        assert [cents for cents in months.values() if cents] == [101_43] * 10

    def test_of_a_setup_fee_comes_once_with_the_first_payment(self, session: Session) -> None:
        house = make_house(session)
        accepted(session, house, on=date(2026, 6, 20), setup=True)
        # setup 490,00 less 6,74 % = 33,03: 456,97
        months = repasse_of(session, house)
        assert months["06/2026"] == 101_43 + 456_97
        assert months["07/2026"] == 101_43

    def test_of_a_year_paid_at_once_comes_once_a_year(self, session: Session) -> None:
        house = make_house(session)
        version = accepted(session, house, on=date(2026, 7, 1), term="annual")
        months = repasse_of(session, house)
        assert months.pop("07/2026") == version.repasse_cents * 12
        assert set(months.values()) == {0}

    def test_of_nothing_accepted_is_nothing(self, session: Session) -> None:
        house = make_house(session)
        sent(session, house)
        assert set(repasse_of(session, house).values()) == {0}

    @pytest.mark.parametrize(
        ("term", "method", "parts"),
        [("monthly", "boleto", 1), ("semiannual", "card", 4), ("annual", "card", 12), ("annual", "ted", 1)],
    )
    def test_falls_in_the_months_of_the_frozen_payments(
        self, session: Session, term: str, method: str, parts: int
    ) -> None:
        house = make_house(session)
        version = accepted(session, house, term=term, payment_method=method, installments=parts)
        payments = forecast_payments(
            breakdown_from_json(version.breakdown), payment_method=method, since=date(2026, 6, 1)
        )
        expected = {f"{payment.due_on:%m/%Y}" for payment in payments}
        assert {month for month, cents in repasse_of(session, house).items() if cents} == expected

    def test_is_of_one_seller_when_asked_so(self, session: Session) -> None:
        house = make_house(session)
        accepted(session, house)
        colleague = make_user(session, partner_id=house.partner.id)
        assert set(repasse_of(session, house, owner_id=colleague.id).values()) == {0}
        assert sum(repasse_of(session, house, owner_id=house.seller.user_id).values()) == 101_43 * 12
