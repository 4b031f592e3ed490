"""What a running contract is charged after a readjustment."""

from calculator import Arrangement, MonthlyLine, readjusted_term

PLAN = MonthlyLine("gestao", "Hiper Gestão", 1, 200_00, 85_00)
USERS = MonthlyLine("user", "Usuário adicional", 2, 39_80, 17_00)
FEE = Arrangement(code="central_cobranca", label="Central", central_fee_ppm=67_400, vendor_share_ppm=None)
SHARE = Arrangement(code="central_leads", label="Leads", central_fee_ppm=None, vendor_share_ppm=600_000)


class TestAReadjustedTerm:
    def test_rises_by_the_percentage_and_the_repasse_by_what_the_rule_leaves(self) -> None:
        # 200.00 × 1.2092 = 241.84; fee 6.74 % = 16.30; 241.84 − 85.00 − 16.30 = 140.54.
        term = readjusted_term([PLAN], index_basis_points=2092, arrangement=FEE, months=1, payments=1)
        line = term.lines[0]
        assert (term.monthly_cents, term.repasse_cents) == (241_84, 140_54)
        assert (line.price.total_cents, line.cost.total_cents) == (241_84, 85_00)
        assert (line.central_fee.total_cents, line.repasse_cents) == (16_30, 140_54)

    def test_is_the_sum_of_its_lines_over_the_payments_of_a_term(self) -> None:
        # 239.80 × 1.0654 = 255.48292 → 255.48, twelve times 3,065.76 in three payments of 1,021.92.
        term = readjusted_term([PLAN, USERS], index_basis_points=654, arrangement=FEE, months=12, payments=3)
        assert term.monthly_cents == 255_48
        parts = [[line.price.of_payment(number, 3) for line in term.lines] for number in (1, 2, 3)]
        assert [sum(each) for each in parts] == [1_021_92] * 3

    def test_gives_the_vendor_its_share_of_the_new_price(self) -> None:
        line = MonthlyLine("gestao", "Hiper Gestão", 1, 200_00, 0)
        term = readjusted_term([line], index_basis_points=2092, arrangement=SHARE, months=1, payments=1)
        # 60 % of 241.84 = 145.104 → 145.10.
        assert (term.lines[0].vendor_share.total_cents, term.repasse_cents) == (145_10, 96_74)

    def test_stays_where_the_index_fell(self) -> None:
        term = readjusted_term([PLAN], index_basis_points=-304, arrangement=FEE, months=1, payments=1)
        assert term.monthly_cents == 200_00
