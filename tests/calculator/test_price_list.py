"""Reading a price list: what it holds, and every reason to refuse one, by line."""

from datetime import date

import pytest

from calculator import Price, PriceListError, parse_price_list
from tests.calculator.samples import CATALOG_TEXT, demo, demo_text, line_of, problems

MINI_ORIGINAL = 'original = { monthly = "89.90", semiannual = "80.90", annual = "71.90" }'


def _only_problem(*replacements: tuple[str, str]) -> tuple[int | None, str, str]:
    found = problems(demo_text(*replacements))
    assert len(found) == 1, found
    return found[0]


class TestTheDemonstrationList:
    def test_is_read_whole(self) -> None:
        price_list = demo()
        assert (price_list.code, price_list.currency) == ("demo-2026-06", "BRL")
        assert price_list.valid_from == date(2026, 6, 1)
        assert list(price_list.terms) == ["monthly", "semiannual", "annual"]
        assert list(price_list.plans) == ["mini", "gestao", "mentoria"]
        assert list(price_list.addons) == ["user", "register", "branch"]
        assert len(price_list.apps) == 14
        assert price_list.tiers["ouro"].authority_ppm == 150_000
        assert price_list.tiers["ouro"].label == "Ouro"
        assert price_list.arrangements["central_cobranca"].central_fee_ppm == 67_400
        assert price_list.arrangements["hiperador"].partner_bills

    def test_holds_prices_in_centavos(self) -> None:
        assert demo().plans["gestao"].prices["annual"] == Price(15990, 11990, 6800)
        assert demo().addons["user"].prices["mini"]["monthly"] == Price(1490, 990, 500)
        assert demo().apps["precos"].prices["monthly"] == Price(0, 0, 0)
        setup = demo().plans["gestao"].setup
        assert setup is not None
        assert dict(setup.per_extra_cents) == {"register": 9900, "branch": 19000}

    def test_cannot_be_changed_by_who_reads_it(self) -> None:
        with pytest.raises(TypeError):
            demo().plans["gestao"].prices["monthly"] = Price(1, 1, 1)  # type: ignore[index]


class TestAPrice:
    def test_has_no_minimum_above_its_original(self) -> None:
        line, path, message = _only_problem(
            ('minimum = { monthly = "69.90"', 'minimum = { monthly = "89.91"')
        )
        assert line == line_of('minimum = { monthly = "69.90"')
        assert path == "plans.mini.minimum.monthly"
        assert message.replace("\N{NO-BREAK SPACE}", " ") == (
            "O mínimo (R$ 89,91) está acima do original (R$ 89,90)."
        )

    def test_has_no_cost_above_its_minimum(self) -> None:
        line, path, message = _only_problem(
            (
                'gestao.cost = { monthly = "7.00", semiannual = "6.30"',
                'gestao.cost = { monthly = "7.00", semiannual = "11.61"',
            )
        )
        assert line == line_of('gestao.cost = { monthly = "7.00"')
        assert path == "addons.user.gestao.cost.semiannual"
        assert "acima do mínimo" in message

    def test_may_have_all_three_alike(self) -> None:
        text = demo_text(
            ('minimum = { monthly = "69.90"', 'minimum = { monthly = "89.90"'),
            ('cost = { monthly = "40.00"', 'cost = { monthly = "89.90"'),
        )
        assert parse_price_list(text).plans["mini"].prices["monthly"] == Price(8990, 8990, 8990)

    def test_is_there_for_every_term(self) -> None:
        line, path, _ = _only_problem((', annual = "71.90" }', " }"))
        assert (line, path) == (line_of(MINI_ORIGINAL), "plans.mini.original.annual")

    def test_is_there_for_no_other_term(self) -> None:
        line, path, message = _only_problem(
            (', annual = "71.90" }', ', annual = "71.90", biennial = "60.00" }')
        )
        assert (line, path) == (line_of(MINI_ORIGINAL), "plans.mini.original.biennial")
        assert "biennial" in message

    def test_missing_as_a_whole_is_said_once(self) -> None:
        line, path, _ = _only_problem((MINI_ORIGINAL, ""))
        assert (line, path) == (line_of("[plans.mini]"), "plans.mini.original")

    @pytest.mark.parametrize(
        "amount", ['"71.9"', '"71,90"', "71.90", "72", '"-1.00"', "true", '""', "[]", "{}", "nan"]
    )
    def test_is_text_with_two_decimals(self, amount: str) -> None:
        line, path, message = _only_problem((', annual = "71.90" }', f", annual = {amount} }}"))
        assert (line, path) == (line_of(MINI_ORIGINAL), "plans.mini.original.annual")
        assert "89.90" in message

    def test_of_the_setup_fee_has_no_minimum_above_its_original(self) -> None:
        line, path, _ = _only_problem(('minimum = "99.00"', 'minimum = "199.01"'))
        assert (line, path) == (line_of('minimum = "99.00"'), "plans.mini.setup.minimum")


class TestAReference:
    @pytest.mark.parametrize(
        ("old", "new", "path", "named"),
        [
            ('plans = ["mini", "gestao"]', 'plans = ["mini", "gestão"]', "apps.precos.plans.1", "gestão"),
            ('requires = ["imagens"]', 'requires = ["fotos"]', "apps.varejo_digital.requires.0", "fotos"),
            ('excludes = ["pos"]', 'excludes = ["pos", "sop"]', "apps.tef.excludes.1", "sop"),
            ("mini.original = { monthly", "maxi.original = { monthly", "addons.user.maxi", "maxi"),
            (
                'per_extra = { register = "0.00"',
                'per_extra = { tablet = "0.00"',
                "plans.mini.setup.per_extra.tablet",
                "tablet",
            ),
        ],
    )
    def test_is_to_something_the_list_declares(self, old: str, new: str, path: str, named: str) -> None:
        found = problems(demo_text((old, new)))
        assert (line_of(old), path) in [(line, where) for line, where, _ in found]
        assert any(named in message for _, _, message in found)

    def test_in_a_list_over_several_lines_is_named_by_its_own_line(self) -> None:
        line, path, _ = _only_problem(('excludes = ["pos"]', 'excludes = [\n  "pos", # fine\n  "sop",\n]'))
        assert (line, path) == (line_of('excludes = ["pos"]') + 2, "apps.tef.excludes.1")

    @pytest.mark.parametrize("key", ["requires", "excludes"])
    def test_is_not_to_the_app_itself(self, key: str) -> None:
        _, path, _ = _only_problem(
            ('label = "TEF"', f'label = "TEF"\n{key} = ["tef"]')
            if key == "requires"
            else ('excludes = ["pos"]', 'excludes = ["tef"]')
        )
        assert path == f"apps.tef.{key}"

    def test_is_given_once(self) -> None:
        assert _only_problem(('excludes = ["pos"]', 'excludes = ["pos", "pos"]'))[1] == "apps.tef.excludes.1"

    def test_to_the_plans_is_required_of_an_app(self) -> None:
        text = demo_text(('label = "TEF"\nplans = ["gestao"]', 'label = "TEF"'))
        assert [path for _, path, _ in problems(text)] == ["apps.tef.plans"]


class TestQuantities:
    def test_above_the_included_need_the_price_of_an_addon(self) -> None:
        line, path, message = _only_problem(("register = 2, branch = 1 }", "register = 2, branch = 2 }"))
        assert (line, path) == (line_of("maximum = { user = 3"), "plans.mini.maximum.branch")
        assert "branch" in message

    def test_have_no_maximum_below_the_included(self) -> None:
        assert (
            _only_problem(("maximum = { user = 3,", "maximum = { user = 0,"))[1] == "plans.mini.maximum.user"
        )

    def test_are_given_as_included_and_maximum_both(self) -> None:
        assert _only_problem(("maximum = { user = 3, ", "maximum = { "))[1] == "plans.mini.maximum.user"
        assert _only_problem(("included = { user = 1, ", "included = { "))[1] == "plans.mini.included.user"

    def test_of_an_addon_with_a_price_must_be_given(self) -> None:
        text = demo_text(
            ("included = { user = 1, ", "included = { "), ("maximum = { user = 3, ", "maximum = { ")
        )
        assert [path for _, path, _ in problems(text)] == ["addons.user.mini"]

    @pytest.mark.parametrize("count", ["-1", "1.0", '"1"', "true", "1000001", "9" * 4000])
    def test_are_whole_numbers(self, count: str) -> None:
        found = problems(demo_text(("included = { user = 1,", f"included = {{ user = {count},")))
        assert (line_of("included = { user = 1,"), "plans.mini.included.user") in [row[:2] for row in found]


class TestTheRest:
    @pytest.mark.parametrize(
        ("old", "new", "path"),
        [
            ('code = "demo-2026-06"', "", "price_list.code"),
            ('code = "demo-2026-06"', 'code = ""', "price_list.code"),
            ('name = "Tabela', 'nome = "x"\nname = "Tabela', "price_list.nome"),
            ("valid_from = 2026-06-01", 'valid_from = "2026-06-01"', "price_list.valid_from"),
            ("valid_from = 2026-06-01", "valid_from = 2026-06-01T00:00:00", "price_list.valid_from"),
            ('currency = "BRL"', 'currency = "USD"', "price_list.currency"),
            ("months = 12", "months = 0", "terms.annual.months"),
            ("months = 12", "months = 121", "terms.annual.months"),
            ("max_card_installments = 12", "max_card_installments = 0", "terms.annual.max_card_installments"),
            ('label = "Anual"', 'label = "An\\tual"', "terms.annual.label"),
            ('label = "Anual"', 'label = "   "', "terms.annual.label"),
            ('label = "Anual"', f'label = "{"A" * 121}"', "terms.annual.label"),
            (
                'central_fee_percent = "6.74"',
                'central_fee_percent = "100.01"',
                "arrangements.central_cobranca.central_fee_percent",
            ),
            (
                'central_fee_percent = "6.74"',
                "central_fee_percent = 6.74",
                "arrangements.central_cobranca.central_fee_percent",
            ),
            (
                'vendor_share_percent = "55.00"',
                'vendor_share_percent = "-5"',
                "arrangements.central_leads.vendor_share_percent",
            ),
            (
                'vendor_share_percent = "55.00"',
                'vendor_share_percent = "5"\ncentral_fee_percent = "5"',
                "arrangements.central_leads.vendor_share_percent",
            ),
            ('bronze = "5"', 'bronze = "101"', "tiers.bronze"),
            ('bronze = "5"', "bronze = 5", "tiers.bronze"),
            ('bronze = "5"', '"pé de meia" = "5"', "tiers.pé de meia"),
            ("free = true", 'free = "sim"', "apps.precos.free"),
            ('requires = ["imagens"]', 'requires = "imagens"', "apps.varejo_digital.requires"),
            ('requires = ["imagens"]', 'require = ["imagens"]', "apps.varejo_digital.require"),
            ("maximum = 1\nfree", "maximum = 0\nfree", "apps.precos.maximum"),
            ("[price_list]", "[extras]\n[price_list]", "extras"),
        ],
    )
    def test_is_checked_and_named_by_its_path(self, old: str, new: str, path: str) -> None:
        assert path in [where for _, where, _ in problems(demo_text((old, new)))]

    def test_may_reach_its_bounds(self) -> None:
        text = demo_text(("months = 12", "months = 120"), ('label = "Anual"', f'label = "{"A" * 120}"'))
        assert parse_price_list(text).terms["annual"].months == 120

    def test_lets_a_free_app_have_no_price(self) -> None:
        text = demo_text(('label = "TEF"', 'label = "TEF"\nfree = true'))
        assert [path for _, path, _ in problems(text)] == [
            f"apps.tef.{key}" for key in ("original", "minimum", "cost")
        ]

    @pytest.mark.parametrize("section", ["price_list", "terms", "arrangements", "tiers", "plans"])
    def test_needs_its_sections(self, section: str) -> None:
        found = problems("")
        assert (None, section, "Falta esta seção.") in found

    def test_may_sell_no_addons_and_no_apps(self) -> None:
        text = CATALOG_TEXT[: CATALOG_TEXT.index("# ------", CATALOG_TEXT.index("[plans.gestao]"))]
        text = text.replace("maximum = { user = 3, register = 2,", "maximum = { user = 1, register = 1,")
        text = text.replace(
            "maximum = { user = 99, register = 99, branch = 50 }",
            "maximum = { user = 2, register = 1, branch = 1 }",
        )
        assert dict(parse_price_list(text).apps) == {}

    def test_is_a_section_where_one_is_due(self) -> None:
        assert ("plans.mini", "Precisa ser uma seção com chaves.") in [
            (path, message)
            for _, path, message in problems(CATALOG_TEXT.replace("[plans.mini]", "[[plans.mini]]"))
        ]


class TestAllProblems:
    def test_are_told_at_once_in_the_order_of_the_lines(self) -> None:
        text = demo_text(
            ('minimum = { monthly = "69.90"', 'minimum = { monthly = "99.90"'),
            ("valid_from = 2026-06-01", "valid_from = false"),
            ('excludes = ["pos"]', 'excludes = ["nada"]'),
        )
        assert [path for _, path, _ in problems(text)] == [
            "price_list.valid_from",
            "plans.mini.minimum.monthly",
            "apps.tef.excludes.0",
        ]

    def test_of_one_code_do_not_become_many(self) -> None:
        # One wrong word in a plan's code is one thing to mend, said where it is used.
        found = problems(demo_text(("[plans.mini]", "[plans.mimi]")))
        assert {path.split(".")[0] for _, path, _ in found} == {"addons", "apps", "plans"}
        assert all(line for line, _, _ in found)

    def test_stand_in_the_error_as_text_and_as_json(self) -> None:
        with pytest.raises(PriceListError) as error:
            parse_price_list(demo_text(('bronze = "5"', 'bronze = "500"')))
        line = line_of('bronze = "5"')
        assert str(error.value).startswith(f"linha {line} (tiers.bronze): ")
        answer = error.value.to_json()["error"]
        assert answer["code"] == "invalid_price_list"
        assert answer["problems"][0]["line"] == line
        assert f"linha {line}" in answer["message"]


class TestTomlThatIsWrong:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("a = \n", 1),
            ("[plans]\n[plans]\n", 2),
            ("x = 1\nx = 2\n", 2),
            ("a = 1\nb = 'open\n", 2),
            ("a = 1\n[[[\n", 2),
        ],
    )
    def test_is_told_with_its_line(self, text: str, line: int) -> None:
        assert [problem[0] for problem in problems(text)] == [line]

    @pytest.mark.parametrize(
        "text", ["a = [1,", 'a = """', "a = " + "[" * 100_000, "a = " + "9" * 5000, "\x00"]
    )
    def test_is_told_once_even_where_it_has_no_line(self, text: str) -> None:
        assert len(problems(text)) == 1


class TestTheKindOfAPlan:
    def test_is_a_subscription_unless_the_list_says_otherwise(self) -> None:
        assert {code: plan.kind for code, plan in demo().plans.items()} == {
            "mini": "subscription",
            "gestao": "subscription",
            "mentoria": "mentoring",
        }

    def test_that_nobody_knows_is_refused_with_its_line(self) -> None:
        _line, path, message = _only_problem(('kind = "mentoring"', 'kind = "curso"'))
        assert path == "plans.mentoria.kind"
        assert message == "Este tipo não existe. Use: subscription, mentoring, telecom."
