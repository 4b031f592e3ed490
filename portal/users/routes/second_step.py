"""The second step of signing in, after the right password. The password's step is kept as a challenge."""

from datetime import datetime

from flask import Response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from portal.shared import clock
from portal.shared.auth import public
from portal.shared.db import db
from portal.shared.errors import with_retry_after
from portal.shared.fields import show_refusal
from portal.shared.htmx import go_to, render
from portal.shared.refusals import Refusal, TooManyAttempts
from portal.users import queries
from portal.users.forms import CodeForm
from portal.users.models import User
from portal.users.operations.attempts import count_second_step, forgive_second_step
from portal.users.operations.challenges import begin_challenge, find_challenged, use_challenge
from portal.users.operations.factors import prove
from portal.users.operations.history import record_access
from portal.users.operations.passkeys import options_to_use
from portal.users.routes import devices, resuming
from portal.users.routes.blueprint import blueprint
from portal.users.routes.entering import enter
from portal.users.routes.resuming import Resumption
from portal.users.rules import AccessKind, local_path
from portal.users.rules.factors import Ceremony, Proof, SecondStepOver

_CHALLENGE = "second_step"  # the key of the challenge's secret in the cookie


def begin(user: User, *, target: str, resumption: Resumption | None, now: datetime) -> Response:
    """After the right password: ask for the second step. Nobody is signed in yet."""
    session[_CHALLENGE] = begin_challenge(db.session, user_id=user.id, ceremony=Ceremony.SIGN_IN, now=now)
    target = local_path(target)
    if resumption is None:
        return go_to(url_for("users.second_step", proximo=target))
    return _page(CodeForm(formdata=None, proximo=target, retomar=resumption.packed()), user)


@blueprint.get("/entrar/segunda-etapa")
@public
def second_step() -> ResponseReturnValue:
    """Where the code is typed; without a password first, one is sent back."""
    target = local_path(request.args.get("proximo", "/"))
    user = _user(now=clock.now())
    if user is None:
        return redirect(url_for("users.sign_in", proximo=target), 303)
    return _page(CodeForm(formdata=None, proximo=target), user)


@blueprint.post("/entrar/segunda-etapa/chave")
@public
def second_step_challenge() -> ResponseReturnValue:
    """What the browser needs to ask for a passkey, as JSON."""
    now = clock.now()
    user = _user(now=now)
    if user is None:
        raise SecondStepOver
    return _json(options_to_use(db.session, user=user, now=now))


@blueprint.post("/entrar/segunda-etapa")
@public
def take_second_step() -> ResponseReturnValue:
    """Check the code or the passkey and begin the session."""
    form, now = CodeForm(), clock.now()
    user = _user(now=now)
    if user is None:
        raise SecondStepOver
    if not form.validate():
        return _page(form, user, status=422)
    try:
        person = _enter(user, form, now=now)
    except Refusal as refusal:
        user_id = user.id
        db.session.rollback()
        _keep_failure(user_id, refusal)
        show_refusal(form, refusal)
        return with_retry_after(_page(form, queries.get_user(db.session, user_id), refusal.status), refusal)
    if resumption := resuming.unpack(form.retomar.data or ""):
        return render("users/resume.html", resumption=resumption, person=person)
    return go_to(local_path(form.proximo.data or "/"))


def _enter(user: User, form: CodeForm, *, now: datetime) -> object:
    device, user_id, email = devices.mark(), user.id, user.email
    count_second_step(db.session, user_id=user_id, email=email, device=device, now=now)
    db.session.commit()  # counted whatever follows
    proof = prove(db.session, user=user, code=form.code.data or "", passkey=form.passkey.data or "", now=now)
    if proof is Proof.RECOVERY_CODE:
        record_access(
            db.session, AccessKind.RECOVERY_CODE_USED, user_id=user_id, origin=devices.origin(), now=now
        )
    if not use_challenge(
        db.session, secret=session[_CHALLENGE], user_id=user_id, ceremony=Ceremony.SIGN_IN, now=now
    ):
        raise SecondStepOver
    forgive_second_step(db.session, user_id=user_id, email=email, device=device)
    return enter(user, now=now)


def _user(*, now: datetime) -> User | None:
    """Who gave the right password in this browser just now."""
    secret = session.get(_CHALLENGE)
    if not secret:
        return None
    user = find_challenged(db.session, secret=secret, ceremony=Ceremony.SIGN_IN, now=now)
    return user if user and user.second_factor_since else None


def _keep_failure(user_id: int, refusal: Refusal) -> None:
    if isinstance(refusal, TooManyAttempts):
        return
    origin, now = devices.origin(), clock.now()
    record_access(db.session, AccessKind.SECOND_STEP_FAILED, user_id=user_id, origin=origin, now=now)
    db.session.commit()


def _page(form: CodeForm, user: User, status: int = 200) -> Response:
    factors = queries.factors_of(db.session, user.id)
    return render("users/second_step.html", status=status, form=form, factors=factors)


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json")
