"""The partner's own list against a statement: upload, what differs, and a decision on each."""

from collections.abc import Iterator

from flask import Response, flash, request, url_for

from portal.payouts.forms import DecisionForm, OwnListForm
from portal.payouts.models import Divergence, Payout
from portal.payouts.operations.checking import check_statement, decide_divergence
from portal.payouts.queries import checking as queries
from portal.payouts.queries.statements import get_statement
from portal.payouts.routes.blueprint import blueprint
from portal.payouts.rules import DivergenceDecision, DivergenceFilter, DivergenceKind, month_label
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_money_input
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.lists import csv_response
from portal.shared.refusals import Refusal

TEMPLATE_HEADER = ("Fatura", "Repasse")
CSV_HEADER = ("Fatura", "Tipo", "No extrato", "Na lista", "Diferença", "Decisão", "Motivo", "Por")


@blueprint.get("/repasses/conferencia/modelo.csv")
@requires(Permission.SEE_REPASSE)
def check_template() -> Response:
    """The columns, with an example."""
    return csv_response("modelo-repasse.csv", TEMPLATE_HEADER, [("000012", "101,43")])


@blueprint.get("/repasses/extratos/<int:payout_id>/conferencia")
@requires(Permission.SEE_REPASSE)
def check(payout_id: int) -> Response:
    """What differs, and where a list is sent."""
    payout = get_statement(db.session, payout_id, actor=actor())
    return _check_page(payout, OwnListForm(formdata=None))


@blueprint.post("/repasses/extratos/<int:payout_id>/conferencia")
@requires(Permission.CHECK_REPASSE)
def check_upload(payout_id: int) -> Response:
    """Compare a list with the statement."""
    payout, form = get_statement(db.session, payout_id, actor=actor()), OwnListForm()
    if not form.validate():
        return _check_page(payout, form, status=422)
    check_statement(
        db.session,
        payout=payout,
        file_name=form.file_name,
        cents_by_invoice=form.cents_by_invoice,
        actor=actor(),
        now=clock.now(),
    )
    flash("Lista conferida.")
    return htmx.go_to(url_for("payouts.check", payout_id=payout_id))


@blueprint.get("/repasses/extratos/<int:payout_id>/conferencia.csv")
@requires(Permission.SEE_REPASSE)
def check_export(payout_id: int) -> Response:
    """What differs, for a spreadsheet."""
    payout = get_statement(db.session, payout_id, actor=actor())
    listing = queries.DIVERGENCE_LIST.read(request.args)
    return csv_response("divergencias.csv", CSV_HEADER, _rows(queries.list_for_export(payout, listing)))


@blueprint.get("/repasses/divergencias/<int:divergence_id>")
@requires(Permission.SEE_REPASSE)
def divergence(divergence_id: int) -> Response:
    """One divergence, what was decided, and what finance found."""
    found = queries.get_divergence(db.session, divergence_id, actor=actor())
    return _divergence_page(found, DecisionForm(formdata=None))


@blueprint.post("/repasses/divergencias/<int:divergence_id>/decisao")
@requires(Permission.CHECK_REPASSE)
def decide(divergence_id: int) -> Response:
    """Say what it is."""
    found, form = queries.get_divergence(db.session, divergence_id, actor=actor()), DecisionForm()
    if not form.validate():
        return _divergence_page(found, form, status=422)
    decision, note = DivergenceDecision(form.decision.data), form.note.data or ""
    try:
        decide_divergence(
            db.session, divergence=found, decision=decision, note=note, actor=actor(), now=clock.now()
        )
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        found = queries.get_divergence(db.session, divergence_id, actor=actor())
        return _divergence_page(found, form, status=refusal.status)
    flash("Decisão registrada.")
    return htmx.go_to(url_for("payouts.check", payout_id=found.payout_id))


def _check_page(payout: Payout, form: OwnListForm, *, status: int = 200) -> Response:
    listing = queries.DIVERGENCE_LIST.read(request.args)
    return htmx.render(
        "payouts/check.html",
        status=status,
        payout=payout,
        month=month_label(payout.month),
        form=form,
        last=queries.find_last_check(db.session, payout),
        listing=listing,
        page=queries.list_divergences(db.session, payout, listing),
        states=DivergenceFilter.choices(),
        kinds=DivergenceKind.choices(),
    )


def _divergence_page(found: Divergence, form: DecisionForm, *, status: int = 200) -> Response:
    return htmx.render(
        "payouts/divergence.html",
        status=status,
        divergence=found,
        month=month_label(found.payout.month),
        form=form,
        review=queries.find_review(db.session, found),
    )


def _rows(divergences: Iterator[Divergence]) -> Iterator[tuple[object, ...]]:
    for each in divergences:
        ours, theirs = each.ours_cents, each.theirs_cents
        yield (
            f"{each.invoice_number:06d}",
            each.kind.label,
            "" if ours is None else format_money_input(ours),
            "" if theirs is None else format_money_input(theirs),
            format_money_input(each.difference_cents),
            each.decision.label if each.decision else "",
            each.note,
            each.decided_by.name if each.decided_by else "",
        )
