"""Modelos de contrato: every version of the text, the next one, and how it looks printed."""

from flask import Response, flash, url_for

from portal.contracts.forms import TemplateForm
from portal.contracts.operations.templates import write_template
from portal.contracts.pages.sample import sample_paper
from portal.contracts.queries.reading import get_template, list_templates
from portal.contracts.routes.blueprint import blueprint
from portal.contracts.rules.late_words import filled
from portal.documents.operations.printing import render_paper
from portal.documents.rules.clauses import parts_of
from portal.documents.rules.paper import FIRST_LAYOUT
from portal.settings.queries import late_terms
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.environment import environment
from portal.shared.fields import show_refusal
from portal.shared.refusals import Refusal


@blueprint.get("/modelos-de-contrato")
@requires(Permission.MANAGE_CONTRACT_TEMPLATES)
def template_index() -> Response:
    """Every version, the newest first."""
    return htmx.render("contracts/templates.html", templates=list_templates(db.session))


@blueprint.get("/modelos-de-contrato/<int:number>")
@requires(Permission.MANAGE_CONTRACT_TEMPLATES)
def template_show(number: int) -> Response:
    """One version, to read."""
    template = get_template(db.session, number)
    return htmx.render("contracts/template.html", version=template, parts=parts_of(template.clauses))


@blueprint.get("/modelos-de-contrato/<int:number>/previa.pdf")
@requires(Permission.MANAGE_CONTRACT_TEMPLATES)
def template_pdf(number: int) -> Response:
    """One version as a contract with made-up parties."""
    template = get_template(db.session, number)
    return _pdf(template.clauses, template.layout)


@blueprint.get("/modelos-de-contrato/novo")
@requires(Permission.MANAGE_CONTRACT_TEMPLATES)
def template_new() -> Response:
    """The next version begins with the present text."""
    current = list_templates(db.session)[0]
    form = TemplateForm(formdata=None, clauses=current.clauses, based_on=current.number)
    return htmx.render("contracts/template_form.html", form=form)


@blueprint.post("/modelos-de-contrato/novo")
@requires(Permission.MANAGE_CONTRACT_TEMPLATES, confirmed=True)
def template_write() -> Response:
    """Keep the next version."""
    form = TemplateForm()
    if not form.validate():
        return htmx.render("contracts/template_form.html", form=form, status=422)
    try:
        template = write_template(
            db.session,
            clauses=form.clauses.data or "",
            note=form.note.data or "",
            based_on=form.based_on.data or 0,
            actor=actor(),
            now=clock.now(),
        )
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return htmx.render("contracts/template_form.html", form=form, status=refusal.status)
    flash(f"Versão {template.number} salva. Ela vale para os contratos gerados a partir de agora.")
    return htmx.go_to(url_for("contracts.template_index"))


@blueprint.post("/modelos-de-contrato/previa")
@requires(Permission.MANAGE_CONTRACT_TEMPLATES)
def template_preview() -> Response:
    """What stands in the form, printed; nothing is kept."""
    form = TemplateForm()
    if not form.clauses.validate(form):
        return htmx.render("contracts/template_form.html", form=form, status=422)
    try:
        return _pdf(form.clauses.data or "", FIRST_LAYOUT)
    except Refusal as refusal:
        show_refusal(form, refusal)
        return htmx.render("contracts/template_form.html", form=form, status=refusal.status)


def _pdf(clauses: str, layout: str) -> Response:
    settings = environment()
    now = clock.now()
    text = filled(clauses, late_terms(db.session))
    paper = sample_paper(text, company=settings.company, today=clock.day_of(now))
    response = Response(render_paper(paper, layout=layout, now=now), mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="modelo-de-contrato.pdf"'
    return response
