"""What changes from one price list to the next."""

from calculator import Change, compare_price_lists
from tests.calculator.samples import demo, demo_with


class TestTwoPriceLists:
    def test_that_are_alike_have_no_changes(self) -> None:
        assert compare_price_lists(demo(), demo_with()) == []

    def test_differ_by_each_price_that_moved(self) -> None:
        other = demo_with(
            ('original = { monthly = "199.90"', 'original = { monthly = "209.90"'),
            ('prata = "10"', 'prata = "12.5"'),
            ('central_fee_percent = "6.74"', 'central_fee_percent = "7"'),
            ('vendor_share_percent = "55.00"', 'vendor_share_percent = "54"'),
        )
        assert compare_price_lists(demo(), other) == [
            Change(
                "arrangements.central_cobranca.central_fee_percent",
                "Central de Cobranças: taxa da central",
                "percent",
                67_400,
                70_000,
            ),
            Change(
                "arrangements.central_leads.vendor_share_percent",
                "Central de Leads: parte do fornecedor",
                "percent",
                550_000,
                540_000,
            ),
            Change("tiers.prata", "Alçada Prata", "percent", 100_000, 125_000),
            Change("plans.gestao.original.monthly", "Hiper Gestão: Original Mensal", "money", 19990, 20990),
        ]

    def test_show_what_is_new_and_what_is_gone(self) -> None:
        other = demo_with(
            ("[apps.comissao]", "[apps.premios]"), ('label = "Comissão de vendas"', 'label = "Prêmios"')
        )
        changes = compare_price_lists(demo(), other)
        assert {change.kind for change in changes} == {"added", "removed"}
        added = {change.path: change.after for change in changes if change.kind == "added"}
        assert added["apps.premios.label"] == "Prêmios"
        assert added["apps.premios.original.monthly"] == 0
        removed = {change.path: change.before for change in changes if change.kind == "removed"}
        assert removed["apps.comissao.label"] == "Comissão de vendas"

    def test_differ_by_quantities_conditions_names_and_dates(self) -> None:
        other = demo_with(
            ("valid_from = 2026-06-01", "valid_from = 2026-07-01"),
            ('excludes = ["pos"]', 'excludes = ["pos", "vendas"]'),
            ("branch = 50 }", "branch = 60 }"),
            ('per_extra = { register = "99.00"', 'per_extra = { register = "109.00"'),
            ('label = "TEF"', 'label = "TEF 2"'),
        )
        found = compare_price_lists(demo(), other)
        assert found[1].label == "Hiper Gestão, Filial adicional: máximo"
        changes = {change.path: (change.before, change.after) for change in found}
        assert changes == {
            "price_list.valid_from": ("01/06/2026", "01/07/2026"),
            "plans.gestao.maximum.branch": (50, 60),
            "plans.gestao.setup.per_extra.register": (9900, 10900),
            "apps.tef.label": ("TEF", "TEF 2"),
            "apps.tef.excludes": ("Conexão POS", "Conexão POS, Vendas externas"),
        }
