"""Proving again who one is, before money moves and settings or people change.

What was being sent is carried through the page, signed, as after a session that ended (`resuming.py`).
"""

from datetime import datetime

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from portal.shared import clock
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.errors import with_retry_after
from portal.shared.fields import show_refusal
from portal.shared.htmx import go_to, is_htmx, render
from portal.shared.refusals import Refusal, TooManyAttempts
from portal.users import queries
from portal.users.forms import CodeForm, ConfirmPasswordForm
from portal.users.operations.attempts import count_proof, forgive_proof
from portal.users.operations.factors import note_confirmation, prove
from portal.users.operations.history import record_access
from portal.users.operations.passkeys import options_to_use
from portal.users.routes import devices, resuming
from portal.users.routes.blueprint import blueprint
from portal.users.routes.resuming import Resumption
from portal.users.rules import AccessKind, local_path

type ProofForm = CodeForm | ConfirmPasswordForm


@blueprint.get("/confirmar")
@requires(Permission.USE_PORTAL, before_factor=True)
def confirm() -> ResponseReturnValue:
    """Ask for the second factor, or the password where there is none."""
    return _page(_form(formdata=None, proximo=local_path(request.args.get("proximo", "/"))))


@blueprint.post("/confirmar/chave")
@requires(Permission.USE_PORTAL, before_factor=True)
def confirm_challenge() -> ResponseReturnValue:
    """What the browser needs to ask for a passkey, as JSON."""
    user = queries.get_user(db.session, actor().user_id)
    options = options_to_use(db.session, user=user, now=clock.now())
    return Response(options, mimetype="application/json")


@blueprint.post("/confirmar")
@requires(Permission.USE_PORTAL, before_factor=True)
def confirm_now() -> ResponseReturnValue:
    """Check it; then what was being done goes on, by one click."""
    form, now = _form(), clock.now()
    resumption = resuming.unpack(form.retomar.data or "")
    if not form.validate():
        return _page(form, 422, resumed=resumption)
    try:
        _prove(form, now=now)
    except Refusal as refusal:
        db.session.rollback()
        _keep_failure(refusal)
        show_refusal(form, refusal)
        return with_retry_after(_page(form, refusal.status, resumed=resumption), refusal)
    if resumption:
        return render("users/resume.html", resumption=resumption, confirmed=True)
    return go_to(local_path(form.proximo.data or "/"))


def ask_to_confirm() -> ResponseReturnValue:
    """Answer a request that needs a proof first; nothing typed is lost."""
    if is_htmx():
        return render("users/confirm_elsewhere.html", status=401)
    if request.method in {"GET", "HEAD"}:
        return go_to(url_for("users.confirm", proximo=request.full_path.rstrip("?")))
    resumption = resuming.of_this_request()
    packed = resumption.packed() if resumption else ""
    return _page(_form(formdata=None, proximo="/", retomar=packed), 401, resumed=resumption)


def _prove(form: ProofForm, *, now: datetime) -> None:
    person, session = actor(), db.session
    field = "code" if isinstance(form, CodeForm) else "password"
    count_proof(session, user_id=person.user_id, now=now, field=field)
    session.commit()  # counted whatever follows
    user = queries.get_user(session, person.user_id)
    if isinstance(form, CodeForm):
        code, passkey = form.code.data or "", form.passkey.data or ""
        prove(session, user=user, code=code, passkey=passkey, now=now)
    else:
        prove(session, user=user, password=form.password.data or "", now=now)
    forgive_proof(session, user_id=user.id)
    note_confirmation(session, session_token=person.session_token, now=now)
    record_access(session, AccessKind.CONFIRMED, user_id=user.id, origin=devices.origin(), now=now)


def _keep_failure(refusal: Refusal) -> None:
    if isinstance(refusal, TooManyAttempts):
        return
    kind, user_id = AccessKind.CONFIRMATION_FAILED, actor().user_id
    record_access(db.session, kind, user_id=user_id, origin=devices.origin(), now=clock.now())
    db.session.commit()


def _form(**values: object) -> ProofForm:
    made = CodeForm if actor().has_second_factor else ConfirmPasswordForm
    return made(**values)


def _page(form: ProofForm, status: int = 200, *, resumed: Resumption | None = None) -> Response:
    return render(
        "users/confirm.html",
        status=status,
        form=form,
        resumed=resumed,
        factors=queries.factors_of(db.session, actor().user_id),
    )
