"""What the next twelve months will bring: by hand, and the database against the rule."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from calculator import BillingTerms, EqualParts
from portal.partners.models import Partner
from portal.subscriptions.models import Subscription, SubscriptionLine
from portal.subscriptions.models.subscription import SPLIT
from portal.subscriptions.queries.forecast import forecast_of_contract, forecast_of_portfolio
from portal.subscriptions.rules import (
    ForecastLine,
    ForecastTerms,
    MonthForecast,
    Place,
    due_within,
    forecast,
    place_of_first,
)
from tests.factories.quotes import NOON, House, make_house
from tests.portal.subscriptions.test_migrating import a_filled_house, begun_by_the_day

FIRST_OF_JUNE = date(2026, 6, 1)
# R$ 1.000,00 a year in three: 333,34 + 333,33 + 333,33, of which the cost takes 200,00 each time.
IN_THREE = place_of_first(BillingTerms(FIRST_OF_JUNE, months=12, payments=3, due_day=15))
MONTHLY = place_of_first(BillingTerms(FIRST_OF_JUNE, months=1, payments=1, due_day=31))
BY_THE_DAY = place_of_first(BillingTerms(date(2026, 6, 20), months=1, due_day=15, proportional=True))


def parts(total: int, payments: int, dealt: int = 0) -> EqualParts:
    part, spare = divmod(total, payments)
    return EqualParts(total, part, spare, dealt)


def line(price: int, cost: int, payments: int = 1, **changes: Any) -> ForecastLine:
    return ForecastLine(
        version=1,
        valid_from=FIRST_OF_JUNE,
        first_number=1,
        last_number=None,
        payments=payments,
        price=parts(price, payments),
        takers=(parts(cost, payments),),
    )._replace(**changes)


def billed(
    place: Place,
    lines: Sequence[ForecastLine],
    *,
    today: date,
    next_number: int = 2,
    bills_until: date | None = None,
) -> dict[str, tuple[int, int]]:
    """The months that bring something."""
    months = forecast(ForecastTerms(place, next_number, bills_until), lines, today=today)
    assert len(months) == 12
    assert months[0].first_day == today.replace(day=1)
    return {f"{m.first_day:%m/%y}": (m.gross_cents, m.repasse_cents) for m in months if m.gross_cents}


class TestAForecast:
    def test_has_the_parts_of_a_year_and_of_the_one_it_renews_for(self) -> None:
        assert billed(IN_THREE, [line(1_000_00, 600_00, 3)], today=date(2026, 7, 10)) == {
            "07/26": (333_33, 133_33),
            "08/26": (333_33, 133_33),
            "06/27": (333_34, 133_34),
        }

    def test_ends_with_the_last_day_that_is_billed(self) -> None:
        lines = [line(1_000_00, 600_00, 3)]
        months = billed(IN_THREE, lines, today=date(2026, 7, 10), bills_until=date(2026, 8, 14))
        assert months == {"07/26": (333_33, 133_33)}

    def test_of_a_month_at_a_time_is_due_on_the_last_of_short_months(self) -> None:
        months = billed(MONTHLY, [line(199_90, 85_00)], today=date(2026, 11, 30))
        assert len(months) == 12
        assert set(months.values()) == {(199_90, 114_90), (999_50, 574_50)}
        assert months["11/26"] == (999_50, 574_50), "from 31/07, 31/08, 30/09 and 31/10 on, and 30/11"

    def test_takes_what_should_have_been_billed_as_of_today(self) -> None:
        place = place_of_first(BillingTerms(FIRST_OF_JUNE, months=1, due_day=15))
        months = billed(place, [line(100_00, 40_00)], today=date(2026, 8, 20))
        assert months["08/26"] == (200_00, 120_00), "what was due on 15/07 and on 15/08"
        assert months["09/26"] == (100_00, 60_00)

    def test_knows_the_prices_to_come_and_months_that_are_free(self) -> None:
        lines = [
            line(100_00, 40_00),
            line(0, 0, version=2, valid_from=date(2026, 9, 1)),
            line(110_00, 40_00, version=3, valid_from=date(2026, 11, 15)),
        ]
        months = billed(BY_THE_DAY, lines, today=date(2026, 7, 1))
        assert [name for name in ("07/26", "08/26", "09/26", "10/26", "11/26") if name in months] == [
            "07/26",
            "08/26",
            "11/26",
        ]
        assert months["08/26"] == (100_00, 60_00)
        assert months["11/26"] == (110_00, 70_00)

    def test_has_no_part_of_what_is_charged_once_before(self) -> None:
        lines = [line(100_00, 40_00, first_number=2), line(500_00, 0, last_number=1)]
        months = billed(BY_THE_DAY, lines, today=date(2026, 7, 1))
        assert set(months.values()) == {(100_00, 60_00)}


def total(months: Sequence[Sequence[MonthForecast]]) -> list[tuple[date, int, int]]:
    gross: Counter[date] = Counter()
    repasse: Counter[date] = Counter()
    for each in months:
        for month in each:
            gross[month.first_day] += month.gross_cents
            repasse[month.first_day] += month.repasse_cents
    return [(day, gross[day], repasse[day]) for day in sorted(gross)]


def compare(session: Session, house: House, *, today: date) -> list[tuple[date, int, int]]:
    """The database's answer, once it is what the rule gives for each subscription."""
    one_by_one = [
        forecast_of_contract(session, each, today=today) for each in session.scalars(select(Subscription))
    ]
    at_once = forecast_of_portfolio(session, actor=house.admin, today=today)
    assert total([at_once]) == total(one_by_one)
    return total([at_once])


class TestThePortfolio:
    @pytest.mark.deep
    def test_is_the_sum_of_its_contracts(self, session: Session) -> None:
        a_filled_house(session)
        begun_by_the_day(session)
        house = make_house(session)
        for today in (NOON.date(), date(2026, 7, 15), date(2027, 2, 28)):
            months = compare(session, house, today=today)
            assert len([gross for _day, gross, _repasse in months if gross]) > 9

    @pytest.mark.deep
    def test_of_one_partner_has_its_own_alone(self, session: Session) -> None:
        a_filled_house(session)
        house = make_house(session)
        ids = select(Subscription.partner_id).distinct()
        partners = session.scalars(select(Partner.document).where(Partner.id.in_(ids))).all()
        whole = forecast_of_portfolio(session, actor=house.admin, today=NOON.date())
        each = [
            forecast_of_portfolio(session, actor=house.admin, partner=document, today=NOON.date())
            for document in partners
        ]
        assert len(partners) > 1
        assert total(each) == total([whole])
        own = forecast_of_portfolio(session, actor=house.seller, today=NOON.date())
        assert total([own]) == [(month.first_day, 0, 0) for month in own], "the house has no contract itself"

    @pytest.mark.parametrize("examples", [20, pytest.param(300, marks=pytest.mark.deep)])
    def test_is_what_the_rule_gives_whatever_the_terms(self, session: Session, examples: int) -> None:
        @settings(max_examples=examples, deadline=None)
        @given(data=st.data(), days=st.integers(0, 800))
        def as_the_rule(data: st.DataObject, days: int) -> None:
            with session.begin_nested() as savepoint:
                house = make_house(session)
                session.execute(text("SET LOCAL session_replication_role = replica"))
                for number in range(1, data.draw(st.integers(1, 5)) + 1):
                    write(session, data, house, contract_id=900_000 + number)
                compare(session, house, today=date(2026, 6, 1) + timedelta(days=days))
                savepoint.rollback()

        as_the_rule()


def write(session: Session, data: st.DataObject, house: House, *, contract_id: int) -> None:
    """A subscription of any terms, as if its contract had been billed so far, with some sets of lines."""
    months = data.draw(st.sampled_from((1, 6, 12)))
    payments = data.draw(st.integers(1, months))
    starts_on = date(2026, 1, 1) + timedelta(days=data.draw(st.integers(0, 400)))
    due_day = data.draw(st.sampled_from((1, 14, 15, 28, 29, 30, 31)))
    is_proportional = data.draw(st.booleans())
    first_ends_on = starts_on + timedelta(days=data.draw(st.integers(0, 29))) if is_proportional else None
    terms = BillingTerms(starts_on, months, payments, due_day, is_proportional, first_ends_on)
    place = Place(terms, data.draw(st.integers(0, 15)) - is_proportional)
    next_number = data.draw(st.integers(2, 15))
    due_on = place.period(next_number).due_on
    ends = data.draw(st.none() | st.integers(-40, 500))
    bills_until = None if ends is None else due_on + timedelta(days=ends)
    row = {
        "contract_id": contract_id,
        "partner_id": house.partner.id,
        "customer_id": house.customer.id,
        "billed_to": "customer",
        "payment_method": "boleto",
        "plan": "gestao",
        "plan_name": "Hiper Gestão",
        "cycle": "any",
        "monthly_cents": 1,
        "cost_cents": 1,
        "repasse_cents": 1,
        "counted_from": starts_on,
        "months": months,
        "payments_in_term": payments,
        "due_day": due_day,
        "first_period": "proportional" if is_proportional else "full_installment",
        "first_ends_on": first_ends_on,
        "place_shift": place.shift,
        "next_number": next_number,
        "next_due_on": due_within(due_on, bills_until),
        "bills_until": bills_until,
        "activated_at": NOON,
    }
    made = session.execute(insert(Subscription).values(**row).returning(Subscription.id)).scalar_one()
    for version in range(1, data.draw(st.integers(1, 3)) + 1):
        valid_from = starts_on + timedelta(days=data.draw(st.integers(-30, 700)))
        for position in range(1, data.draw(st.integers(1, 3)) + 1):
            values = a_line(data, payments) | {"version": version, "valid_from": valid_from}
            session.execute(
                insert(SubscriptionLine).values(subscription_id=made, position=position, **values)
            )


def a_line(data: st.DataObject, payments: int) -> dict[str, Any]:
    first = data.draw(st.integers(1, 20))
    count = data.draw(st.sampled_from((1, payments)))
    takers = [data.draw(st.integers(0, 5_000)) for _name in SPLIT[1:]]
    repasse = data.draw(st.integers(-1_000, 9_000))
    row: dict[str, Any] = {
        "code": "plan:gestao",
        "label": "Hiper Gestão",
        "quantity": 1,
        "first_number": first,
        "last_number": data.draw(st.none() | st.integers(first, 30)),
        "payments": count,
    }
    totals = [max(sum(takers) + repasse, 0), *takers]
    row["repasse_total_cents"] = totals[0] - sum(takers)
    for name, amount in zip(SPLIT, totals, strict=True):
        part, spare = divmod(amount, count)
        dealt = data.draw(st.integers(0, count - 1))
        row |= {f"{name}_total_cents": amount, f"{name}_part_cents": part}
        row |= {f"{name}_spare": spare, f"{name}_dealt": dealt}
    return row
