"""One share that accrued: the payment and the price list it comes from, and what of it is taken back."""

from flask import Response, flash, url_for

from portal.catalog.queries import get_price_list
from portal.contracts.queries.reading import breakdown_of
from portal.payouts.forms import RestoreForm, ReversalForm
from portal.payouts.models import RepasseReversal
from portal.payouts.operations.reversing import restore_repasse, reverse_repasse
from portal.payouts.queries.reversals import get_reversal, list_left
from portal.payouts.queries.statements import Item, get_item
from portal.payouts.routes.blueprint import blueprint
from portal.payouts.rules import ReversalCause, is_by_hand, month_label
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.fields import Form, show_refusal
from portal.shared.refusals import Missing, Refusal


@blueprint.get("/repasses/itens/<int:accrual_id>")
@requires(Permission.SEE_REPASSE)
def item(accrual_id: int) -> Response:
    """Where a line of repasse comes from."""
    return _item_page(get_item(db.session, accrual_id, actor=actor()))


@blueprint.post("/repasses/itens/<int:accrual_id>/estorno")
@requires(Permission.CLOSE_PAYOUTS, confirmed=True)
def reverse(accrual_id: int) -> Response:
    """Take back the share of what went back to the customer, over all lines of its invoice."""
    found, form = get_item(db.session, accrual_id, actor=actor()), ReversalForm()
    if not form.validate():
        return _item_page(found, reversal=form, status=422)
    cause = ReversalCause(form.cause.data)
    try:
        reverse_repasse(
            db.session,
            invoice_id=found.accrual.invoice_id,
            cents=form.amount.data or 0,
            cause=cause,
            cause_key=f"{cause}:{form.reference.data}",
            reason=form.reason.data or "",
            actor=actor(),
            now=clock.now(),
        )
    except Refusal as refusal:
        return _refused(accrual_id, form, refusal)
    flash("Estorno registrado. Ele aparece como linha negativa no próximo extrato.")
    return htmx.go_to(url_for("payouts.item", accrual_id=accrual_id))


@blueprint.post("/repasses/itens/<int:accrual_id>/estorno/<int:reversal_id>/desfazer")
@requires(Permission.CLOSE_PAYOUTS, confirmed=True)
def restore(accrual_id: int, reversal_id: int) -> Response:
    """Give again what was taken back: the money stayed after all."""
    found, form = get_item(db.session, accrual_id, actor=actor()), RestoreForm()
    taken = get_reversal(db.session, reversal_id, invoice_id=found.accrual.invoice_id)
    if not form.validate():
        return _item_page(found, restoring=form, status=422)
    try:
        restore_repasse(
            db.session,
            invoice_id=taken.invoice_id,
            cause_key=taken.cause_key,
            reason=form.reason.data or "",
            actor=actor(),
            now=clock.now(),
        )
    except Missing:
        raise
    except Refusal as refusal:
        return _refused(accrual_id, form, refusal)
    flash("Repasse devolvido ao parceiro. Ele aparece no próximo extrato.")
    return htmx.go_to(url_for("payouts.item", accrual_id=accrual_id))


def _refused(accrual_id: int, form: Form, refusal: Refusal) -> Response:
    db.session.rollback()
    show_refusal(form, refusal)
    found = get_item(db.session, accrual_id, actor=actor())
    if isinstance(form, ReversalForm):
        return _item_page(found, reversal=form, status=refusal.status)
    return _item_page(found, restoring=form, status=refusal.status)


def _restorable(found: Item) -> list[RepasseReversal]:
    """What finance took back by hand and did not give again."""
    restored = {row.restores_id for row in found.reversals}
    return [
        row
        for row in found.reversals
        if row.restores_id is None and row.id not in restored and is_by_hand(row.cause_key)
    ]


def _item_page(
    found: Item, *, reversal: Form | None = None, restoring: Form | None = None, status: int = 200
) -> Response:
    accrual, version = found.accrual, found.contract.version
    lines = {line.code: line for line in breakdown_of(found.contract).lines}
    left = sum(share.paid_cents for _accrual, share in list_left(db.session, accrual.invoice_id))
    amount = {"amount": left} if left else {}
    return htmx.render(
        "payouts/item.html",
        status=status,
        item=found,
        month=month_label(accrual.month),
        lot_name=found.lot.label if found.lot else "",
        price_list=get_price_list(db.session, version.price_list_id),
        version_line=lines.get(accrual.line_code),
        left_cents=left,
        restorable=_restorable(found),
        reversal=reversal or ReversalForm(formdata=None, data=amount),
        restoring=restoring or RestoreForm(formdata=None),
    )
