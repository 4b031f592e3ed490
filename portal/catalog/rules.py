"""Decisions about price lists: which file is one, from which day it may hold, how a change reads. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from calculator import Change, Price, PriceList, Problem, compare_price_lists, format_percent
from portal.shared.brazil import format_date, format_money
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal

MAX_FILE_BYTES = 256 * 1024
ABOUT_THE_LIST = "price_list."


class FirstPeriodPolicy(LabeledEnum):
    """How the time from the activation to the first due date is charged, plan by plan."""

    FULL_INSTALLMENT = "full_installment", "Parcela inteira na ativação"
    PROPORTIONAL = "proportional", "Proporcional aos dias até o primeiro vencimento"


class ServiceKind(LabeledEnum):
    """What sort of service a plan is, by the price list it was sold from: decides what follows when late."""

    SUBSCRIPTION = "subscription", "Assinatura"
    MENTORING = "mentoring", "Mentoria"
    TELECOM = "telecom", "Telecom"


class ServiceState(LabeledEnum):
    """How a subscription stands with what it owes; what each means is declared in `docs/overdue.md`."""

    CURRENT = "current", "Em dia"
    GRACE = "grace", "Em tolerância"
    OVERDUE = "overdue", "Em atraso"
    TRUSTED = "trusted", "Em confiança"
    SUSPENDED = "suspended", "Suspenso"


class PriceListRefused(Refusal):
    """A file that may not be published; `problems` names each line and what to do."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        more = f" e mais {len(problems) - 1}" if len(problems) > 1 else ""
        super().__init__(f"A tabela não foi publicada: {problems[0]}{more}", field="file")


class ListChangedMeanwhile(Conflict):
    """Between check and confirmation somebody published another list."""

    def __init__(self) -> None:
        super().__init__(
            "Outra tabela foi publicada enquanto você conferia esta. Confira as diferenças de novo."
        )


class PolicyChangedMeanwhile(Conflict):
    """Somebody else chose another way since this person opened the page."""

    def __init__(self, who: str, policy: FirstPeriodPolicy) -> None:
        super().__init__(f"{who} mudou para “{policy.label}”. Confira e salve de novo se ainda quiser mudar.")


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One difference between two lists, as people read it; `difference_cents` where both are money."""

    label: str
    kind: str
    before: str
    after: str
    difference_cents: int | None


def text_of_file(data: bytes) -> str:
    """The text of an uploaded price list.

    Raises:
        Refusal: empty, too large, or not text in UTF-8.
    """
    if not data.strip():
        raise Refusal("O arquivo está vazio. Escolha o arquivo TOML da tabela de preços.", field="file")
    if len(data) > MAX_FILE_BYTES:
        raise Refusal(
            f"O arquivo passa de {MAX_FILE_BYTES // 1024} KB. Uma tabela é bem menor.", field="file"
        )
    try:
        text = data.decode("utf-8-sig").lstrip("\ufeff")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Refusal("O arquivo não é um texto em UTF-8. Salve a tabela como TOML em UTF-8.", field="file")
    return text


def fingerprint(content: str) -> str:
    """The SHA-256 by which the same content is known again."""
    return sha256(content.encode()).hexdigest()


def first_day_problem(valid_from: date, *, today: date, is_first: bool) -> Problem | None:
    """A list holds from today on or later: what was priced in the past had its own list.

    Only the very first list may begin in the past, so that a portal can be set up with the list
    that is already on sale.
    """
    if is_first or valid_from >= today:
        return None
    message = (
        f"O primeiro dia de validade ({format_date(valid_from)}) já passou. "
        f"Use {format_date(today)} ou um dia depois."
    )
    return Problem(None, "price_list.valid_from", message)


def change_lines(changes: Iterable[Change]) -> list[ChangeLine]:
    """The differences to show; what every list has of its own (code, name, first day) is none."""
    return [
        ChangeLine(
            label=change.label,
            kind=change.kind,
            before=_in_words(change, change.before),
            after=_in_words(change, change.after),
            difference_cents=_difference(change),
        )
        for change in changes
        if not change.path.startswith(ABOUT_THE_LIST)
    ]


def warnings_about(
    new: PriceList, old: PriceList | None, *, today: date, tiers: Iterable[str], arrangements: Iterable[str]
) -> list[str]:
    """What is allowed but worth a second look; `tiers` and `arrangements` are those partners have."""
    found = []
    if new.valid_from <= today:
        found.append("Vale assim que for publicada: os próximos orçamentos já usam estes preços.")
    if old is not None and not change_lines(compare_price_lists(old, new)):
        found.append("Nenhum preço nem condição muda em relação à tabela anterior.")
    if old is not None:
        found += [f"Deixa de ser vendido: {label}." for label in _removed(new, old)]
    return found + [
        f"Há parceiros com {what} “{code}”, que esta tabela não tem: eles não poderão fazer orçamentos."
        for what, used, known in (
            ("o nível", tiers, new.tiers),
            ("a modalidade", arrangements, new.arrangements),
        )
        for code in sorted(set(used) - set(known))
    ]


def _removed(new: PriceList, old: PriceList) -> list[str]:
    pairs = ((old.plans, new.plans), (old.addons, new.addons), (old.apps, new.apps))
    return [thing.label for before, after in pairs for code, thing in before.items() if code not in after]


def _in_words(change: Change, value: int | str | None) -> str:
    if value is None:
        return ""
    if change.unit == "money":
        return format_money(int(value))
    if change.unit == "percent":
        return percent_of_ppm(int(value))
    return str(value)


def percent_of_ppm(ppm: int) -> str:
    """67_400 → "6,74 %": a rate of a price list as people read it."""
    return f"{format_percent(ppm).replace('.', ',')}\N{NO-BREAK SPACE}%"


def _difference(change: Change) -> int | None:
    if change.unit != "money" or change.before is None or change.after is None:
        return None
    return int(change.after) - int(change.before)


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One thing that is sold and its price in one term; `note` says where it is sold."""

    label: str
    note: str
    price: Price


def price_sheet(price_list: PriceList, term: str) -> list[tuple[str, list[PriceRow]]]:
    """The prices of one term in the list's order: plans, add-ons, apps, each under its heading."""
    plans = price_list.plans
    return [
        ("Planos", [PriceRow(plan.label, "", plan.prices[term]) for plan in plans.values()]),
        (
            "Adicionais",
            [
                PriceRow(addon.label, plans[plan].label, prices[term])
                for addon in price_list.addons.values()
                for plan, prices in addon.prices.items()
            ],
        ),
        (
            "Aplicativos",
            [
                PriceRow(app.label, ", ".join(plans[plan].label for plan in app.plans), app.prices[term])
                for app in price_list.apps.values()
            ],
        ),
    ]
