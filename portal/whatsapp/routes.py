"""WhatsApp: how the line and its templates stand."""

from flask import Blueprint, Response, flash, url_for

from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.refusals import Missing, Refusal
from portal.whatsapp.operations.stopping import resume_line
from portal.whatsapp.operations.templates import look_again
from portal.whatsapp.queries import messages as queries

blueprint = Blueprint("whatsapp", __name__)


@blueprint.get("/whatsapp")
@requires(Permission.SEE_DUNNING)
def index() -> Response:
    """The line, and every text with whether WhatsApp approved it."""
    return htmx.render(
        "whatsapp/index.html",
        has_line=queries.has_line(),
        line=queries.find_line(db.session),
        in_doubt=queries.count_in_doubt(db.session),
        templates=queries.list_templates(db.session),
    )


@blueprint.post("/whatsapp/retomar")
@requires(Permission.MANAGE_DUNNING)
def resume() -> Response:
    """Send again, after a person looked at the account."""
    try:
        resume_line(db.session, actor=actor(), now=clock.now())
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    else:
        flash("Envio por WhatsApp retomado.")
    return htmx.go_to(url_for("whatsapp.index"))


@blueprint.post("/whatsapp/modelos/<int:template_id>/conferir")
@requires(Permission.MANAGE_DUNNING)
def look_at_template(template_id: int) -> Response:
    """Ask WhatsApp how a template stands."""
    look_again(db.session, template=queries.get_template(db.session, template_id), now=clock.now())
    flash("Perguntamos ao WhatsApp. A resposta aparece aqui em instantes.")
    return htmx.go_to(url_for("whatsapp.index"))
