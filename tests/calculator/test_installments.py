"""When a term's payments are due, how they are made and how far they cover."""

from datetime import date
from typing import Any

import pytest

from calculator import CARD_PAYMENT_METHODS, PAYMENT_METHODS, price_quote
from tests.calculator.samples import chosen, demo, demo_with, quote, refusal


def _yearly(**changes: object) -> dict[str, Any]:
    return {"plan": "mini", "term": "annual", "payment_method": "card", **changes}


class TestAMonthlyContract:
    def test_activated_on_the_first_of_june_is_released_until_the_end_of_july(self) -> None:
        breakdown = quote(on="2026-06-01")
        assert breakdown.payments[0].due_on == date(2026, 6, 1)
        assert breakdown.payments[0].covers_until == date(2026, 7, 31)
        assert breakdown.next_term_due_on == date(2026, 7, 15)

    @pytest.mark.parametrize(
        ("on", "covers_until", "next_due"),
        [
            ("2027-01-31", date(2027, 2, 28), date(2027, 2, 15)),
            ("2028-01-31", date(2028, 2, 29), date(2028, 2, 15)),
            ("2026-12-31", date(2027, 1, 31), date(2027, 1, 15)),
            ("2100-01-01", date(2100, 2, 28), date(2100, 2, 15)),
        ],
    )
    def test_is_covered_to_the_end_of_the_next_month(
        self, on: str, covers_until: date, next_due: date
    ) -> None:
        breakdown = quote(on=on)
        assert breakdown.payments[0].covers_until == covers_until
        assert breakdown.next_term_due_on == next_due

    @pytest.mark.parametrize("year", ["1899", "3000", "9999", "0001"])
    def test_is_not_activated_in_an_impossible_year(self, year: str) -> None:
        refused = refusal(on=f"{year}-12-31")
        assert (refused.code, refused.field) == ("invalid_selection", "on")


class TestInstallments:
    def test_put_spare_centavos_in_the_first_ones(self) -> None:
        # 71.90 × 12 = 862.80 in 7: 123.257…, so five of 123.26 and two of 123.25.
        payments = quote(**_yearly(installments=7)).payments
        assert [payment.amount_cents for payment in payments] == [12326] * 5 + [12325] * 2

    def test_cover_whole_months_only(self) -> None:
        payments = quote(**_yearly(installments=7, on="2026-01-10")).payments
        # 12 × i ÷ 7 months, without the fraction: 1, 3, 5, 6, 8, 10, 12.
        assert [payment.covers_until.month for payment in payments] == [2, 4, 6, 7, 9, 11, 1]
        assert payments[-1].covers_until == date(2027, 1, 31)

    def test_fall_due_on_the_15th_whatever_the_activation_day(self) -> None:
        payments = quote(**_yearly(installments=3, on="2026-10-31")).payments
        assert [payment.due_on for payment in payments] == [
            date(2026, 10, 31),
            date(2026, 11, 15),
            date(2026, 12, 15),
        ]

    def test_fall_due_on_another_day_where_the_settings_say_so(self) -> None:
        selection = chosen(**_yearly(installments=3, on="2026-12-05"))
        breakdown = price_quote(selection, demo(), due_day=31)
        assert [payment.due_on for payment in breakdown.payments] == [
            date(2026, 12, 5),
            date(2027, 1, 31),
            date(2027, 2, 28),
        ]
        assert breakdown.next_term_due_on == date(2027, 12, 31)

    def test_carry_the_setup_fee_in_the_first(self) -> None:
        payments = quote(**_yearly(installments=3, setup=True)).payments
        assert [payment.setup_cents for payment in payments] == [19900, 0, 0]
        assert payments[0].total_cents == 28760 + 19900

    def test_beyond_the_months_of_the_term_cover_nothing_new_at_first(self) -> None:
        other = demo_with(("max_card_installments = 6", "max_card_installments = 12"))
        payments = quote(other, **_yearly(term="semiannual", installments=12)).payments
        assert payments[0].covers_until == date(2026, 6, 30)
        assert payments[-1].covers_until == date(2026, 12, 31)

    @pytest.mark.parametrize("method", ["boleto", "ted", "ted_boleto"])
    def test_need_a_card(self, method: str) -> None:
        refused = refusal(**_yearly(payment_method=method, installments=2))
        assert (refused.code, refused.field) == ("installments_need_card", "installments")
        assert len(quote(**_yearly(payment_method=method, installments=1)).payments) == 1

    @pytest.mark.parametrize("method", ["card", "ted_card"])
    @pytest.mark.parametrize("count", [13, 0, -1, 10**40])
    def test_are_at_most_what_the_term_allows(self, method: str, count: int) -> None:
        refused = refusal(**_yearly(payment_method=method, installments=count))
        assert refused.code == "installments_out_of_range"
        assert "Anual permite de 1 a 12 parcelas" in refused.message

    def test_of_a_monthly_term_are_one(self) -> None:
        refused = refusal(payment_method="card", installments=2)
        assert refused.code == "installments_out_of_range"
        assert "só 1 parcela" in refused.message


class TestThePaymentMethod:
    def test_is_one_of_five(self) -> None:
        assert PAYMENT_METHODS == {
            "boleto": "Boleto bancário",
            "card": "Cartão de Crédito",
            "ted_boleto": "TED / Boleto",
            "ted_card": "TED / Cartão de Crédito",
            "ted": "TED",
        }
        assert {"card", "ted_card"} == CARD_PAYMENT_METHODS
        assert refusal(payment_method="pix").code == "unknown_payment_method"

    @pytest.mark.parametrize(
        ("method", "first"),
        [("boleto", "boleto"), ("card", "card"), ("ted_boleto", "ted"), ("ted_card", "ted"), ("ted", "ted")],
    )
    def test_says_how_the_first_payment_is_made(self, method: str, first: str) -> None:
        assert quote(payment_method=method).payments[0].method == first

    def test_that_is_mixed_uses_ted_once(self) -> None:
        payments = quote(**_yearly(payment_method="ted_card", installments=3)).payments
        assert [payment.method for payment in payments] == ["ted", "card", "card"]
