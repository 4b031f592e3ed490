"""The yearly readjustment by IGP-M."""

from datetime import date

import pytest

from calculator import (
    IndexFileError,
    IndexMonthMissingError,
    Readjustment,
    month_number,
    parse_monthly_index,
    readjust,
    readjust_lines,
    twelve_month_index,
)
from tests.calculator.samples import DATA

INDEX = parse_monthly_index((DATA / "igpm.csv").read_text(encoding="utf-8"))


def _month(year: int, month: int) -> int:
    return month_number(date(year, month, 1))


class TestTheTwelveMonthIndex:
    @pytest.mark.parametrize(
        ("year", "hundredths"),
        # The products worked out by other means. The FGV's own figures, from an index with more decimals,
        # are 7.30, 23.14, 17.78, 5.45, -3.18, 6.54 and -1.05.
        [(2019, 732), (2020, 2314), (2021, 1779), (2022, 546), (2023, -318), (2024, 654), (2025, -104)],
    )
    def test_is_the_product_of_the_twelve_months(self, year: int, hundredths: int) -> None:
        assert twelve_month_index(INDEX, last_month=_month(year, 12)) == hundredths

    def test_needs_all_twelve_months(self) -> None:
        with pytest.raises(IndexMonthMissingError, match="01/2026"):
            twelve_month_index(INDEX, last_month=_month(2026, 1))
        with pytest.raises(IndexMonthMissingError, match="12/2018"):
            twelve_month_index(INDEX, last_month=_month(2019, 11))

    def test_is_rounded_half_up_to_two_decimals(self) -> None:
        months = range(_month(2030, 1), _month(2031, 1))
        flat = dict.fromkeys(months, 0)
        # 10 % and 0.05 % are 10.055 %.
        assert twelve_month_index({**flat, months[0]: 1000, months[1]: 5}, last_month=months[-1]) == 1006


class TestAReadjustedPrice:
    def test_rises_by_the_percentage_shown(self) -> None:
        # 199.90 × 1.0654 is 212.97346.
        assert readjust(monthly_cents=19990, index_basis_points=654) == Readjustment(654, 654, 19990, 21297)

    @pytest.mark.parametrize("index", [0, -1, -318])
    def test_stays_where_the_index_does_not_rise(self, index: int) -> None:
        assert readjust(monthly_cents=19990, index_basis_points=index) == Readjustment(index, 0, 19990, 19990)

    def test_is_the_sum_of_its_lines(self) -> None:
        # 18781 + 1821 + 4627 + 0 + 2748 = 27977; × 1.0654 = 29806.6958, so 1830 more.
        # By weight 1228.50…, 119.11…, 302.66…, 0, 179.75…: two spare centavos, to the largest remainders.
        lines = readjust_lines([18781, 1821, 4627, 0, 2748], index_basis_points=654)
        assert lines == [18781 + 1228, 1821 + 119, 4627 + 303, 0, 2748 + 180]


class TestTheIndexFile:
    def test_holds_every_month_with_its_sign(self) -> None:
        assert len(INDEX) == 84
        assert INDEX[_month(2025, 6)] == -167

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("", 1),
            ("mes;variacao\n2026-01;0.10\n", 1),
            ("month,variation_percent\n2026-01,0.1\n", 2),
            ("month,variation_percent\n2026-01,0.10\n\n2026-13,0.10\n", 4),
            ("month,variation_percent\n2026-01,0.10\n2026-01,0.20\n", 3),
            ("month,variation_percent\n2026-01,0.10,0.20\n", 2),
            ("month,variation_percent\n2026-01\n", 2),
            ("month,variation_percent\n2026-01,-100.00\n", 2),
        ],
    )
    def test_is_refused_naming_the_line(self, text: str, line: int) -> None:
        with pytest.raises(IndexFileError, match=f"^Linha {line}:"):
            parse_monthly_index(text)

    def test_may_come_from_a_spreadsheet(self) -> None:
        text = "\N{ZERO WIDTH NO-BREAK SPACE}month,variation_percent\r\n2026-01,-0.05\r\n"
        assert parse_monthly_index(text) == {_month(2026, 1): -5}
