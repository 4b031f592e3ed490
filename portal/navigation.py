"""The menu of each role."""

from dataclasses import dataclass

from flask import Flask, request, url_for

from portal.shared.auth import Actor, Permission, signed_in


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu as it is declared."""

    label: str
    endpoint: str
    permission: Permission
    icon: str


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A line of the menu as the layout shows it."""

    label: str
    url: str
    icon: str
    active: bool


ENTRIES = (
    Entry("Início", "dashboard.home", Permission.USE_PORTAL, "home"),
    Entry("Clientes", "customers.index", Permission.SEE_CUSTOMERS, "building-store"),
    Entry("Orçamentos", "quotes.index", Permission.SEE_QUOTES, "file-invoice"),
    Entry("Contratos", "contracts.index", Permission.SEE_CONTRACTS, "file-text"),
    Entry("Aprovações", "quotes.approval_queue", Permission.DECIDE_QUOTES, "checks"),
    Entry("Repasses", "payouts.index", Permission.SEE_REPASSE, "credit-card"),
    Entry("Pagamentos", "payments.index", Permission.SEE_PAYMENTS, "credit-card"),
    Entry("Arquivos do banco", "payments.bank_files", Permission.EXCHANGE_BANK_FILES, "file-text"),
    Entry("Equipe", "partners.team", Permission.MANAGE_TEAM, "users"),
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
    Entry("Operação", "dashboard.operations", Permission.SEE_OPERATIONS, "activity"),
)


def menu_of(actor: Actor) -> list[MenuItem]:
    """What this person can go to, with the present place marked."""
    entries = [(entry, url_for(entry.endpoint)) for entry in ENTRIES if actor.can(entry.permission)]
    return [
        MenuItem(
            label=entry.label,
            url=url,
            icon=entry.icon,
            active=request.path == url or request.path.startswith(f"{url}/"),
        )
        for entry, url in entries
    ]


def init_app(app: Flask) -> None:
    """Give the layouts the menu and the person."""

    @app.context_processor
    def person() -> dict[str, object]:
        someone = signed_in()
        return {"current_actor": someone, "navigation": menu_of(someone) if someone else []}
