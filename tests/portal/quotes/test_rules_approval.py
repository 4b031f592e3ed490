"""Who decides, the path shown before, counter-offers, and business days."""

from datetime import date, datetime, timedelta

import pytest

from calculator import ApprovalReason
from portal.quotes.rules.approval import (
    ANY_ADMIN,
    Decider,
    PriceRange,
    already_decided,
    approval_preview,
    choose_decider,
    due_after_business_days,
    duration_in_words,
    reason_in_words,
    require_counter,
    time_ago,
)
from portal.quotes.rules.states import ApprovalState
from portal.shared.clock import at_sao_paulo
from portal.shared.refusals import Refusal

ANA, CARLA = Decider(1, "Ana Souza"), Decider(2, "Carla Dias")
NBSP = "\N{NO-BREAK SPACE}"
MONTHLY = ApprovalReason("monthly", "Mensalidade", 160_00, 179_91)
RANGE = PriceRange(asked_cents=160_00, minimum_cents=149_90, original_cents=199_90)
SETUP = PriceRange(asked_cents=300_00, minimum_cents=290_00, original_cents=490_00)


class TestTheDecider:
    def test_is_the_account_manager(self) -> None:
        assert choose_decider([ANA, CARLA], barred=[7]) == ANA

    def test_is_the_substitute_for_the_account_managers_own_quote(self) -> None:
        assert choose_decider([ANA, CARLA], barred=[1]) == CARLA

    def test_is_an_admin_when_nobody_else_may(self) -> None:
        assert choose_decider([ANA], barred=[1]) == ANY_ADMIN


class TestTheApprovalPath:
    def test_names_who_decides_and_how_long_that_takes(self) -> None:
        preview = approval_preview(
            [MONTHLY], covered=False, decider=ANA, average_answer=timedelta(hours=3, minutes=20)
        )
        assert preview.required
        assert preview.sentence == (
            "Este valor precisa da aprovação de Ana Souza. Responde, em média, em 3 horas."
        )

    def test_says_nothing_of_time_before_the_first_answer(self) -> None:
        preview = approval_preview([MONTHLY], covered=False, decider=ANY_ADMIN, average_answer=None)
        assert preview.sentence == "Este valor precisa da aprovação de um administrador."

    def test_ends_where_an_earlier_approval_covers_the_price(self) -> None:
        preview = approval_preview([MONTHLY], covered=True, decider=ANA, average_answer=None)
        assert (preview.required, preview.covered, preview.by_name) == (False, True, "")

    def test_is_empty_within_authority(self) -> None:
        preview = approval_preview([], covered=False, decider=ANA, average_answer=None)
        assert (preview.required, preview.sentence) == (False, "Dentro da sua alçada.")

    def test_gives_the_threshold_as_the_reason(self) -> None:
        assert reason_in_words(MONTHLY).replace(NBSP, " ") == (
            "Mensalidade de R$ 160,00: sua alçada vai até R$ 179,91."
        )


class TestACounterOffer:
    @pytest.mark.parametrize(
        ("cents", "setup_cents"),
        [(160_01, None), (199_90, None), (165_00, 290_00), (160_00, 300_01), (150_00, 400_00)],
    )
    def test_is_taken_between_minimum_and_original(self, cents: int, setup_cents: int | None) -> None:
        require_counter(monthly=RANGE, counter_cents=cents, setup=SETUP, counter_setup_cents=setup_cents)

    @pytest.mark.parametrize(
        ("cents", "setup_cents", "field", "named"),
        [
            (149_89, None, "counter_cents", "149,90"),
            (199_91, None, "counter_cents", "199,90"),
            (160_00, None, "counter_cents", "160,00"),
            (155_00, 299_99, "counter_cents", "160,00"),
            (170_00, 289_99, "counter_setup_cents", "290,00"),
            (170_00, 490_01, "counter_setup_cents", "490,00"),
        ],
    )
    def test_is_refused_elsewhere_at_the_field_naming_the_limit(
        self, cents: int, setup_cents: int | None, field: str, named: str
    ) -> None:
        with pytest.raises(Refusal, match=named) as refused:
            require_counter(monthly=RANGE, counter_cents=cents, setup=SETUP, counter_setup_cents=setup_cents)
        assert refused.value.field == field

    def test_about_a_setup_fee_that_is_not_there_is_refused(self) -> None:
        with pytest.raises(Refusal) as refused:
            require_counter(monthly=RANGE, counter_cents=170_00, setup=None, counter_setup_cents=300_00)
        assert refused.value.field == "counter_setup_cents"


class TestBusinessDays:
    @pytest.mark.parametrize(
        ("requested", "count", "due"),
        [
            pytest.param((2026, 6, 10, 9), 1, (2026, 6, 11, 9), id="the same hour of the next day"),
            pytest.param((2026, 6, 12, 17), 1, (2026, 6, 15, 17), id="Friday: Monday"),
            pytest.param((2026, 6, 12, 17), 2, (2026, 6, 16, 17), id="Friday: Tuesday for two"),
            pytest.param((2026, 6, 13, 10), 1, (2026, 6, 16, 0), id="Saturday counts from Monday"),
            pytest.param((2026, 4, 30, 18), 1, (2026, 5, 4, 18), id="a holiday and a weekend between"),
            pytest.param((2026, 12, 31, 23), 1, (2027, 1, 4, 23), id="the year changing over a long weekend"),
        ],
    )
    def test_skip_weekends_and_national_holidays(
        self, requested: tuple[int, ...], count: int, due: tuple[int, ...]
    ) -> None:
        def instant(parts: tuple[int, ...]) -> datetime:
            return at_sao_paulo(date(*parts[:3]), parts[3])

        assert due_after_business_days(instant(requested), count) == instant(due)

    def test_are_those_of_sao_paulo_not_of_utc(self) -> None:
        friday_evening = at_sao_paulo(date(2026, 6, 12), 22)  # already Saturday in UTC
        assert due_after_business_days(friday_evening, 1) == at_sao_paulo(date(2026, 6, 15), 22)


class TestTime:
    @pytest.mark.parametrize(
        ("passed", "words"),
        [
            (timedelta(seconds=59), "agora mesmo"),
            (timedelta(minutes=1), "há 1 minuto"),
            (timedelta(minutes=59), "há 59 minutos"),
            (timedelta(hours=1), "há 1 hora"),
            (timedelta(hours=26), "há 1 dia"),
            (timedelta(days=3), "há 3 dias"),
        ],
    )
    def test_ago_is_said_in_the_largest_unit(self, passed: timedelta, words: str) -> None:
        now = at_sao_paulo(date(2026, 6, 10), 12)
        assert time_ago(now - passed, now) == words

    def test_of_an_answer_is_at_least_a_minute(self) -> None:
        assert duration_in_words(timedelta(seconds=5)) == "1 minuto"

    def test_and_name_tell_the_slower_one_who_decided(self) -> None:
        now = at_sao_paulo(date(2026, 6, 10), 12)
        told = already_decided(
            ApprovalState.APPROVED, by_name="Bruno Lima", at=now - timedelta(minutes=1), now=now
        )
        assert told.message == "Bruno Lima aprovou este orçamento há 1 minuto."
