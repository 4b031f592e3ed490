"""The IBGE's codes of towns, by names as people write them."""

import pytest

from portal.tax_notes.rules.municipalities import municipality_code


@pytest.mark.parametrize(
    ("city", "state", "code"),
    [
        ("São Paulo", "SP", "3550308"),
        ("SAO PAULO", "sp", "3550308"),
        ("Florianópolis", "SC", "4205407"),
        ("Santana do Livramento", "RS", "4317103"),  # the table has Sant'Ana
        ("Brasília", "DF", "5300108"),
        ("Bom Jesus", "SC", "4202537"),  # there are five of that name
        ("Bom Jesus", "RS", "4302303"),
        ("Cidade Nova", "SC", ""),
        ("", "", ""),
    ],
)
def test_are_found_by_name_and_state(city: str, state: str, code: str) -> None:
    assert municipality_code(city, state) == code
