"""Pages of the catalog room: the history of price lists, one list, two lists compared, a new one."""

from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import secure_filename

from calculator import compare_price_lists
from portal.catalog import operations, queries, rules
from portal.catalog.forms import FirstPeriodForm, PublishForm, UploadForm, encoded
from portal.catalog.models import PublishedPriceList
from portal.catalog.operations import ImportReport
from portal.catalog.rules import FirstPeriodPolicy
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date
from portal.shared.db import as_key, db
from portal.shared.refusals import Missing, Refusal

blueprint = Blueprint("catalog", __name__)
blueprint.add_app_template_filter(rules.percent_of_ppm, "ppm")
CONDITIONS = "condicoes"


@blueprint.get("/tabelas")
@requires(Permission.SEE_PRICE_LISTS)
def index() -> ResponseReturnValue:
    """The history: which list is in force, which comes next."""
    listing = queries.PRICE_LIST_LIST.read(request.args)
    today = clock.today()
    return htmx.render(
        "catalog/index.html",
        listing=listing,
        page=queries.list_price_lists(db.session, listing),
        in_force=queries.price_list_on(db.session, today),
        today=today,
    )


@blueprint.get("/tabelas/<int:list_id>")
@requires(Permission.SEE_PRICE_LISTS)
def show(list_id: int) -> ResponseReturnValue:
    """One list: the prices of a term, or its conditions."""
    published = queries.get_price_list(db.session, list_id)
    price_list = queries.loaded_list(db.session, list_id)
    tab = request.args.get("ver", "")
    if tab != CONDITIONS and tab not in price_list.terms:
        tab = next(iter(price_list.terms))
    sheet = rules.price_sheet(price_list, tab) if tab in price_list.terms else None
    before = queries.list_before(db.session, published)
    return htmx.render(
        "catalog/show.html", published=published, price_list=price_list, tab=tab, sheet=sheet, before=before
    )


@blueprint.get("/tabelas/<int:list_id>/arquivo")
@requires(Permission.SEE_PRICE_LISTS)
def download(list_id: int) -> ResponseReturnValue:
    """The file as it was published."""
    published = queries.get_price_list(db.session, list_id)
    name = secure_filename(published.code) or f"tabela-{published.id}"
    response = Response(published.content, mimetype="application/toml")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.toml"'
    return response


@blueprint.get("/tabelas/comparar")
@requires(Permission.SEE_PRICE_LISTS)
def compare() -> ResponseReturnValue:
    """What differs between any two lists."""
    lists = queries.list_all_price_lists(db.session)
    before, after = (_chosen(lists, request.args.get(name, "")) for name in ("antes", "depois"))
    changes = None
    if before and after:
        old, new = (queries.loaded_list(db.session, each.id) for each in (before, after))
        changes = rules.change_lines(compare_price_lists(old, new))
    return htmx.render("catalog/compare.html", lists=lists, before=before, after=after, changes=changes)


def _chosen(lists: list[PublishedPriceList], typed: str) -> PublishedPriceList | None:
    if not (typed.isascii() and typed.isdigit()):
        return None
    list_id = as_key(typed)
    chosen = next((each for each in lists if each.id == list_id), None)
    if chosen is None:
        raise Missing("Esta tabela de preços não existe.")
    return chosen


@blueprint.get("/tabelas/primeiro-periodo")
@requires(Permission.MANAGE_PRICE_LISTS)
def first_period() -> ResponseReturnValue:
    """How the first period of each plan is charged."""
    return _first_period_page()


@blueprint.post("/tabelas/primeiro-periodo")
@requires(Permission.MANAGE_PRICE_LISTS, confirmed=True)
def change_first_period() -> ResponseReturnValue:
    """Choose another way for one plan."""
    form = FirstPeriodForm(request.form)
    if not form.validate() or form.plan.data not in dict(_plans()):
        return _first_period_page(refusal=Refusal("Escolha um plano e como ele é cobrado."), status=422)
    try:
        changed = operations.change_first_period(
            db.session, **form.to_choice(), actor=actor(), now=clock.now()
        )
    except Refusal as refusal:
        db.session.rollback()
        return _first_period_page(refusal=refusal, status=refusal.status)
    flash("Salvo." if changed else "Nada mudou.")
    return htmx.go_to(url_for("catalog.first_period"))


def _plans() -> list[tuple[str, str]]:
    try:
        today = queries.current_list(db.session, today=clock.today(), now=clock.now())
    except Missing:
        return []
    return [(code, plan.label) for code, plan in today.price_list.plans.items()]


def _first_period_page(*, refusal: Refusal | None = None, status: int = 200) -> Response:
    return htmx.render(
        "catalog/first_period.html",
        status=status,
        plans=_plans(),
        policies=queries.list_plan_policies(db.session),
        choices=list(FirstPeriodPolicy),
        default=FirstPeriodPolicy.FULL_INSTALLMENT,
        refusal=refusal,
    )


@blueprint.get("/tabelas/nova")
@requires(Permission.MANAGE_PRICE_LISTS)
def new() -> ResponseReturnValue:
    """Where a new list is uploaded."""
    return htmx.render("catalog/new.html", form=UploadForm())


@blueprint.post("/tabelas/nova")
@requires(Permission.MANAGE_PRICE_LISTS)
def check() -> ResponseReturnValue:
    """First step: what publishing the file would change. Stores nothing."""
    form = UploadForm(request.files)
    if not form.validate():
        return htmx.render("catalog/new.html", form=form, status=422)
    report = operations.check_price_list(db.session, content=form.content, today=clock.today())
    return _report(report, form.content, status=422 if report.problems else 200)


@blueprint.post("/tabelas/publicar")
@requires(Permission.MANAGE_PRICE_LISTS, confirmed=True)
def publish() -> ResponseReturnValue:
    """Second step: publish what was checked, unless something changed since."""
    form = PublishForm(request.form)
    now = clock.now()
    checked: dict[str, Any] = {"sha256": form.sha256.data, "replaces_id": form.replaces_id.data}
    try:
        published = operations.publish_checked_list(
            db.session, content=form.to_text(), actor=actor(), now=now, today=clock.day_of(now), **checked
        )
    except Refusal as refusal:
        return _refused(form.to_text(), refusal)
    flash(f"Tabela publicada. Vale a partir de {format_date(published.valid_from)}.")
    return htmx.go_to(url_for("catalog.show", list_id=published.id))


def _refused(content: str, refusal: Refusal) -> Response:
    db.session.rollback()
    report = operations.check_price_list(db.session, content=content, today=clock.today())
    return _report(report, content, status=refusal.status, message=refusal.message)


def _report(report: ImportReport, content: str, *, status: int, message: str = "") -> Response:
    replaces_id = report.replaces.id if report.replaces else None
    form = PublishForm(formdata=None, content=encoded(content), sha256=report.sha256, replaces_id=replaces_id)
    return htmx.render("catalog/report.html", report=report, form=form, message=message, status=status)
