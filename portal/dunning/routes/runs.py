"""Régua de cobrança: the run of a day before it is released, and what came of those before."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import batched

from flask import Response, flash, request, url_for

from portal.dunning.models import DunningMessage
from portal.dunning.operations.runs import drop_run, prepare_run, release_run
from portal.dunning.queries import reading as queries
from portal.dunning.queries.evidence import Evidence, count_states, evidence_of
from portal.dunning.queries.numbers import numbers_by_step
from portal.dunning.queries.prices import billed_of, prices_on
from portal.dunning.routes.blueprint import blueprint
from portal.dunning.rules.prices import costs_of, total_of
from portal.dunning.rules.sending import LeftOut, RunState
from portal.dunning.rules.steps import Channel, when
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_money_input
from portal.shared.db import db
from portal.shared.filters import datetime_br
from portal.shared.lists import csv_response
from portal.shared.refusals import Missing, Refusal

A_QUARTER = timedelta(days=90)
CSV_HEADER = (
    "Cliente", "Parceiro", "Fatura", "Em aberto", "Passo", "Por", "Em vez de WhatsApp", "Fora por",
    "Enviado em", "O que aconteceu",
)  # fmt: skip
A_BATCH = 500


@blueprint.get("/regua")
@requires(Permission.SEE_DUNNING)
def index() -> Response:
    """The runs, newest first, and what each step brought."""
    return _index()


@blueprint.post("/regua")
@requires(Permission.MANAGE_DUNNING)
def prepare() -> Response:
    """Prepare the run of today; nothing is sent by it."""
    try:
        run = prepare_run(db.session, now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        return _index(refusal=refusal)
    return htmx.go_to(url_for("dunning.show", run_id=run.id))


@blueprint.get("/regua/<int:run_id>")
@requires(Permission.SEE_DUNNING)
def show(run_id: int) -> Response:
    """Who is reminded of what and why, and who is left out."""
    return _run(run_id)


@blueprint.get("/regua/<int:run_id>.csv")
@requires(Permission.SEE_DUNNING)
def export(run_id: int) -> Response:
    """The same list for a spreadsheet."""
    run = queries.get_run(db.session, run_id)
    found = queries.list_for_export(run.id, queries.MESSAGE_LIST.read(request.args))
    return csv_response(f"regua-{run.day:%Y-%m-%d}.csv", CSV_HEADER, _rows(found))


@blueprint.post("/regua/<int:run_id>/liberar")
@requires(Permission.MANAGE_DUNNING)
def release(run_id: int) -> Response:
    """Send it."""
    try:
        release_run(db.session, run_id, actor=actor(), now=clock.now())
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        return _run(run_id, refusal=refusal)
    flash("Régua liberada. Cada mensagem é conferida de novo na hora de sair.")
    return htmx.go_to(url_for("dunning.show", run_id=run_id))


@blueprint.post("/regua/<int:run_id>/descartar")
@requires(Permission.MANAGE_DUNNING)
def drop(run_id: int) -> Response:
    """Send nothing of it."""
    try:
        drop_run(db.session, run_id, actor=actor(), now=clock.now())
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        return _run(run_id, refusal=refusal)
    flash("Régua descartada: ninguém recebe mensagem dela.")
    return htmx.go_to(url_for("dunning.index"))


def _index(*, refusal: Refusal | None = None) -> Response:
    listing, today = queries.RUN_LIST.read(request.args), clock.today()
    return htmx.render(
        "dunning/index.html",
        status=refusal.status if refusal else 200,
        refusal=refusal,
        listing=listing,
        page=queries.list_runs(db.session, listing),
        states=RunState.choices(),
        policy=queries.find_policy(db.session),
        today_run=queries.find_run_of(db.session, today),
        numbers=numbers_by_step(db.session, since=today - A_QUARTER),
    )


def _run(run_id: int, *, refusal: Refusal | None = None) -> Response:
    listing = queries.MESSAGE_LIST.read(request.args)
    run = queries.get_run(db.session, run_id)
    counts, page = queries.counts_of(db.session, run.id), queries.list_messages(db.session, run.id, listing)
    prices = prices_on(db.session, run.day)
    costs = costs_of(counts.by_channel, prices)
    return htmx.render(
        "dunning/run.html",
        status=refusal.status if refusal else 200,
        refusal=refusal,
        run=run,
        listing=listing,
        page=page,
        counts=counts,
        costs=costs,
        total=total_of(costs),
        billed=billed_of(db.session, run, prices),
        states=count_states(db.session, run.id),
        evidence=evidence_of(db.session, page.items),
        channels=Channel.choices(),
        reasons=LeftOut.choices(),
        is_today=run.day == clock.today(),
    )


def _rows(messages: Iterator[DunningMessage]) -> Iterator[tuple[object, ...]]:
    for some in batched(messages, A_BATCH):
        evidence = evidence_of(db.session, some)
        for message in some:
            yield _row(message, evidence[message.id])


def _row(message: DunningMessage, evidence: Sequence[Evidence]) -> tuple[object, ...]:
    return (
        message.customer.name,
        message.partner.trade_name,
        message.invoice.label,
        format_money_input(message.open_cents),
        when(message.days),
        message.channel.label,
        message.instead.label if message.instead else "",
        message.left_out.label if message.left_out else "",
        datetime_br(message.queued_at) if message.queued_at else "",
        "; ".join(f"{each.channel.label}: {each.word}" for each in evidence),
    )
