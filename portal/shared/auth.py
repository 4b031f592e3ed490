"""Who is asking, and what that person may do.

Every view declares `@requires(Permission.…)`, `@public` or `@guarded_by(…)`; one that declares none answers
500 and fails the suite. Which rows a person sees is decided by queries, from the `Actor`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user

from portal.shared.labels import LabeledEnum


class Role(LabeledEnum):
    """What a person is to the vendor."""

    SELLER = "seller", "Vendedor"
    PARTNER_ADMIN = "partner_admin", "Gestor da revenda"
    ACCOUNT_MANAGER = "account_manager", "Gerente de contas"
    FINANCE = "finance", "Financeiro"
    SUPPORT = "support", "Atendimento"
    ADMIN = "admin", "Administrador"

    @property
    def of_partner(self) -> bool:
        """Whether the person works for a reseller, not for the vendor."""
        return self in PARTNER_ROLES


PARTNER_ROLES = frozenset({Role.SELLER, Role.PARTNER_ADMIN})


class Permission(StrEnum):
    """What a view may ask for."""

    USE_PORTAL = "use_portal"
    MANAGE_PARTNERS = "manage_partners"
    MANAGE_USERS = "manage_users"
    MANAGE_TEAM = "manage_team"
    MANAGE_SETTINGS = "manage_settings"
    MANAGE_PRICE_LISTS = "manage_price_lists"
    SEE_PRICE_LISTS = "see_price_lists"
    SEE_CUSTOMERS = "see_customers"
    EDIT_CUSTOMERS = "edit_customers"
    SEE_QUOTES = "see_quotes"
    WRITE_QUOTES = "write_quotes"
    DECIDE_QUOTES = "decide_quotes"
    SEE_OPERATIONS = "see_operations"
    SEE_CONTRACTS = "see_contracts"
    WRITE_CONTRACTS = "write_contracts"
    MANAGE_CONTRACT_TEMPLATES = "manage_contract_templates"
    SEE_DOCUMENTS = "see_documents"
    SEE_INVOICES = "see_invoices"
    SEND_INVOICES = "send_invoices"
    RUN_BILLING = "run_billing"
    SEE_PAYMENTS = "see_payments"
    CONFIRM_PAYMENTS = "confirm_payments"
    EXCHANGE_BANK_FILES = "exchange_bank_files"
    SEE_REPASSE = "see_repasse"
    CHECK_REPASSE = "check_repasse"
    CLOSE_PAYOUTS = "close_payouts"
    WORK_TASKS = "work_tasks"
    MOVE_CLOCK = "move_clock"  # of a demonstration
    SEE_READJUSTMENTS = "see_readjustments"
    RELEASE_READJUSTMENTS = "release_readjustments"
    MANAGE_INDEX = "manage_index"
    RELEASE_IN_TRUST = "release_in_trust"
    SEE_AS_CUSTOMER = "see_as_customer"
    ERASE_DATA = "erase_data"
    SEE_DUNNING = "see_dunning"
    MANAGE_DUNNING = "manage_dunning"
    CHANGE_DUE_DAY = "change_due_day"
    SEE_AGREEMENTS = "see_agreements"
    MAKE_AGREEMENTS = "make_agreements"
    SEE_TAX_NOTES = "see_tax_notes"
    MANAGE_TAX_NOTES = "manage_tax_notes"


_EVERYBODY = {
    Permission.USE_PORTAL,
    Permission.SEE_CUSTOMERS,
    Permission.SEE_QUOTES,
    Permission.SEE_CONTRACTS,
    Permission.SEE_DOCUMENTS,
    Permission.SEE_INVOICES,
    Permission.SEE_TAX_NOTES,
}
_PARTNER = _EVERYBODY | {
    Permission.EDIT_CUSTOMERS,
    Permission.WRITE_QUOTES,
    Permission.WRITE_CONTRACTS,
    Permission.SEND_INVOICES,
    Permission.SEE_REPASSE,
    Permission.CHECK_REPASSE,
    Permission.RELEASE_IN_TRUST,
    Permission.CHANGE_DUE_DAY,
    Permission.SEE_AGREEMENTS,
}
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SELLER: frozenset(_PARTNER),
    Role.PARTNER_ADMIN: frozenset(_PARTNER | {Permission.MANAGE_TEAM}),
    Role.ACCOUNT_MANAGER: frozenset(
        _EVERYBODY
        | {
            Permission.DECIDE_QUOTES,
            Permission.SEE_PRICE_LISTS,
            Permission.SEE_REPASSE,
            Permission.SEE_AS_CUSTOMER,
        }
    ),
    Role.FINANCE: frozenset(
        _EVERYBODY
        | {
            Permission.SEE_PAYMENTS,
            Permission.SEND_INVOICES,
            Permission.RUN_BILLING,
            Permission.CONFIRM_PAYMENTS,
            Permission.EXCHANGE_BANK_FILES,
            Permission.SEE_REPASSE,
            Permission.CLOSE_PAYOUTS,
            Permission.WORK_TASKS,
            Permission.MOVE_CLOCK,
            Permission.SEE_READJUSTMENTS,
            Permission.RELEASE_READJUSTMENTS,
            Permission.RELEASE_IN_TRUST,
            Permission.SEE_AS_CUSTOMER,
            Permission.SEE_DUNNING,
            Permission.MANAGE_DUNNING,
            Permission.CHANGE_DUE_DAY,
            Permission.SEE_AGREEMENTS,
            Permission.MAKE_AGREEMENTS,
            Permission.MANAGE_TAX_NOTES,
        }
    ),
    Role.SUPPORT: frozenset(
        _EVERYBODY
        | {
            Permission.EDIT_CUSTOMERS,
            Permission.WRITE_CONTRACTS,
            Permission.SEND_INVOICES,
            Permission.WORK_TASKS,
            Permission.SEE_READJUSTMENTS,
            Permission.RELEASE_IN_TRUST,
            Permission.SEE_AS_CUSTOMER,
            Permission.SEE_DUNNING,
            Permission.CHANGE_DUE_DAY,
            Permission.SEE_AGREEMENTS,
            Permission.MAKE_AGREEMENTS,
        }
    ),
    Role.ADMIN: frozenset(
        set(Permission) - {Permission.WRITE_QUOTES, Permission.MANAGE_TEAM, Permission.CHECK_REPASSE}
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor(UserMixin):
    """The person asking, as known at the start of the request. Loaded in one statement.

    flask-login's user object; what it keeps of it in the cookie is the session's token.
    """

    user_id: int
    session_token: str
    name: str
    email: str
    role: Role
    partner_id: int | None = None
    partner_name: str | None = None
    tier: str | None = None
    arrangement: str | None = None
    last_seen_at: datetime | None = None
    is_confirmed: bool = False
    has_second_factor: bool = False
    must_add_factor: bool = False

    def get_id(self) -> str:
        return self.session_token

    @property
    def role_label(self) -> str:
        return self.role.label

    def can(self, permission: Permission) -> bool:
        return permission in ROLE_PERMISSIONS[self.role]


def requires[F: Callable[..., object]](
    permission: Permission,
    *,
    confirmed: bool = False,
    before_factor: bool = False,
    largest_body: int | None = None,
) -> Callable[[F], F]:
    """Declare the permission a view needs.

    `confirmed`: only for a person who proved a few minutes ago who they are (money, settings, people).
    `before_factor`: also for a person who still has to add the second factor that the role requires.
    `largest_body`: how many bytes these people, nobody else, may send, where that is more than elsewhere.
    """

    def mark(view: F) -> F:
        view.permission = permission  # type: ignore[attr-defined]
        view.needs_confirmation = confirmed  # type: ignore[attr-defined]
        view.before_factor = before_factor  # type: ignore[attr-defined]
        view.largest_body = largest_body  # type: ignore[attr-defined]
        return view

    return mark


def public[F: Callable[..., object]](view: F) -> F:
    """Declare that a view is for anybody (sign-in, links by e-mail)."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def guarded_by[F: Callable[..., object]](guard: Callable[[], ResponseReturnValue | None]) -> Callable[[F], F]:
    """Declare that a view is for others than the portal's users.

    `guard` answers in its place, or lets the view answer by None.
    """

    def mark(view: F) -> F:
        view.guard = guard  # type: ignore[attr-defined]
        return view

    return mark


def actor() -> Actor:
    """The signed-in person of this request. Only in views that require a permission."""
    person = signed_in()
    if person is None:
        raise RuntimeError("actor() in a view that anybody may open")
    return person


def signed_in() -> Actor | None:
    """The person of this request, or None. Sessions are rows: the cookie only carries a session's token."""
    person = current_user._get_current_object()
    return person if isinstance(person, Actor) else None
