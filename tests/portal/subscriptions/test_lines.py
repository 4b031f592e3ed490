"""SQL alone gives every payment to the centavo: the same amounts as the calculator, whatever is sold."""

from collections.abc import Iterator, Sequence
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal
from sqlalchemy.orm import Session

from calculator import (
    AccruedLine,
    Breakdown,
    accrue_first_period,
    accrue_repasse,
    charged_lines,
    parse_selection,
    partner_charged_lines,
    price_quote,
)
from portal.catalog.operations import change_first_period
from portal.catalog.rules import FirstPeriodPolicy
from portal.contracts.rules.states import ContractState
from portal.subscriptions.models import Subscription
from portal.subscriptions.operations.beginning import write_lines
from portal.subscriptions.queries.reading import get_subscription, lines_of_payment
from tests.calculator.samples import EXAMPLES, demo, quote
from tests.calculator.strategies import Case, cases
from tests.factories.contracts import make_contract
from tests.factories.quotes import NOON, make_house

LATER = date(2027, 1, 15)
type Figures = Sequence[tuple[str, int, int, int, int, int, int]]

against = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def whole(session: Session) -> Subscription:
    """One begun with a whole installment. Its lines do not matter: each example writes a set of its own."""
    contract = make_contract(session, make_house(session), state=ContractState.ACTIVE)
    return get_subscription(session, contract.id)


@pytest.fixture
def begun_by_the_day(session: Session) -> Subscription:
    """One begun with a part of a month."""
    house = make_house(session)
    full, part = FirstPeriodPolicy.FULL_INSTALLMENT, FirstPeriodPolicy.PROPORTIONAL
    change_first_period(session, plan="gestao", wanted=part, seen=full, actor=house.admin, now=NOON)
    return get_subscription(session, make_contract(session, house, state=ContractState.ACTIVE).id)


@pytest.fixture
def of_partner(session: Session) -> Subscription:
    """One of a partner that bills its customer."""
    house = make_house(session)
    house.partner.arrangement = "hiperador"
    contract = make_contract(session, house, state=ContractState.ACTIVE, arrangement="hiperador")
    return get_subscription(session, contract.id)


def priced(case: Case) -> Breakdown:
    """The case, with a setup fee where the plan has one."""
    sold = case.data["plans"][case.selection["plan"]]
    selection = case.chosen(setup=True) if "setup" in sold else case.selection
    return price_quote(parse_selection(selection), case.price_list)


def of_sql(
    session: Session,
    subscription: Subscription,
    breakdown: Breakdown,
    numbers: Sequence[int],
    *,
    since: int,
    once: Sequence[AccruedLine],
) -> Iterator[Figures]:
    """The lines of each payment, of a set that is written for this and taken back."""
    with session.begin_nested() as written:
        write_lines(session, subscription, breakdown, valid_from=LATER, since=since, version=2, once=once)
        for number in numbers:
            found = session.execute(lines_of_payment(literal(number), literal(LATER)))
            yield [
                (
                    row.code,
                    row.quantity,
                    row.amount_cents,
                    row.cost_cents,
                    row.central_fee_cents,
                    row.vendor_share_cents,
                    row.repasse_cents,
                )
                for row in found
            ]
        written.rollback()


def figures(lines: Sequence[AccruedLine]) -> Figures:
    return [(line.code, line.quantity, *line[3:]) for line in lines]


def two_terms(breakdown: Breakdown) -> range:
    return range(1, 2 * len(breakdown.payments) + 1)


def whole_terms(session: Session, subscription: Subscription, breakdown: Breakdown) -> None:
    """Every payment of two terms, the setup fee with the very first."""
    count, numbers = len(breakdown.payments), two_terms(breakdown)
    setup = accrue_repasse(breakdown, payment_number=1)[len(breakdown.lines) :]
    given_by_sql = of_sql(session, subscription, breakdown, numbers, since=1, once=setup)
    for number, found in zip(numbers, given_by_sql, strict=True):
        in_term = (number - 1) % count + 1
        lines = accrue_repasse(breakdown, payment_number=in_term, with_setup=number == 1)
        assert found == figures(lines), number
        charged = charged_lines(breakdown, payment_number=in_term, with_setup=number == 1)
        assert [line[2] for line in found] == [line.amount_cents for line in charged]


def has_repasse(breakdown: Breakdown) -> bool:
    return accrue_repasse(breakdown, payment_number=1) != ()


def bills_customer(case: Case) -> bool:
    """By the arrangement that was chosen: where all is free, the figures alone do not tell."""
    arrangement = case.price_list.arrangements[case.selection["arrangement"]]
    return arrangement.central_fee_ppm is not None or arrangement.vendor_share_ppm is not None


class TestSql:
    @pytest.mark.deep
    @given(case=cases())
    @against
    def test_gives_each_payment_of_a_term(self, session: Session, whole: Subscription, case: Case) -> None:
        breakdown = priced(case)
        if bills_customer(case):
            whole_terms(session, whole, breakdown)

    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("term", "installments"),
        [("monthly", 1)]
        + [("semiannual", count) for count in range(1, 7)]
        + [("annual", count) for count in range(1, 13)],
    )
    def test_gives_each_payment_of_every_plan(
        self, session: Session, whole: Subscription, term: str, installments: int
    ) -> None:
        for plan in ("mini", "gestao"):
            for arrangement in ("central_cobranca", "central_leads"):
                chosen = {"plan": plan, "term": term, "arrangement": arrangement, "setup": plan == "gestao"}
                paid = {"payment_method": "card", "installments": installments}
                more = {"quantities": {"user": 3}, "apps": {"qr_pix": 1}}
                whole_terms(session, whole, quote(**chosen, **paid, **more))

    def test_gives_each_payment_of_the_pricing_examples(self, session: Session, whole: Subscription) -> None:
        for example in EXAMPLES["priced"]:
            breakdown = price_quote(parse_selection(example["selection"]), demo())
            if has_repasse(breakdown):
                whole_terms(session, whole, breakdown)

    @pytest.mark.deep
    @given(case=cases(), part=st.integers(0, 100))
    @against
    def test_gives_a_proportional_first_period_and_what_follows(
        self, session: Session, begun_by_the_day: Subscription, case: Case, part: int
    ) -> None:
        breakdown = priced(case)
        if not bills_customer(case):
            return
        first = accrue_first_period(breakdown, amount_cents=breakdown.monthly.negotiated_cents * part // 100)
        count = len(breakdown.payments)
        numbers = range(1, 2 * count + 2)
        found = list(of_sql(session, begun_by_the_day, breakdown, numbers, since=2, once=first))
        assert found[0] == figures(first)
        for number in numbers[1:]:
            lines = accrue_repasse(breakdown, payment_number=(number - 2) % count + 1, with_setup=False)
            assert found[number - 1] == figures(lines), number

    @pytest.mark.deep
    @given(case=cases())
    @against
    def test_gives_what_a_partner_pays_that_bills_its_customer(
        self, session: Session, of_partner: Subscription, case: Case
    ) -> None:
        breakdown = priced(case)
        numbers, count = two_terms(breakdown), len(breakdown.payments)
        found = list(of_sql(session, of_partner, breakdown, numbers, since=1, once=()))
        for number in numbers:
            charged = partner_charged_lines(breakdown, payment_number=(number - 1) % count + 1)
            assert found[number - 1] == [
                (line.code, line.quantity, line.amount_cents, line.amount_cents, 0, 0, 0) for line in charged
            ]
