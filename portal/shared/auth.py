"""Who is asking, and what that person may do.

Every view declares `@requires(Permission.…)` or `@public`; one that declares neither answers
500 and fails the suite. Which rows a person sees is decided by queries, from the `Actor`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask import Flask, current_app, g, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from portal.shared.htmx import go_to, htmx, is_htmx
from portal.shared.refusals import Forbidden

COOKIE_DAYS = timedelta(days=31)  # longer than any session may last; the session's row says when it ends
# What the cookie holds, by name: flask-login's key, the token of a session found ended, flask-wtf's key.
_SESSION_TOKEN, _ENDED_TOKEN, _CSRF_SECRET = "_user_id", "ended_token", "csrf_token"


class Role(StrEnum):
    """What a person is to the vendor."""

    SELLER = "seller"
    PARTNER_ADMIN = "partner_admin"
    ACCOUNT_MANAGER = "account_manager"
    FINANCE = "finance"
    SUPPORT = "support"
    ADMIN = "admin"

    @property
    def label(self) -> str:
        return ROLE_LABELS[self]

    @property
    def of_partner(self) -> bool:
        """Whether the person works for a reseller, not for the vendor."""
        return self in PARTNER_ROLES


ROLE_LABELS = {
    Role.SELLER: "Vendedor",
    Role.PARTNER_ADMIN: "Gestor da revenda",
    Role.ACCOUNT_MANAGER: "Gerente de contas",
    Role.FINANCE: "Financeiro",
    Role.SUPPORT: "Atendimento",
    Role.ADMIN: "Administrador",
}
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
    SEE_PAYMENTS = "see_payments"
    CONFIRM_PAYMENTS = "confirm_payments"
    EXCHANGE_BANK_FILES = "exchange_bank_files"
    SEE_REPASSE = "see_repasse"


_EVERYBODY = {
    Permission.USE_PORTAL,
    Permission.SEE_CUSTOMERS,
    Permission.SEE_QUOTES,
    Permission.SEE_CONTRACTS,
    Permission.SEE_DOCUMENTS,
    Permission.SEE_INVOICES,
}
_PARTNER = _EVERYBODY | {
    Permission.EDIT_CUSTOMERS,
    Permission.WRITE_QUOTES,
    Permission.WRITE_CONTRACTS,
    Permission.SEND_INVOICES,
    Permission.SEE_REPASSE,
}
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SELLER: frozenset(_PARTNER),
    Role.PARTNER_ADMIN: frozenset(_PARTNER | {Permission.MANAGE_TEAM}),
    Role.ACCOUNT_MANAGER: frozenset(
        _EVERYBODY | {Permission.DECIDE_QUOTES, Permission.SEE_PRICE_LISTS, Permission.SEE_REPASSE}
    ),
    Role.FINANCE: frozenset(
        _EVERYBODY
        | {
            Permission.SEE_PAYMENTS,
            Permission.SEND_INVOICES,
            Permission.CONFIRM_PAYMENTS,
            Permission.EXCHANGE_BANK_FILES,
            Permission.SEE_REPASSE,
        }
    ),
    Role.SUPPORT: frozenset(
        _EVERYBODY | {Permission.EDIT_CUSTOMERS, Permission.WRITE_CONTRACTS, Permission.SEND_INVOICES}
    ),
    Role.ADMIN: frozenset(set(Permission) - {Permission.WRITE_QUOTES, Permission.MANAGE_TEAM}),
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

    def get_id(self) -> str:
        return self.session_token

    @property
    def role_label(self) -> str:
        return self.role.label

    def can(self, permission: Permission) -> bool:
        return permission in ROLE_PERMISSIONS[self.role]


def requires[F: Callable[..., object]](permission: Permission) -> Callable[[F], F]:
    """Declare the permission a view needs."""

    def mark(view: F) -> F:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def public[F: Callable[..., object]](view: F) -> F:
    """Declare that a view is for anybody (sign-in, links by e-mail)."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


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


@dataclass(frozen=True, slots=True)
class _Doors:
    load_actor: Callable[[str], Actor | None]
    offer_to_resume: Callable[[], ResponseReturnValue]


def init_app(
    app: Flask,
    *,
    load_actor: Callable[[str], Actor | None],
    offer_to_resume: Callable[[], ResponseReturnValue],
) -> None:
    """Guard every view. Comes before the CSRF check: an ended session is asked to sign in, not refused.

    `load_actor` finds the person of a session token (hashed at rest). `offer_to_resume` answers a
    form that cannot be taken as it came, without losing what was typed.
    """
    app.config.update(PERMANENT_SESSION_LIFETIME=COOKIE_DAYS, SESSION_REFRESH_EACH_REQUEST=False)
    app.extensions["portal.auth"] = _Doors(load_actor, offer_to_resume)
    manager = LoginManager()
    # Networks and browsers change under an honest person; the session's row says who is in, and until when.
    manager.session_protection = None  # type: ignore[assignment]
    manager.user_loader(_load_once)
    manager.unauthorized_handler(_ask_to_sign_in)
    manager.init_app(app, add_context_processor=False)  # the layouts get `current_actor`
    app.before_request(_guard)
    app.view_functions["static"] = public(app.view_functions["static"])


def cookie_session_token() -> str | None:
    """The session token this browser sent, whether or not its session still runs."""
    return session.get(_SESSION_TOKEN) or session.get(_ENDED_TOKEN)


def sign_in(session_token: str, *, same_person: bool) -> Actor | None:
    """Give this browser a new session; None, and nothing changed, when its holder may not be in.

    All the cookie held is dropped. Only if the `same_person` was signed in here before does the form
    secret stay, so that a page still open in another tab can be sent.
    """
    person = _doors().load_actor(session_token)
    if person is None:
        return None
    secret = session.get(_CSRF_SECRET) if same_person else None
    sign_out()
    session.permanent = True
    login_user(person, remember=False)
    if secret:
        session[_CSRF_SECRET] = secret
    return person


def sign_out() -> None:
    """Forget everything this browser's cookie held."""
    logout_user()
    session.clear()
    g.pop(_CSRF_SECRET, None)  # the token made for the page of the old session


def _load_once(session_token: str) -> Actor | None:
    """The loader of flask-login. Once a request: the page that says the database is away asks again."""
    if "actor_was_asked_for" in g:
        return None
    g.actor_was_asked_for = True
    return _doors().load_actor(session_token)


def _doors() -> _Doors:
    doors: _Doors = current_app.extensions["portal.auth"]
    return doors


def _guard() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # no such address: 404 follows
    view = current_app.view_functions[request.endpoint]
    if getattr(view, "is_public", False):
        return None
    permission: Permission | None = getattr(view, "permission", None)
    if permission is None:
        raise RuntimeError(f"the view {request.endpoint} declares no permission")
    person = signed_in()
    if person is None:
        return ask_to_sign_in()
    if not person.can(permission):
        raise Forbidden
    return None


def ask_to_sign_in() -> ResponseReturnValue:
    """Send to the sign-in page; what was being sent, or stands in the page, is not lost."""
    answer: ResponseReturnValue = _manager().unauthorized()
    return answer


def _ask_to_sign_in() -> ResponseReturnValue:
    """The unauthorized handler of flask-login.

    A whole page goes to the sign-in page. A fragment does not: its page may hold what was typed, so htmx
    shows there that the session ended.
    """
    if ended := session.pop(_SESSION_TOKEN, None):  # looked up for nothing on every page else
        session[_ENDED_TOKEN] = ended
    if request.method in {"GET", "HEAD"} and (htmx.wants_page or not is_htmx()):
        address = url_for("users.sign_in", proximo=request.full_path.rstrip("?"))
        return go_to(address)
    return offer_to_resume()


def offer_to_resume() -> ResponseReturnValue:
    """Answer a form that cannot be taken as it came, so that it can be sent again."""
    return _doors().offer_to_resume()


def _manager() -> LoginManager:
    manager: LoginManager = current_app.login_manager  # type: ignore[attr-defined]
    return manager
