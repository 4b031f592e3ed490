"""Which numbers of a transfer's text may be an invoice's."""

import pytest

from portal.banking.rules.statement import invoice_numbers_in
from portal.receipts.rules.receiving import numbers_in


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("FATURA 000041", [41]),
        ("FATURA000041", [41]),
        ("faturas 41, 42 e 43.", [41, 42, 43]),
        ("12.345.678/0001-95", []),
        ("CNPJ 12.345.678/0001 FATURA 41", [41]),
        ("CPF 529.982.247", []),
        ("15/07/2026 fatura 7", [7]),
        ("1" * 19 + " 5", [5]),
        ("-41-", [41]),
        ("", []),
    ],
)
def test_are_whole_runs_of_figures(text: str, numbers: list[int]) -> None:
    assert numbers_in(text) == numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("PIX 12345678000195 FATURA 41", [41]),
        ("52998224725 41", [41]),
        ("12ABC34501DE35 41", [41]),
    ],
)
def test_leave_out_what_is_written_as_a_cnpj_or_cpf(text: str, numbers: list[int]) -> None:
    assert invoice_numbers_in(text) == numbers
