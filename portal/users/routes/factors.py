"""One's own second factor: passkeys, an authenticator app, recovery codes."""

import segno
from flask import Response, flash, url_for
from flask.typing import ResponseReturnValue

from portal.shared import clock
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.errors import with_retry_after
from portal.shared.fields import show_refusal
from portal.shared.htmx import go_to, render
from portal.shared.refusals import Refusal
from portal.users import queries
from portal.users.forms import CodeForm, PasskeyForm
from portal.users.models import User
from portal.users.operations import codes as users_codes
from portal.users.operations import factors
from portal.users.operations.attempts import count_proof, forgive_proof
from portal.users.operations.codes import address_for_app, find_totp, secret_of
from portal.users.operations.factors import register_passkey
from portal.users.operations.passkeys import are_possible, options_to_add
from portal.users.routes import devices
from portal.users.routes.blueprint import blueprint


@blueprint.get("/conta/segunda-etapa")
@requires(Permission.USE_PORTAL, before_factor=True)
def second_factor() -> ResponseReturnValue:
    """What proves, beside the password, who one is."""
    return _page()


@blueprint.post("/conta/segunda-etapa/aplicativo")
@requires(Permission.USE_PORTAL, confirmed=True, before_factor=True)
def begin_totp() -> ResponseReturnValue:
    """Make a secret for an authenticator app."""
    users_codes.begin_totp(db.session, user=_user(), now=clock.now())
    return go_to(url_for("users.totp"))


@blueprint.get("/conta/segunda-etapa/aplicativo")
@requires(Permission.USE_PORTAL, confirmed=True, before_factor=True)
def totp() -> ResponseReturnValue:
    """The secret as a QR code, until its first code was typed."""
    return _totp_page(CodeForm(formdata=None))


@blueprint.post("/conta/segunda-etapa/aplicativo/ativar")
@requires(Permission.USE_PORTAL, confirmed=True, before_factor=True)
def confirm_totp() -> ResponseReturnValue:
    """Put the app in force with its first code."""
    form, user, now = CodeForm(), _user(), clock.now()
    try:
        count_proof(db.session, user_id=user.id, now=now, field="code")
        db.session.commit()  # counted whatever follows
        codes = factors.confirm_totp(
            db.session, user=_user(), code=form.code.data or "", origin=devices.origin(), now=now
        )
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return with_retry_after(_totp_page(form, refusal.status), refusal)
    forgive_proof(db.session, user_id=user.id)
    return _added("Aplicativo ativado.", codes)


@blueprint.post("/conta/segunda-etapa/aplicativo/remover")
@requires(Permission.USE_PORTAL, confirmed=True, before_factor=True)
def remove_totp() -> ResponseReturnValue:
    """Take the app out of force."""
    factors.remove_totp(db.session, user=_user(), origin=devices.origin(), now=clock.now())
    flash("Aplicativo removido.")
    return go_to(url_for("users.second_factor"))


@blueprint.post("/conta/segunda-etapa/chaves/nova")
@requires(Permission.USE_PORTAL, confirmed=True, before_factor=True)
def passkey_challenge() -> ResponseReturnValue:
    """What the browser needs to make a passkey, as JSON."""
    options = options_to_add(db.session, user=_user(), now=clock.now())
    return Response(options, mimetype="application/json")


@blueprint.post("/conta/segunda-etapa/chaves")
@requires(Permission.USE_PORTAL, confirmed=True, before_factor=True)
def add_passkey() -> ResponseReturnValue:
    """Keep a new passkey."""
    form = PasskeyForm()
    if not form.validate():
        return _page(form, 422)
    try:
        codes = register_passkey(
            db.session,
            user=_user(),
            answer=form.passkey.data or "",
            name=form.name.data or "",
            origin=devices.origin(),
            now=clock.now(),
        )
    except Refusal as refusal:
        db.session.rollback()
        refusal.field = "name"
        show_refusal(form, refusal)
        return _page(form, refusal.status)
    return _added("Chave de acesso adicionada.", codes)


@blueprint.post("/conta/segunda-etapa/chaves/<int:passkey_id>/remover")
@requires(Permission.USE_PORTAL, confirmed=True, before_factor=True)
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    """Take a passkey away."""
    factors.remove_passkey(
        db.session, user=_user(), passkey_id=passkey_id, origin=devices.origin(), now=clock.now()
    )
    flash("Chave de acesso removida.")
    return go_to(url_for("users.second_factor"))


@blueprint.post("/conta/segunda-etapa/codigos")
@requires(Permission.USE_PORTAL, confirmed=True, before_factor=True)
def renew_recovery_codes() -> ResponseReturnValue:
    """New recovery codes, shown this once."""
    codes = factors.renew_recovery_codes(db.session, user=_user(), now=clock.now())
    return render("users/recovery_codes.html", codes=codes)


def ask_for_factor() -> ResponseReturnValue:
    """Where whoever must add a second factor first is sent."""
    return go_to(url_for("users.second_factor"))


def _added(said: str, codes: list[str] | None) -> Response:
    if codes is None:
        flash(said)
        return go_to(url_for("users.second_factor"))
    return render("users/recovery_codes.html", codes=codes, said=said)


def _user() -> User:
    return queries.get_user(db.session, actor().user_id, for_update=True)


def _totp_page(form: CodeForm, status: int = 200) -> Response:
    user = queries.get_user(db.session, actor().user_id)
    row = find_totp(db.session, user.id)
    if row is None or row.confirmed_at:
        return go_to(url_for("users.second_factor"))
    picture = segno.make(address_for_app(row, user), error="m", micro=False)
    return render(
        "users/totp.html",
        status=status,
        form=form,
        secret=secret_of(row),
        picture=picture.svg_data_uri(border=4, dark="#000", light="#fff", omitsize=True),
    )


def _page(form: PasskeyForm | None = None, status: int = 200) -> Response:
    person = actor()
    return render(
        "users/second_factor.html",
        status=status,
        form=form or PasskeyForm(formdata=None),
        factors=queries.factors_of(db.session, person.user_id),
        passkeys_possible=are_possible(),
    )
