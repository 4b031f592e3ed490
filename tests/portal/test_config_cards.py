"""The card processor's keys: one mode, the right one, or a sentence."""

import pytest

from portal.config import CardSettings, SettingsError

TEST = {
    "PORTAL_CARD_SECRET_KEY": "sk_test_1",
    "PORTAL_CARD_PUBLIC_KEY": "pk_test_1",
    "PORTAL_CARD_WEBHOOK_SECRET": "whsec_1",
}
LIVE = {
    "PORTAL_CARD_SECRET_KEY": "sk_live_1",
    "PORTAL_CARD_PUBLIC_KEY": "pk_live_1",
    "PORTAL_CARD_WEBHOOK_SECRET": "whsec_3nUq8dKzW0bTfXo5LhRm2yGcVa7JpEiS",
}
RANDOM = {"PORTAL_CARD_WEBHOOK_SECRET": LIVE["PORTAL_CARD_WEBHOOK_SECRET"]}
SANDBOX = {"PORTAL_CARD_SANDBOX_URL": "http://127.0.0.1:8004/"}


class TestTheKeys:
    def test_may_be_missing_and_cards_are_then_not_in_use(self) -> None:
        assert CardSettings.from_environment({}, production=True) is None

    def test_of_test_mode_reach_stripe_outside_of_production(self) -> None:
        cards = CardSettings.from_environment(TEST, production=False)
        assert cards is not None
        assert (cards.is_live, cards.script_url) == (False, "https://js.stripe.com/v3/")
        assert cards.content_sources["connect-src"] == ("https://api.stripe.com",)

    def test_of_live_mode_charge_in_production(self) -> None:
        cards = CardSettings.from_environment(LIVE, production=True)
        assert cards is not None
        assert cards.is_live

    def test_reach_the_sandbox_where_one_is_named(self) -> None:
        cards = CardSettings.from_environment(TEST | SANDBOX, production=False)
        assert cards is not None
        assert cards.script_url == "http://127.0.0.1:8004/js.stripe.com/v3/"
        assert cards.content_sources == {
            "script-src": ("http://127.0.0.1:8004",),
            "connect-src": ("http://127.0.0.1:8004",),
        }

    @pytest.mark.parametrize(
        ("environment", "production", "sentence"),
        [
            (TEST | {"PORTAL_CARD_PUBLIC_KEY": "pk_live_1"}, False, "use two of one mode"),
            (LIVE | {"PORTAL_CARD_PUBLIC_KEY": "pk_test_1"}, True, "use two of one mode"),
            (LIVE, False, "only PORTAL_ENVIRONMENT=production may"),
            (TEST | RANDOM, True, "in production anybody could pay with a test card"),
            (TEST | RANDOM | SANDBOX, True, "in production anybody could pay with a test card"),
            (
                LIVE | {"PORTAL_CARD_WEBHOOK_SECRET": "whsec_tests"},
                True,
                "PORTAL_CARD_WEBHOOK_SECRET has too",
            ),
            (LIVE | SANDBOX, True, "live keys must not leave for a sandbox"),
            (TEST | {"PORTAL_CARD_WEBHOOK_SECRET": ""}, False, "PORTAL_CARD_WEBHOOK_SECRET is required"),
            (TEST | {"PORTAL_CARD_SECRET_KEY": "pk_test_1"}, False, "must start with sk_ or rk_"),
            (TEST | {"PORTAL_CARD_SECRET_KEY": "sk_1"}, False, "must contain _live_ or _test_"),
            (SANDBOX, False, "PORTAL_CARD_SANDBOX_URL needs PORTAL_CARD_SECRET_KEY"),
            (TEST | {"PORTAL_CARD_SANDBOX_URL": "127.0.0.1"}, False, "must be an address like"),
        ],
    )
    def test_that_do_not_go_together_end_the_start_with_a_sentence(
        self, environment: dict[str, str], production: bool, sentence: str
    ) -> None:
        with pytest.raises(SettingsError, match=sentence):
            CardSettings.from_environment(environment, production=production)
