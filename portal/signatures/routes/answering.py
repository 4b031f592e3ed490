"""The signatory's other answers: later, and no."""

from flask import Response, url_for

from portal.shared import clock, htmx
from portal.shared.auth import public
from portal.shared.db import db
from portal.shared.refusals import Refusal
from portal.signatures.forms import DeclineForm
from portal.signatures.operations import answering
from portal.signatures.routes.blueprint import blueprint
from portal.signatures.routes.page import go_to_start, link_of, private, start_page, visitor
from portal.signatures.rules.signing import masked_email, times_left
from portal.signatures.rules.states import LinkStatus


@blueprint.post("/assinar/<token>/depois")
@public
def postpone(token: str) -> Response:
    """Sign later."""
    try:
        answering.postpone(db.session, token=link_of(token).token, visitor=visitor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        return start_page(token, refusal=refusal)
    return htmx.go_to(url_for("signatures.postponed", token=token))


@blueprint.get("/assinar/<token>/depois")
@public
def postponed(token: str) -> Response:
    """That it may wait, until when, and how often still."""
    link = link_of(token)
    if link.status is not LinkStatus.OPEN:
        return go_to_start(token)
    page = htmx.render(
        "signatures/postponed.html",
        token=token,
        envelope=link.envelope,
        left=times_left(link.envelope.postponements_left),
        sent_to=masked_email(link.envelope.signer_email),
    )
    return private(page)


@blueprint.post("/assinar/<token>/recusar")
@public
def decline(token: str) -> Response:
    """Do not sign, and say why."""
    form = DeclineForm()
    if not form.validate():
        return start_page(token, decline=form, status=422)
    try:
        answering.decline(
            db.session,
            token=link_of(token).token,
            reason=form.reason.data or "",
            visitor=visitor(),
            now=clock.now(),
        )
    except Refusal as refusal:
        db.session.rollback()
        return start_page(token, decline=form, refusal=refusal)
    return go_to_start(token)
