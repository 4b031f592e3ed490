"""What a line of Itaú's return says the customer paid."""

import pytest

from portal.banking.rules.return_amounts import paid_cents


class TestWhatWasPaid:
    @pytest.mark.parametrize(
        ("credited", "fee", "title", "taken_off", "charges", "paid"),
        [
            (706_47, 3_33, 709_80, 0, 0, 709_80),  # the usual one: net of the fee
            (709_80, 0, 709_80, 0, 0, 709_80),
            (101_00, 2_00, 100_00, 0, 3_00, 103_00),  # interest within what was credited
            (98_00, 2_00, 100_00, 0, 3_00, 103_00),  # interest beside it
            (88_00, 2_00, 100_00, 10_00, 0, 90_00),  # a discount
            (48_00, 2_00, 100_00, 0, 0, 50_00),  # another amount than asked for: what came is what was paid
            (0, 2_00, 100_00, 0, 0, 0),  # a fee without a payment
        ],
    )
    def test_is_what_was_credited_and_the_fee(
        self, credited: int, fee: int, title: int, taken_off: int, charges: int, paid: int
    ) -> None:
        assert (
            paid_cents(
                credited_cents=credited,
                fee_cents=fee,
                title_cents=title,
                taken_off_cents=taken_off,
                charges_cents=charges,
            )
            == paid
        )
