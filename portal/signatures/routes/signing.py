"""The signatory's way: read, agree, identify, sign, keep a copy. Without a password; GET only looks."""

from flask import Response, flash, request, url_for

from portal.documents.models import StoredFile
from portal.documents.queries import read_content
from portal.shared import clock, htmx, visits
from portal.shared.auth import public
from portal.shared.db import db
from portal.shared.downloads import named_file
from portal.shared.errors import with_retry_after
from portal.shared.fields import show_refusal
from portal.shared.refusals import Refusal
from portal.signatures.forms import AgreeForm, ConfirmForm
from portal.signatures.operations import signing
from portal.signatures.operations.public_access import record_opening, record_viewing
from portal.signatures.operations.signing import agree_to_terms, confirm_signature
from portal.signatures.routes.blueprint import blueprint
from portal.signatures.routes.page import go_to_start, link_of, private, start_page, visitor
from portal.signatures.rules.refusals import CodeJustSent, EnvelopeClosed, NotTheSignatory, WrongCode
from portal.signatures.rules.signing import masked_email
from portal.signatures.rules.states import LinkStatus


@blueprint.get("/assinar/<token>")
@public
def sign(token: str) -> Response:
    """The document, or what became of it. Opening uses nothing up; of the signatory, it is written down."""
    if visits.is_customers():
        record_opening(db.session, token=link_of(token).token, visitor=visitor(), now=clock.now())
    return start_page(token)


@blueprint.get("/assinar/<token>/documento.pdf")
@public
def document(token: str) -> Response:
    """The file to be signed; once it is, the signed one."""
    link = link_of(token)
    if link.status is LinkStatus.OPEN:
        file = link.envelope.file
        if visits.is_customers():
            record_viewing(db.session, token=link.token, visitor=visitor(), now=clock.now())
        return _pdf(file)
    if not link.gives_copy or link.envelope.signed_file is None:
        return go_to_start(token)
    return _pdf(link.envelope.signed_file, kind="attachment")


@blueprint.post("/assinar/<token>/codigo")
@public
def send_code(token: str) -> Response:
    """Agree to the terms, which mails a code; or, once agreed, ask for another code."""
    if "outro" in request.form:
        return _another_code(token)
    form = AgreeForm()
    if not form.validate():
        return start_page(token, agree=form, status=422)
    try:
        agree_to_terms(db.session, token=link_of(token).token, visitor=visitor(), now=clock.now())
    except (EnvelopeClosed, CodeJustSent) as refusal:
        db.session.rollback()
        return start_page(token, agree=form, refusal=refusal)
    return _go_to_identify(token)


@blueprint.get("/assinar/<token>/confirmar")
@public
def identify(token: str) -> Response:
    """Who signs: name, CPF and the code."""
    link = link_of(token)
    if link.status is not LinkStatus.OPEN or link.envelope.agreed_at is None:
        return go_to_start(token)
    return _identify_page(token, ConfirmForm(formdata=None))


@blueprint.post("/assinar/<token>/confirmar")
@public
def confirm(token: str) -> Response:
    """Sign."""
    form = ConfirmForm()
    if not form.validate():
        return _identify_page(token, form, status=422)
    try:
        _confirm(token, form)
    except EnvelopeClosed as refusal:
        db.session.rollback()
        return start_page(token, refusal=refusal)
    except (NotTheSignatory, WrongCode) as refusal:
        db.session.commit()  # the attempt counts
        return _refused(token, form, refusal)
    except Refusal as refusal:
        db.session.rollback()
        return _refused(token, form, refusal)
    return go_to_start(token)


@blueprint.get("/assinar/<token>/andamento")
@public
def progress(token: str) -> Response:
    """Whether the signed file is ready: asked again every second by the page that waits for it."""
    link = link_of(token)
    if link.status is not LinkStatus.SEALING:
        return go_to_start(token)
    return private(htmx.render("signatures/_progress.html", token=token))


def _confirm(token: str, form: ConfirmForm) -> None:
    confirm_signature(
        db.session,
        token=link_of(token).token,
        full_name=form.full_name.data or "",
        cpf=form.cpf.data or "",
        code=form.typed_code,
        visitor=visitor(),
        now=clock.now(),
    )


def _another_code(token: str) -> Response:
    form = ConfirmForm(formdata=None)
    try:
        signing.send_code(db.session, token=link_of(token).token, visitor=visitor(), now=clock.now())
    except EnvelopeClosed as refusal:
        db.session.rollback()
        return start_page(token, refusal=refusal)
    except Refusal as refusal:
        db.session.rollback()
        return _refused(token, form, refusal)
    flash("Enviamos um novo código. O anterior não vale mais.")
    return _go_to_identify(token)


def _refused(token: str, form: ConfirmForm, refusal: Refusal) -> Response:
    show_refusal(form, refusal)
    return with_retry_after(_identify_page(token, form, status=refusal.status), refusal)


def _identify_page(token: str, form: ConfirmForm, *, status: int = 200) -> Response:
    envelope = link_of(token).envelope
    return private(
        htmx.render(
            "signatures/identify.html",
            status=status,
            token=token,
            envelope=envelope,
            form=form,
            sent_to=masked_email(envelope.signer_email),
        )
    )


def _go_to_identify(token: str) -> Response:
    return htmx.go_to(url_for("signatures.identify", token=token))


def _pdf(file: StoredFile, *, kind: str = "inline") -> Response:
    content = read_content(db.session, file.id)
    return private(named_file(content, media_type="application/pdf", file_name=file.file_name, kind=kind))
