"""The menu of each role."""

from dataclasses import dataclass

from flask import Flask, request, url_for

from portal.shared import clock
from portal.shared.auth import Actor, Permission, signed_in
from portal.shared.db import db
from portal.tasks.queries import count_open


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu as it is declared."""

    label: str
    endpoint: str
    permission: Permission
    icon: str
    also: tuple[str, ...] = ()  # where its pages stand besides its own address


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A line of the menu as the layout shows it."""

    label: str
    url: str
    icon: str
    active: bool
    count: int = 0  # how much of it waits for this person


@dataclass(frozen=True, slots=True)
class Menu:
    """What one person can go to; `administration` folds away, and is empty where it would hold little."""

    items: list[MenuItem]
    administration: list[MenuItem]


ENTRIES = (
    Entry("Início", "dashboard.home", Permission.USE_PORTAL, "home"),
    Entry("Clientes", "customers.index", Permission.SEE_CUSTOMERS, "building-store", also=("/indicacoes",)),
    Entry("Orçamentos", "quotes.index", Permission.SEE_QUOTES, "file-invoice"),
    Entry(
        "Contratos",
        "contracts.index",
        Permission.SEE_CONTRACTS,
        "file-text",
        also=("/cancelamentos", "/liberacoes"),
    ),
    Entry(
        "Faturas",
        "invoices.index",
        Permission.SEE_INVOICES,
        "receipt",
        also=("/faturamento", "/previsao", "/regua", "/whatsapp", "/notas-fiscais", "/acordos"),
    ),
    Entry("Aprovações", "quotes.approval_queue", Permission.DECIDE_QUOTES, "checks"),
    Entry("Repasses", "payouts.index", Permission.SEE_REPASSE, "credit-card"),
    Entry("Financeiro", "dashboard.finance", Permission.SEE_PAYMENTS, "calculator"),
    Entry(
        "Pagamentos",
        "receipts.index",
        Permission.SEE_PAYMENTS,
        "credit-card",
        also=("/arquivos-do-banco", "/banco-de-teste"),
    ),
    Entry("Reajustes", "readjustments.campaign", Permission.SEE_READJUSTMENTS, "calendar-event"),
    Entry("Tarefas", "tasks.index", Permission.WORK_TASKS, "checks"),
    Entry("Equipe", "partners.team", Permission.MANAGE_TEAM, "users"),
    Entry("Operação", "dashboard.operations", Permission.SEE_OPERATIONS, "activity"),
)
# What is set up once and looked at now and then.
ADMINISTRATION = (
    Entry("Parceiros", "partners.index", Permission.MANAGE_PARTNERS, "building"),
    Entry("Usuários", "partners.people", Permission.MANAGE_USERS, "users"),
    Entry("Tabelas de preços", "catalog.index", Permission.SEE_PRICE_LISTS, "list-details"),
    Entry(
        "Modelos de contrato",
        "contracts.template_index",
        Permission.MANAGE_CONTRACT_TEMPLATES,
        "file-text",
    ),
    Entry("Configurações", "settings.index", Permission.MANAGE_SETTINGS, "settings"),
)


WORTH_FOLDING = 3
TASKS = "tasks.index"


def menu_of(actor: Actor) -> Menu:
    """What this person can go to, with the present place marked."""
    items, administration = _items(ENTRIES, actor), _items(ADMINISTRATION, actor)
    if len(administration) < WORTH_FOLDING:
        return Menu(items=items + administration, administration=[])
    return Menu(items=items, administration=administration)


def _items(declared: tuple[Entry, ...], actor: Actor) -> list[MenuItem]:
    entries = [(entry, url_for(entry.endpoint)) for entry in declared if actor.can(entry.permission)]
    return [
        MenuItem(
            label=entry.label,
            url=url,
            icon=entry.icon,
            active=any(_is_at(place) for place in (url, *entry.also)),
            count=_waiting(actor) if entry.endpoint == TASKS else 0,
        )
        for entry, url in entries
    ]


def _waiting(actor: Actor) -> int:
    """The tasks that should be done by the end of the day."""
    return count_open(db.session, actor=actor, now=clock.now()).due


def _is_at(place: str) -> bool:
    return request.path == place or request.path.startswith(f"{place}/")


def init_app(app: Flask) -> None:
    """Give the layouts the menu and the person."""

    @app.context_processor
    def person() -> dict[str, object]:
        someone = signed_in()
        return {"current_actor": someone, "navigation": menu_of(someone) if someone else Menu([], [])}
