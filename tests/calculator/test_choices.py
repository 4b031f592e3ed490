"""What the builder offers: limits of plan and apps, and what each term saves."""

from calculator import Price, limits, term_savings
from tests.calculator.samples import chosen, demo, demo_with


class TestTheLimits:
    def test_say_what_each_quantity_may_be_and_costs(self) -> None:
        user, register, branch = limits(chosen(quantities={"user": 4}), demo()).quantities
        assert (user.label, user.included, user.maximum, user.chosen) == ("Usuário adicional", 2, 99, 4)
        assert user.unit_price == Price(1990, 1290, 700)
        assert (register.chosen, branch.maximum) == (1, 50)

    def test_show_that_a_plan_sells_no_more_branches(self) -> None:
        branch = limits(chosen(plan="mini"), demo()).quantities[2]
        assert (branch.included, branch.maximum) == (1, 1)

    def test_hold_every_app_in_the_lists_order(self) -> None:
        apps = limits(chosen(plan="mini"), demo()).apps
        assert [app.code for app in apps] == list(demo().apps)
        by_code = {app.code: app for app in apps}
        assert by_code["tef"].blocked_because == "Não é vendido com o plano Hiper Mini."
        assert by_code["vendas"].blocked_because is None
        assert by_code["vendas"].unit_price.original_cents == 2490
        assert by_code["precos"].free

    def test_block_an_app_excluded_by_one_already_chosen(self) -> None:
        apps = {app.code: app for app in limits(chosen(apps={"tef": 1}), demo()).apps}
        assert apps["pos"].blocked_because == "Não pode ser contratado junto com TEF."
        assert apps["pos"].excludes == ("tef",)
        assert apps["tef"].blocked_because is None
        assert apps["tef"].chosen == 1

    def test_name_what_an_app_requires_without_blocking_it(self) -> None:
        apps = {app.code: app for app in limits(chosen(), demo()).apps}
        assert apps["varejo_digital"].requires == ("imagens",)
        assert apps["varejo_digital"].blocked_because is None

    def test_allow_installments_by_card_alone(self) -> None:
        assert limits(chosen(term="annual", payment_method="card"), demo()).max_installments == 12
        assert limits(chosen(term="annual"), demo()).max_installments == 1


class TestTheSavingOfATerm:
    def test_is_told_against_the_shortest_at_the_original(self) -> None:
        selection = chosen(quantities={"user": 3, "register": 2}, apps={"nfse": 1}, negotiated_total="260.00")
        monthly, semiannual, annual = term_savings(selection, demo())
        # 299.60, 269.60 (179.90 + 17.90 + 44.90 + 26.90) and 239.60 (159.90 + 15.90 + 39.90 + 23.90).
        assert (monthly.monthly_cents, monthly.saved_per_month_cents) == (29960, 0)
        assert (semiannual.monthly_cents, semiannual.saved_per_month_cents) == (26960, 3000)
        assert (semiannual.term_total_cents, semiannual.saved_in_term_cents) == (161760, 18000)
        assert (annual.monthly_cents, annual.saved_in_term_cents) == (23960, 72000)
        assert annual.saved_basis_points == 2003  # 60.00 of 299.60 is 20.0267 %

    def test_is_negative_where_a_longer_term_costs_more(self) -> None:
        other = demo_with(('original = { monthly = "199.90"', 'original = { monthly = "159.90"'))
        assert term_savings(chosen(), other)[1].saved_per_month_cents == -2000

    def test_takes_the_shortest_term_wherever_it_stands(self) -> None:
        monthly = '[terms.monthly]\nlabel = "Mensal"\nmonths = 1\nmax_card_installments = 1\n'
        other = demo_with(
            (monthly, ""), ("[arrangements.central_cobranca]", monthly + "\n[arrangements.central_cobranca]")
        )
        assert [saving.saved_per_month_cents for saving in term_savings(chosen(), other)] == [2000, 4000, 0]
