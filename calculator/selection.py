"""What the reseller wants priced."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from calculator.money import MoneyError, format_money, parse_money
from calculator.refusals import RefusalCode, SelectionRefused, invalid_selection, quoted

_REQUIRED = ("on", "plan", "term", "arrangement", "tier", "payment_method")
_OPTIONAL = (
    "quantities", "apps", "setup", "negotiated_setup", "negotiated_total", "negotiated_lines", "installments",
)  # fmt: skip
_KEYS = frozenset(_REQUIRED + _OPTIONAL)
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """One configuration to price; money in centavos per month.

    `quantities` are totals wanted by code (one left out means the included number); `apps` are units by code
    (0 = not chosen). At most one of `negotiated_total` and `negotiated_lines` (line code → amount) is given;
    with neither the customer pays the Original. `on` is the activation day.
    """

    on: date
    plan: str
    term: str
    arrangement: str
    tier: str
    payment_method: str
    quantities: Mapping[str, int] = field(default_factory=dict)
    apps: Mapping[str, int] = field(default_factory=dict)
    setup: bool = False
    negotiated_setup: int | None = None
    negotiated_total: int | None = None
    negotiated_lines: Mapping[str, int] | None = None
    installments: int = 1


def parse_selection(data: object) -> Selection:
    """The selection of a JSON object. Raises `SelectionRefused`: `invalid_selection` or `invalid_money`.

    Strict: an unknown key, a missing one, a wrong type, a number where text is due are refused, never
    guessed. Whether plan, apps, quantities and prices exist and agree is for `price_quote` to say.
    """
    if not isinstance(data, Mapping):
        raise invalid_selection("A seleção precisa ser um objeto JSON, entre chaves.")
    _check_keys(data)
    return Selection(
        on=_date(data["on"]),
        plan=_text(data, "plan"),
        term=_text(data, "term"),
        arrangement=_text(data, "arrangement"),
        tier=_text(data, "tier"),
        payment_method=_text(data, "payment_method"),
        quantities=_mapping(data["quantities"], "quantities", _count) if "quantities" in data else {},
        apps=_mapping(data["apps"], "apps", _count) if "apps" in data else {},
        setup=_flag(data["setup"], "setup") if "setup" in data else False,
        negotiated_setup=_optional_money(data, "negotiated_setup"),
        negotiated_total=_optional_money(data, "negotiated_total"),
        negotiated_lines=(
            _mapping(data["negotiated_lines"], "negotiated_lines", _money)
            if "negotiated_lines" in data
            else None
        ),
        installments=_count(data["installments"], "installments") if "installments" in data else 1,
    )


def selection_to_json(selection: Selection) -> dict[str, object]:
    """The JSON object of a selection; `parse_selection` reads it back as an equal one."""
    data: dict[str, object] = {
        "on": selection.on.isoformat(),
        "plan": selection.plan,
        "term": selection.term,
        "quantities": dict(selection.quantities),
        "apps": dict(selection.apps),
        "setup": selection.setup,
        "arrangement": selection.arrangement,
        "tier": selection.tier,
        "payment_method": selection.payment_method,
        "installments": selection.installments,
    }
    if selection.negotiated_setup is not None:
        data["negotiated_setup"] = format_money(selection.negotiated_setup)
    if selection.negotiated_total is not None:
        data["negotiated_total"] = format_money(selection.negotiated_total)
    if selection.negotiated_lines is not None:
        lines = selection.negotiated_lines
        data["negotiated_lines"] = {code: format_money(cents) for code, cents in lines.items()}
    return data


def _check_keys(data: Mapping[str, object]) -> None:
    for key in data:
        if key not in _KEYS:
            raise invalid_selection(f"A seleção não tem o campo {quoted(key)}. Retire-o.")
    for key in _REQUIRED:
        if key not in data:
            raise invalid_selection(f"Falta o campo {quoted(key)} na seleção.", key)


def _text(data: Mapping[str, object], field: str) -> str:
    value = data[field]
    if not isinstance(value, str):
        raise invalid_selection(f"O campo {quoted(field)} precisa ser um texto.", field)
    return value


def _date(value: object) -> date:
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # the 31st of a shorter month: the same refusal as any other text that is no day
    raise invalid_selection("O dia da ativação precisa ser uma data que existe, como “2026-06-01”.", "on")


def _flag(value: object, field: str) -> bool:
    if not isinstance(value, bool):
        raise invalid_selection(f"O campo {quoted(field)} precisa ser true ou false.", field)
    return value


def _count(value: object, field: str) -> int:
    # `True` is an int to Python, but nobody orders `true` users.
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid_selection(f"O campo {quoted(field)} precisa ser um número inteiro.", field)
    return value


def _money(value: object, field: str) -> int:
    try:
        return parse_money(value)
    except MoneyError:
        message = f"Valor inválido em {quoted(field)}. Escreva um texto com duas casas, como “279.77”."
        raise SelectionRefused(RefusalCode.INVALID_MONEY, message, field=field) from None


def _optional_money(data: Mapping[str, object], field: str) -> int | None:
    return _money(data[field], field) if field in data else None


def _mapping(value: object, field: str, read: Callable[[object, str], int]) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise invalid_selection(f"O campo {quoted(field)} precisa ser um objeto JSON, entre chaves.", field)
    return {_code(code, field): read(item, f"{field}.{code}") for code, item in value.items()}


def _code(code: object, field: str) -> str:
    if not isinstance(code, str):
        raise invalid_selection(f"Os códigos de {quoted(field)} precisam ser textos.", field)
    return code
