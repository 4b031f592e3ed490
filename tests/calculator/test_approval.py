"""How far down a partner may go alone."""

import pytest

from calculator import ApprovalReason, approval_reasons, breakdown_from_json, breakdown_to_json
from tests.calculator.samples import demo_with, quote, refusal


class TestTheFreePrice:
    @pytest.mark.parametrize(
        ("tier", "cents"),
        # Gestão, monthly: 199.90 less 5, 10, 15 and 20 %, half centavos up.
        [("bronze", 18991), ("prata", 17991), ("ouro", 16992), ("platina", 15992)],
    )
    def test_is_the_original_less_the_tiers_authority(self, tier: str, cents: int) -> None:
        assert quote(tier=tier).approval.free_down_to_cents == cents

    def test_is_rounded_up_to_a_centavo(self) -> None:
        # 199.90 × 0.999999 = 199.8998001 needs no centavo less than 199.90.
        other = demo_with(('prata = "10"', 'prata = "0.0001"'))
        assert quote(other).approval.free_down_to_cents == 19990

    def test_is_never_below_the_minimum(self) -> None:
        other = demo_with(('prata = "10"', 'prata = "100"'))
        assert quote(other).approval.free_down_to_cents == 14990

    def test_is_the_original_for_a_tier_without_authority(self) -> None:
        other = demo_with(('prata = "10"', 'prata = "0"'))
        assert quote(other).approval.free_down_to_cents == 19990

    def test_needs_a_tier_of_the_price_list(self) -> None:
        assert refusal(tier="diamante").code == "invalid_selection"


class TestAQuote:
    def test_at_the_free_price_needs_nobody(self) -> None:
        breakdown = quote(negotiated_total="179.91")
        assert not breakdown.approval.required
        assert approval_reasons(breakdown) == ()

    def test_one_centavo_below_needs_the_account_manager(self) -> None:
        breakdown = quote(negotiated_total="179.90")
        assert breakdown.approval.required
        assert approval_reasons(breakdown) == (ApprovalReason("monthly", "Mensalidade", 17990, 17991),)

    def test_needs_the_account_manager_for_a_low_setup_fee_alone(self) -> None:
        # 490.00 less 10 % is 441.00, well above its minimum of 290.00.
        assert not quote(setup=True, negotiated_setup="441.00").approval.required
        breakdown = quote(setup=True, negotiated_setup="440.99")
        assert breakdown.approval.required
        assert approval_reasons(breakdown) == (ApprovalReason("setup", "Implantação", 44099, 44100),)

    def test_gives_both_reasons_when_both_are_low(self) -> None:
        breakdown = quote(negotiated_total="150.00", setup=True, negotiated_setup="300.00")
        assert [reason.part for reason in approval_reasons(breakdown)] == ["monthly", "setup"]

    def test_read_back_from_json_still_knows_that_approval_was_needed(self) -> None:
        breakdown = quote(setup=True, negotiated_setup="440.99")
        again = breakdown_from_json(breakdown_to_json(breakdown))
        assert again.approval.required
        assert again.setup is not None
        assert again.setup.approval_required is None


class TestTheSetupFee:
    def test_is_not_charged_unless_chosen(self) -> None:
        assert quote().setup is None
        assert quote(setup=False).setup is None

    def test_grows_with_each_extra_unit_at_original_and_minimum_alike(self) -> None:
        setup = quote(setup=True, quantities={"user": 9, "register": 3, "branch": 2}).setup
        assert setup is not None
        # 490.00 and 290.00, two extra registers at 99.00, one extra branch at 190.00, users for nothing.
        assert (setup.original_cents, setup.minimum_cents) == (49000 + 38800, 29000 + 38800)

    def test_may_be_negotiated_above_the_original(self) -> None:
        setup = quote(setup=True, negotiated_setup="999.99").setup
        assert setup is not None
        assert setup.negotiated_cents == 99999

    def test_may_be_negotiated_down_to_its_minimum(self) -> None:
        setup = quote(setup=True, negotiated_setup="290.00").setup
        assert setup is not None
        assert setup.negotiated_cents == setup.minimum_cents == 29000

    def test_below_its_minimum_is_refused_naming_it(self) -> None:
        refused = refusal(setup=True, negotiated_setup="387.99", quantities={"register": 2})
        assert refused.facts == {"minimum_setup": "389.00"}
        assert refused.field == "negotiated_setup"

    @pytest.mark.parametrize("changes", [{}, {"setup": False}])
    def test_cannot_be_negotiated_without_being_charged(self, changes: dict[str, bool]) -> None:
        assert refusal(**changes, negotiated_setup="490.00").code == "invalid_selection"

    def test_cannot_be_charged_by_a_plan_without_one(self) -> None:
        setup = 'setup = { original = "490.00", minimum = "290.00", '
        other = demo_with((setup + 'per_extra = { register = "99.00", branch = "190.00" } }', ""))
        assert quote(other).setup is None
        refused = refusal(other, setup=True)
        assert (refused.code, refused.field) == ("invalid_selection", "setup")
