"""Is this document what was signed? For anybody who holds it, by its code or by the file."""

from flask import Response, request, url_for
from werkzeug.datastructures import CombinedMultiDict

from portal.shared import clock, htmx
from portal.shared.auth import public
from portal.shared.db import db
from portal.shared.errors import with_retry_after
from portal.shared.fields import show_refusal
from portal.shared.refusals import Refusal
from portal.signatures.forms import CodeForm, FileForm
from portal.signatures.queries import verification
from portal.signatures.queries.verification import FileCheck, find_signed, seal_of
from portal.signatures.routes.blueprint import blueprint
from portal.signatures.routes.page import private
from portal.signatures.rules.signing import cleaned_verification_code, masked_cpf, shown_verification_code
from portal.users.operations.attempts import count_file_check

NOT_FOUND = (
    "Não encontramos um documento assinado com este código. Confira se copiou todas as letras e números."
)


@blueprint.get("/verificar")
@public
def verify() -> Response:
    """Ask for the code or the file."""
    if "codigo" not in request.args:
        return _ask(CodeForm(formdata=None), FileForm(formdata=None))
    form = CodeForm(request.args)
    if not form.validate():
        return _ask(form, FileForm(formdata=None), status=422)
    return htmx.go_to(url_for("signatures.verified", code=shown_verification_code(form.code)))


@blueprint.get("/verificar/<code>")
@public
def verified(code: str) -> Response:
    """Who signed what and when, and whether the stored file's seal still holds."""
    envelope = find_signed(db.session, cleaned_verification_code(code))
    if envelope is None:
        form = CodeForm(codigo=code[:40])
        form.codigo.errors = [NOT_FOUND]
        return _ask(form, FileForm(formdata=None), status=404)
    page = htmx.render(
        "signatures/verified.html",
        envelope=envelope,
        cpf=masked_cpf(envelope.signer_cpf),
        code=shown_verification_code(envelope.verification_code),
        seal=seal_of(db.session, envelope),
        form=FileForm(formdata=None),
    )
    return private(page)


@blueprint.post("/verificar")
@public
def check_file() -> Response:
    """Compare a file with what was signed here. It is not kept; how many come from one address is counted."""
    form = FileForm(CombinedMultiDict((request.files, request.form)))
    if not form.validate():
        return _ask(CodeForm(formdata=None), form, status=422)
    try:
        count_file_check(db.session, address=request.remote_addr or "", now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        answer = _ask(CodeForm(formdata=None), form, status=refusal.status)
        return with_retry_after(answer, refusal)
    db.session.commit()  # before the work, during which nobody need wait
    return _answer(verification.check_file(db.session, form.content), form.file.data.filename or "")


def _ask(code: CodeForm, file: FileForm, *, status: int = 200) -> Response:
    return private(htmx.render("signatures/verify.html", status=status, code_form=code, file_form=file))


def _answer(check: FileCheck, name: str) -> Response:
    envelope = check.envelope
    page = htmx.render(
        "signatures/checked.html",
        check=check,
        name=name[:120],
        envelope=envelope,
        cpf=masked_cpf(envelope.signer_cpf) if envelope else "",
        code=shown_verification_code(envelope.verification_code) if envelope else "",
        form=FileForm(formdata=None),
    )
    return private(page)
