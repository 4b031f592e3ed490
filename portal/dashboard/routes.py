"""The home page of each role, and the administrators' page about jobs and mail."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, flash, request, url_for

from portal.dashboard import operations, pages
from portal.dashboard.queries.activity import list_newest_activity
from portal.dashboard.queries.health import health_of_operations
from portal.dashboard.queries.money import money_needs
from portal.dashboard.queries.needs import list_needs
from portal.dashboard.queries.outbox import MAIL_FILTERS, MAIL_LIST, list_mails
from portal.dashboard.queries.partners import PARTNER_LIST, PERIODS, list_partner_activity
from portal.dashboard.queries.repasse import expected_repasse
from portal.dashboard.queries.requests import queue_ages
from portal.dashboard.queries.results import recent_results
from portal.dashboard.rules import failure_in_words, mail_title, masked_address
from portal.quotes.queries.approvals import approval_queue
from portal.quotes.queries.board import figures_by_state
from portal.quotes.rules.approval import time_ago
from portal.receipts.rules.receiving import PaymentSource
from portal.shared import clock, htmx
from portal.shared.auth import Permission, Role, actor, requires
from portal.shared.db import db
from portal.shared.refusals import Missing, Refusal

blueprint = Blueprint("dashboard", __name__)
blueprint.add_app_template_filter(masked_address, "masked_address")
blueprint.add_app_template_filter(failure_in_words, "failure_in_words")
blueprint.add_app_template_filter(mail_title, "mail_title")
blueprint.add_app_template_filter(time_ago, "ago")

NEEDS_SHOWN, NEEDS_AT_MOST = 10, 100
REQUESTS_SHOWN = 5
ACTIVITY_SHOWN = 15
OWN, WHOLE_PARTNER = "meus", "todos"


@blueprint.get("/")
@requires(Permission.USE_PORTAL)
def home() -> Response:
    """What needs this person today, then figures, then charts."""
    now = clock.now()
    if actor().role.of_partner:
        return _reseller_home(now)
    if actor().can(Permission.DECIDE_QUOTES):
        return _manager_home(now)
    return htmx.render(
        "dashboard/home_office.html",
        money=money_needs(db.session) if actor().can(Permission.SEE_PAYMENTS) else None,
        pipeline=figures_by_state(db.session, actor=actor()),
        activity=list_newest_activity(db.session, actor=actor(), limit=ACTIVITY_SHOWN),
        list_filter={},
    )


@blueprint.get("/financeiro")
@requires(Permission.SEE_PAYMENTS)
def finance() -> Response:
    """What came in, what failed, what waits for somebody, what is owed and how late; income by month."""
    desk = pages.finance_desk(db.session, actor=actor(), now=clock.now())
    return htmx.render("dashboard/finance.html", desk=desk, sources=list(PaymentSource))


@blueprint.get("/operacao", endpoint="operations")
@requires(Permission.SEE_OPERATIONS)
def show_operations() -> Response:
    """Jobs and mail: how they are, and what can be done by hand."""
    now = clock.now()
    listing = MAIL_LIST.read(request.args)
    return htmx.render(
        "dashboard/operations.html",
        now=now,
        listing=listing,
        page=list_mails(db.session, listing),
        mail_filters=list(MAIL_FILTERS.items()),
        health=health_of_operations(db.session, now=now),
    )


@blueprint.post("/operacao/rotinas/<name>/executar")
@requires(Permission.SEE_OPERATIONS)
def run_job(name: str) -> Response:
    """Have the queue run a job now."""

    def act() -> str:
        title = operations.request_job(db.session, name=name, actor=actor(), now=clock.now())
        return f"“{title}” será executada em instantes. Atualize a página para ver o resultado."

    return _do(act)


@blueprint.post("/operacao/fila/<int:job_id>/executar")
@requires(Permission.SEE_OPERATIONS)
def retry_job(job_id: int) -> Response:
    """Try a stuck job at once."""

    def act() -> str:
        title = operations.retry_job(db.session, job_id=job_id, actor=actor(), now=clock.now())
        return f"“{title}” será tentada de novo em instantes."

    return _do(act)


@blueprint.post("/operacao/emails/<int:mail_id>/reenviar")
@requires(Permission.SEE_OPERATIONS)
def resend_mail(mail_id: int) -> Response:
    """Try a failed mail again."""

    def act() -> str:
        mail = operations.resend_mail(db.session, mail_id=mail_id, actor=actor(), now=clock.now())
        return f"O e-mail para {masked_address(mail.to_address)} voltou para a fila."

    return _do(act)


@blueprint.post("/operacao/emails/<int:mail_id>/liberar")
@requires(Permission.SEE_OPERATIONS)
def release_mail(mail_id: int) -> Response:
    """Send a held mail now."""

    def act() -> str:
        mail = operations.release_mail(db.session, mail_id=mail_id, actor=actor(), now=clock.now())
        return f"O e-mail para {masked_address(mail.to_address)} sai em instantes."

    return _do(act)


@blueprint.post("/operacao/emails/<int:mail_id>/descartar")
@requires(Permission.SEE_OPERATIONS)
def drop_mail(mail_id: int) -> Response:
    """Never send a held mail."""

    def act() -> str:
        mail = operations.drop_mail(db.session, mail_id=mail_id, actor=actor(), now=clock.now())
        return f"O e-mail para {masked_address(mail.to_address)} foi descartado e não será enviado."

    return _do(act)


def _do(act: Callable[[], str]) -> Response:
    """Act, and say on the page how it went."""
    try:
        flash(act())
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "error")
    return htmx.go_to(url_for("dashboard.operations"))


def _reseller_home(now: datetime) -> Response:
    shows_own = _shows_own()
    owner_id = actor().user_id if shows_own else None
    shows_all = request.args.get("pendencias") == "todas"
    limit = NEEDS_AT_MOST if shows_all else NEEDS_SHOWN
    needs = list_needs(db.session, actor=actor(), owner_id=owner_id, now=now, limit=limit + 1)
    repasse = expected_repasse(db.session, actor=actor(), owner_id=owner_id, now=now)
    return htmx.render(
        "dashboard/home_reseller.html",
        shows_own=shows_own,
        shows_all=shows_all,
        needs=needs[:limit],
        has_more=len(needs) > limit,
        pipeline=figures_by_state(db.session, actor=actor(), owner_id=owner_id),
        results=recent_results(db.session, actor=actor(), owner_id=owner_id, now=now),
        so_far=pages.repasse_so_far(db.session, actor=actor(), now=now),
        repasse=[(pages.month_name(each.month), max(each.cents, 0)) for each in repasse],
        list_filter={"responsavel": owner_id} if owner_id else {},
    )


def _manager_home(now: datetime) -> Response:
    listing = PARTNER_LIST.read(request.args)
    sees_health = actor().can(Permission.SEE_OPERATIONS)
    return htmx.render(
        "dashboard/home_manager.html",
        now=now,
        ages=queue_ages(db.session, actor=actor(), now=now),
        requests=approval_queue(db.session, actor=actor(), now=now, limit=REQUESTS_SHOWN),
        listing=listing,
        page=list_partner_activity(db.session, actor=actor(), request=listing, now=now),
        periods=list(PERIODS.items()),
        health=health_of_operations(db.session, now=now) if sees_health else None,
    )


def _shows_own() -> bool:
    """A seller sees their own quotes, who leads the team all of them, until they choose otherwise."""
    chosen = request.args.get("orcamentos")
    if chosen in (OWN, WHOLE_PARTNER):
        return chosen == OWN
    return actor().role is Role.SELLER
