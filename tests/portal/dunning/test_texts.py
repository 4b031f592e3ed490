"""What reminders may say, and when they leave."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractState
from portal.dunning.pages.fields import fields_of
from portal.dunning.rules.calls import split_greeting
from portal.dunning.rules.sending import is_sending_day, is_sending_hour
from portal.dunning.rules.steps import SUGGESTED, when
from portal.dunning.rules.texts import banned_words, fill, unknown_fields
from portal.invoices.queries.late_charges import due_on_day
from portal.invoices.queries.reading import find_first_invoice
from tests.factories.contracts import make_contract
from tests.factories.quotes import make_house


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Pague ou seu nome vai ao Serasa.", ["serasa"]),
        ("Sob pena de PROTESTO em cartório", ["cartorio", "protesto", "sob pena"]),
        ("Último aviso: medidas cabíveis serão tomadas", ["medidas cabiveis", "ultimo aviso"]),
        ("Contaremos a seus clientes que é inadimplente", ["inadimplente", "seus clientes"]),
        ("O processador da loja parou", []),
        ("Sua fatura venceu ontem. Podemos ajudar?", []),
    ],
)
def test_threats_and_pressure_are_named(text: str, words: list[str]) -> None:
    assert banned_words(text) == words


def test_the_suggested_texts_are_kind_and_whole() -> None:
    for step in SUGGESTED:
        assert banned_words(step.subject + " " + step.body) == []
        assert unknown_fields(step.subject + step.body) == []


@pytest.mark.parametrize(
    ("text", "greeting", "rest"),
    [
        ("É sobre a fatura 000002.", "", "É sobre a fatura 000002."),
        ("Olá, Ana! Falo de Sul sobre a fatura.", "Olá, Ana!", "Falo de Sul sobre a fatura."),
        ("Olá, Ana! Falo de Sul. A fatura venceu.", "Olá, Ana! Falo de Sul.", "A fatura venceu."),
        ("Bom dia, Ana. A fatura venceu.", "Bom dia, Ana.", "A fatura venceu."),
        ("Oito dias se passaram.", "", "Oito dias se passaram."),
        ("Olá, Ana", "", "Olá, Ana"),
    ],
)
def test_a_call_greets_once(text: str, greeting: str, rest: str) -> None:
    assert split_greeting(text) == (greeting, rest)


def test_a_value_is_never_a_field() -> None:
    assert (
        fill("Olá, {nome}: {valor} {x}", {"nome": "{valor}", "valor": "R$ 1,00"})
        == "Olá, {valor}: R$ 1,00 {x}"
    )


@pytest.mark.parametrize(
    ("day", "hour", "may"),
    [
        (date(2026, 7, 17), 8, True),  # a Friday
        (date(2026, 7, 17), 7, False),
        (date(2026, 7, 17), 19, True),
        (date(2026, 7, 17), 20, False),
        (date(2026, 7, 18), 13, True),  # Saturday
        (date(2026, 7, 18), 14, False),
        (date(2026, 7, 19), 10, False),  # Sunday
        (date(2026, 9, 7), 10, False),  # Independence Day, a Monday
        (date(2026, 11, 20), 10, False),  # Consciência Negra, a Friday
    ],
)
def test_nobody_is_reminded_at_night_on_sundays_and_holidays(day: date, hour: int, may: bool) -> None:
    assert is_sending_hour(day, hour) is may
    assert is_sending_day(day) or not may


def test_a_step_says_its_day() -> None:
    assert [when(days) for days in (-3, -1, 0, 1, 8)] == [
        "3 dias antes",
        "1 dia antes",
        "no vencimento",
        "1 dia depois",
        "8 dias depois",
    ]


def test_the_first_invoice_names_the_plan_before_its_contract_is_active(session: Session) -> None:
    house = make_house(session)
    contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT)
    invoice = find_first_invoice(session, contract.id)
    assert invoice is not None
    today = invoice.due_on
    due = due_on_day(session, invoice, today)
    assert fields_of(session, invoice, due, name="Maria", today=today)["servico"] == "Hiper Gestão"
