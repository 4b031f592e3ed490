"""What changed between two versions, in the words of the screen."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from calculator import Selection, breakdown_to_json, parse_price_list, price_quote, selection_to_json
from portal.quotes.rules.differences import Difference, differences
from tests.factories.catalog import DEMO
from tests.factories.quotes import a_selection

NBSP = "\N{NO-BREAK SPACE}"
LIST = parse_price_list(DEMO)


@dataclass
class Version:
    """A version as far as it is compared."""

    selection: dict[str, Any]
    breakdown: dict[str, Any]
    price_list_id: int = 1


def version(price_list_id: int = 1, **changes: Any) -> Version:
    selection: Selection = a_selection(**changes)
    return Version(
        selection_to_json(selection), breakdown_to_json(price_quote(selection, LIST)), price_list_id
    )


def changed(before: Version, after: Version) -> dict[str, tuple[str, str]]:
    return {
        each.label: (each.before.replace(NBSP, " "), each.after.replace(NBSP, " "))
        for each in differences(before, after)
    }


class TestTwoVersions:
    def test_that_are_equal_differ_in_nothing(self) -> None:
        assert differences(version(), version()) == []

    def test_differ_in_plan_and_everything_that_follows_from_it(self) -> None:
        found = changed(version(), version(plan="mini"))
        assert found["Plano"] == ("Hiper Gestão", "Hiper Mini")
        assert found["Mensalidade"] == ("R$ 199,90", "R$ 89,90")
        assert "Prazo" not in found

    def test_differ_in_units_of_add_ons_and_apps(self) -> None:
        found = changed(version(quantities={"user": 3}), version(quantities={"user": 5}, apps={"precos": 1}))
        assert found["Usuário adicional"] == ("1", "3")
        assert found["Gestão de preços"] == ("–", "1")

    def test_differ_in_what_was_negotiated_by_item_and_in_total(self) -> None:
        found = changed(version(negotiated_total=190_00), version(negotiated_total=180_00))
        assert found["Mensalidade"] == ("R$ 190,00", "R$ 180,00")
        assert found["Plano: negociado"] == ("R$ 190,00", "R$ 180,00")
        assert "Original" not in found

    def test_differ_in_setup_payment_and_term(self) -> None:
        found = changed(
            version(setup=True),
            version(term="annual", payment_method="card", installments=12, negotiated_total=150_00),
        )
        assert found["Valor de implantação"] == ("R$ 490,00", "–")
        assert found["Prazo"] == ("Mensal", "Anual")
        assert found["Forma de pagamento"] == ("Boleto bancário", "Cartão de Crédito")
        assert found["Número de parcelas"] == ("1", "12")
        assert found["Total do período"] == ("R$ 199,90", "R$ 1.800,00")

    def test_differ_in_the_day_of_activation(self) -> None:
        found = changed(version(), version(on=date(2026, 7, 31)))
        assert found == {"Dia da ativação": ("01/06/2026", "31/07/2026")}

    def test_name_their_price_lists(self) -> None:
        [difference] = differences(version(), version(price_list_id=2), list_names={1: "Junho", 2: "Julho"})
        assert difference == Difference("Tabela de preços", "Junho", "Julho")
