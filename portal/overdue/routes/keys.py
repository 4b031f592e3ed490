"""The keys by which products ask: made, shown once, revoked. For admins."""

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.catalog.queries import plans_on_sale
from portal.overdue.forms import KeyForm
from portal.overdue.operations.access import make_key, revoke_key
from portal.overdue.queries.access import KEY_LIST, list_keys
from portal.overdue.routes.blueprint import blueprint
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.refusals import Refusal


@blueprint.get("/configuracoes/chaves")
@requires(Permission.MANAGE_SETTINGS)
def key_index() -> ResponseReturnValue:
    """All keys, and the form for a new one."""
    return _page(_form())


@blueprint.post("/configuracoes/chaves")
@requires(Permission.MANAGE_SETTINGS, confirmed=True)
def key_new() -> ResponseReturnValue:
    """A new key, shown this once."""
    form, products = _form(), dict(_products())
    if not form.validate():
        return _page(form, status=422)
    plan = str(form.plan.data)
    key, secret = make_key(
        db.session,
        plan=plan,
        plan_name=products[plan],
        name=str(form.name.data),
        actor=actor(),
        now=clock.now(),
    )
    return htmx.render("overdue/key_made.html", key=key, secret=secret)


@blueprint.post("/configuracoes/chaves/<int:key_id>/revogar")
@requires(Permission.MANAGE_SETTINGS, confirmed=True)
def key_revoke(key_id: int) -> ResponseReturnValue:
    """End a key, for good."""
    try:
        key = revoke_key(db.session, key_id=key_id, actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        return _page(_form(), refusal=refusal, status=refusal.status)
    flash(f"Chave “{key.name}” revogada: quem a usa recebe uma recusa a partir de agora.")
    return htmx.go_to(url_for("overdue.key_index"))


def _form() -> KeyForm:
    form = KeyForm(request.form if request.method == "POST" else None)
    form.plan.choices = list(_products())
    return form


def _products() -> list[tuple[str, str]]:
    return plans_on_sale(db.session, today=clock.today(), now=clock.now())


def _page(form: KeyForm, *, refusal: Refusal | None = None, status: int = 200) -> Response:
    listing = KEY_LIST.read(request.args)
    page = list_keys(db.session, listing)
    return htmx.render(
        "overdue/keys.html", status=status, form=form, refusal=refusal, listing=listing, page=page
    )
