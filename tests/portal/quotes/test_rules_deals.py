"""When an approval stays good."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.quotes.rules.deals import AgreedDeal, Deal, is_worse_deal, price_still_approved

AGREED = Deal(
    price_list_id=7,
    arrangement="central_cobranca",
    term="monthly",
    units={"plan:gestao": 1, "addon:user": 2, "app:nfse": 1},
    original_cents=300_00,
    negotiated_cents=240_00,
    setup_original_cents=490_00,
    setup_cents=392_00,
    setup_free_cents=441_00,
)


def later(**changes: Any) -> Deal:
    return replace(AGREED, **changes)


class TestAnApproval:
    @pytest.mark.parametrize(
        "deal",
        [
            pytest.param(later(), id="for the same again"),
            pytest.param(later(negotiated_cents=260_00), id="at a higher price"),
            pytest.param(later(setup_cents=490_00), id="with a higher setup fee"),
            pytest.param(
                later(
                    units=dict(AGREED.units) | {"app:tef": 1}, original_cents=350_00, negotiated_cents=280_00
                ),
                id="with one more app at the same discount",
            ),
            pytest.param(
                later(
                    units=dict(AGREED.units) | {"addon:user": 5},
                    original_cents=360_00,
                    negotiated_cents=288_00,
                ),
                id="with more users at the same discount",
            ),
        ],
    )
    def test_stays_good(self, deal: Deal) -> None:
        assert not is_worse_deal(AGREED, deal)

    @pytest.mark.parametrize(
        "deal",
        [
            pytest.param(later(negotiated_cents=239_99), id="one centavo lower"),
            pytest.param(later(setup_cents=391_99), id="with a setup fee one centavo lower"),
            pytest.param(later(setup_cents=None, setup_original_cents=None), id="without the setup fee"),
            pytest.param(
                later(
                    units={"plan:gestao": 1, "addon:user": 2}, original_cents=250_00, negotiated_cents=200_00
                ),
                id="with an app less",
            ),
            pytest.param(later(units=dict(AGREED.units) | {"addon:user": 1}), id="with fewer users"),
            pytest.param(
                later(units={"plan:premium": 1, "addon:user": 2, "app:nfse": 1}, negotiated_cents=300_00),
                id="for another plan",
            ),
            pytest.param(later(term="annual"), id="for another term"),
            pytest.param(later(price_list_id=8), id="under another price list"),
            pytest.param(later(arrangement="central_leads"), id="under another arrangement"),
        ],
    )
    def test_is_asked_for_again(self, deal: Deal) -> None:
        assert is_worse_deal(AGREED, deal)

    def test_compares_discounts_exactly_not_as_rounded_percentages(self) -> None:
        agreed = later(
            original_cents=299_60, negotiated_cents=279_77, setup_cents=None, setup_original_cents=None
        )
        larger = replace(agreed, units=dict(AGREED.units) | {"app:tef": 1}, original_cents=100_000_00)
        just_enough = 9_338_118  # 100.000,00 × 279,77 ÷ 299,60 = 93.381,1748…, rounded up
        assert not is_worse_deal(agreed, replace(larger, negotiated_cents=just_enough))
        assert is_worse_deal(agreed, replace(larger, negotiated_cents=just_enough - 1))

    def test_without_setup_fee_covers_one_within_the_partners_own_authority_only(self) -> None:
        agreed = later(setup_cents=None, setup_original_cents=None)
        assert not is_worse_deal(agreed, later(setup_cents=441_00))
        assert is_worse_deal(agreed, later(setup_cents=440_99))


class TestTheApprovedPrice:
    def test_of_a_larger_selection_is_what_the_agreed_discount_gives_rounded_up(self) -> None:
        deal = later(
            units=dict(AGREED.units) | {"app:tef": 1},
            original_cents=333_33,
            negotiated_cents=300_00,
            setup_cents=450_00,
        )
        approved = price_still_approved([AgreedDeal(approval_id=5, deal=AGREED)], deal)
        assert approved is not None
        assert (approved.approval_id, approved.monthly_cents, approved.setup_cents) == (5, 266_67, 392_00)

    def test_comes_from_the_first_deal_that_covers(self) -> None:
        dearer = AgreedDeal(approval_id=9, deal=later(negotiated_cents=290_00))
        approved = price_still_approved([dearer, AgreedDeal(approval_id=5, deal=AGREED)], later())
        assert approved is not None
        assert approved.approval_id == 5

    def test_is_none_without_a_deal_that_covers(self) -> None:
        assert price_still_approved([], later()) is None


cents = st.integers(min_value=1, max_value=10_000_00)


@st.composite
def deals(draw: st.DrawFn) -> Deal:
    original = draw(cents)
    setup_original = draw(st.none() | cents)
    return Deal(
        price_list_id=1,
        arrangement="central_cobranca",
        term="monthly",
        units={
            "plan:gestao": 1,
            **{f"app:{code}": draw(st.integers(0, 3)) for code in "ab"},
        },
        original_cents=original,
        negotiated_cents=draw(st.integers(1, original)),
        setup_original_cents=setup_original,
        setup_cents=None if setup_original is None else draw(st.integers(1, setup_original)),
        setup_free_cents=None if setup_original is None else draw(st.integers(1, setup_original)),
    )


class TestAnyDeal:
    @given(deals())
    def test_covers_itself(self, deal: Deal) -> None:
        assert not is_worse_deal(deal, deal)

    @pytest.mark.deep
    @given(deals(), deals(), st.integers(1, 1000))
    def test_that_is_not_worse_stays_so_at_a_higher_price(self, agreed: Deal, deal: Deal, more: int) -> None:
        if not is_worse_deal(agreed, deal):
            assert not is_worse_deal(agreed, replace(deal, negotiated_cents=deal.negotiated_cents + more))

    @pytest.mark.deep
    @given(deals(), deals(), st.integers(1, 1000))
    def test_that_is_worse_stays_so_at_a_lower_price(self, agreed: Deal, deal: Deal, less: int) -> None:
        if is_worse_deal(agreed, deal):
            assert is_worse_deal(agreed, replace(deal, negotiated_cents=max(deal.negotiated_cents - less, 0)))

    @pytest.mark.deep
    @given(deals(), deals())
    def test_is_covered_only_at_or_above_its_approved_price_and_discount(
        self, agreed: Deal, deal: Deal
    ) -> None:
        approved = price_still_approved([AgreedDeal(approval_id=1, deal=agreed)], deal)
        if approved is None:
            return
        assert approved.monthly_cents <= deal.negotiated_cents
        assert deal.negotiated_cents * agreed.original_cents >= agreed.negotiated_cents * deal.original_cents
        assert (approved.setup_cents is None) == (deal.setup_cents is None)
        if approved.setup_cents is not None and deal.setup_cents is not None:
            assert approved.setup_cents <= deal.setup_cents

    @pytest.mark.deep
    @given(deals(), deals(), deals())
    def test_needs_no_approval_by_detours_either(self, first: Deal, second: Deal, third: Deal) -> None:
        """Not worse than what is not worse is not worse, as long as each has a setup fee."""
        if None in (first.setup_cents, second.setup_cents, third.setup_cents):
            return
        if not is_worse_deal(first, second) and not is_worse_deal(second, third):
            assert not is_worse_deal(first, third)
