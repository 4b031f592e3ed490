"""Acordos: all of them, one of them, and its end by hand."""

from collections.abc import Iterator

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.agreements.models import Agreement
from portal.agreements.operations.breaking import break_agreement
from portal.agreements.operations.offering import withdraw_agreement
from portal.agreements.queries import reading as queries
from portal.agreements.routes.blueprint import blueprint
from portal.agreements.rules.states import LIVE, AgreementState
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date, format_document, format_money_input
from portal.shared.clock import day_of
from portal.shared.db import db
from portal.shared.lists import csv_response
from portal.shared.reason_form import ReasonForm
from portal.shared.refusals import Missing, Refusal

CSV_HEADER = (
    "Acordo", "Cliente", "CNPJ ou CPF", "Parceiro", "Situação", "Feito em", "Total", "Desconto", "Pago",
    "Parcelas", "Próximo vencimento",
)  # fmt: skip


@blueprint.get("/acordos")
@requires(Permission.SEE_AGREEMENTS)
def index() -> Response:
    """All agreements, newest first."""
    listing = queries.AGREEMENT_LIST.read(request.args)
    return htmx.render(
        "agreements/index.html",
        listing=listing,
        page=queries.list_agreements(db.session, listing, actor=actor()),
        states=AgreementState.choices(),
    )


@blueprint.get("/acordos.csv")
@requires(Permission.SEE_AGREEMENTS)
def export() -> Response:
    """The same list for a spreadsheet."""
    found = queries.list_for_export(queries.AGREEMENT_LIST.read(request.args), actor=actor())
    return csv_response("acordos.csv", CSV_HEADER, _rows(found))


@blueprint.get("/acordos/<int:agreement_id>")
@requires(Permission.SEE_AGREEMENTS)
def show(agreement_id: int) -> Response:
    """What it holds, what it asks for, and where it stands."""
    return _page(agreement_id)


@blueprint.post("/acordos/<int:agreement_id>/retirar")
@requires(Permission.MAKE_AGREEMENTS)
def withdraw(agreement_id: int) -> ResponseReturnValue:
    """Ask for its signature no longer."""
    agreement = queries.get_agreement(db.session, agreement_id, actor=actor())
    try:
        withdraw_agreement(
            db.session,
            agreement_id=agreement.id,
            reason="Retirado pelo financeiro.",
            actor=actor(),
            now=clock.now(),
        )
    except Refusal as refusal:
        db.session.rollback()
        return _page(agreement_id, refusal=refusal)
    flash("Acordo retirado. O link de assinatura não vale mais.")
    return htmx.go_to(url_for("agreements.show", agreement_id=agreement_id))


@blueprint.post("/acordos/<int:agreement_id>/desfazer")
@requires(Permission.CONFIRM_PAYMENTS, confirmed=True)
def undo(agreement_id: int) -> ResponseReturnValue:
    """Break it by hand, with a reason."""
    agreement, form = queries.get_agreement(db.session, agreement_id, actor=actor()), ReasonForm()
    if not form.validate():
        return _page(agreement_id, form=form, status=422)
    try:
        break_agreement(
            db.session,
            agreement_id=agreement.id,
            reason=form.reason.data or "",
            actor=actor(),
            now=clock.now(),
        )
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        return _page(agreement_id, refusal=refusal)
    flash("Acordo desfeito. As faturas estão em aberto de novo, menos o que foi pago.")
    return htmx.go_to(url_for("agreements.show", agreement_id=agreement_id))


def _page(
    agreement_id: int, *, form: ReasonForm | None = None, refusal: Refusal | None = None, status: int = 200
) -> Response:
    agreement = queries.get_agreement(db.session, agreement_id, actor=actor())
    return htmx.render(
        "agreements/show.html",
        status=refusal.status if refusal else status,
        agreement=agreement,
        is_live=agreement.state in LIVE,
        form=form or ReasonForm(formdata=None),
        refusal=refusal,
    )


def _rows(agreements: Iterator[Agreement]) -> Iterator[tuple[object, ...]]:
    for agreement in agreements:
        following = agreement.next_part
        yield (
            agreement.label,
            agreement.customer.name,
            format_document(agreement.customer.document),
            agreement.partner.trade_name,
            agreement.state.label,
            format_date(day_of(agreement.made_at)),
            format_money_input(agreement.total_cents),
            format_money_input(agreement.discount_cents),
            format_money_input(agreement.paid_cents),
            len(agreement.parts),
            format_date(following.due_on) if following else "",
        )
