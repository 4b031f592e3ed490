"""Devoluções: asking for one, the list, one, and closing one that a person transfers."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

from flask import Response, flash, request, url_for

from portal.invoices.models import Invoice
from portal.receipts.forms.refund import PaidRefundForm, RefundForm, TransferRefundForm
from portal.receipts.models.payment import Payment
from portal.receipts.models.refund import Refund
from portal.receipts.operations.refunding import ask_refund, drop_refund, pay_refund
from portal.receipts.queries import refunds as queries
from portal.receipts.queries.finance import get_payment
from portal.receipts.queries.returns import preview_back
from portal.receipts.routes.around import around
from portal.receipts.routes.blueprint import blueprint
from portal.receipts.rules.receiving import PaymentSource
from portal.receipts.rules.refunds import RefundFilter, arrives
from portal.receipts.rules.returning import StillParked
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date, format_document, format_money, format_money_input
from portal.shared.db import db
from portal.shared.fields import Form, show_refusal
from portal.shared.lists import csv_response
from portal.shared.reason_form import ReasonForm
from portal.shared.refusals import Refusal

CSV_HEADER = (
    "Pedida em", "Quem pagou", "CNPJ ou CPF", "Fatura", "Forma", "Valor", "Estado", "Motivo",
    "Encerrada em", "Identificação",
)  # fmt: skip


@blueprint.get("/pagamentos/<int:payment_id>/devolver")
@requires(Permission.CONFIRM_PAYMENTS)
def refund_new(payment_id: int) -> Response:
    """How much can go back, where it would come from, and what happens then."""
    payment = get_payment(db.session, payment_id)
    left = queries.refundable_cents(db.session, payment)
    known = {"key": secrets.token_hex(16), "amount": left or None}
    if _goes_by_hand(payment):
        whose = _holder(payment)
        return _ask_page(payment, TransferRefundForm(formdata=None, data=known | whose))
    return _ask_page(payment, RefundForm(formdata=None, data=known))


@blueprint.post("/pagamentos/<int:payment_id>/devolver")
@requires(Permission.CONFIRM_PAYMENTS, confirmed=True)
def refund_ask(payment_id: int) -> Response:
    """Have it given back."""
    payment = get_payment(db.session, payment_id)
    form = TransferRefundForm() if _goes_by_hand(payment) else RefundForm()
    if not form.validate():
        return _ask_page(payment, form, status=422)
    try:
        refund = ask_refund(
            db.session, payment_id=payment_id, wanted=form.wanted, actor=actor(), now=clock.now()
        )
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _ask_page(get_payment(db.session, payment_id), form, status=refusal.status)
    flash(f"Devolução de {format_money(refund.amount_cents)} pedida.")
    return htmx.go_to(url_for("receipts.refund", refund_id=refund.id))


@blueprint.get("/pagamentos/devolucoes")
@requires(Permission.SEE_PAYMENTS)
def refunds() -> Response:
    """Every refund, the newest first."""
    listing = queries.REFUND_LIST.read(request.args)
    return htmx.render(
        "receipts/refunds.html",
        listing=listing,
        page=queries.list_refunds(db.session, listing),
        states=RefundFilter.choices(),
        sources=PaymentSource.choices(),
        **around(),
    )


@blueprint.get("/pagamentos/devolucoes.csv")
@requires(Permission.SEE_PAYMENTS)
def refunds_export() -> Response:
    """The same list for a spreadsheet."""
    listing = queries.REFUND_LIST.read(request.args)
    return csv_response("devolucoes.csv", CSV_HEADER, _rows(queries.list_refunds_for_export(listing)))


@blueprint.get("/pagamentos/devolucoes/<int:refund_id>")
@requires(Permission.SEE_PAYMENTS)
def refund(refund_id: int) -> Response:
    """One refund: how far it is, and what is to be done about it."""
    return _refund_page(queries.get_refund(db.session, refund_id))


@blueprint.post("/pagamentos/devolucoes/<int:refund_id>/paga")
@requires(Permission.CONFIRM_PAYMENTS, confirmed=True)
def refund_pay(refund_id: int) -> Response:
    """A person transferred it."""
    form = PaidRefundForm()

    def pay(found: Refund) -> None:
        pay_refund(
            db.session,
            refund=found,
            paid_on=form.day,
            reference=form.reference.data or "",
            proof=form.content,
            actor=actor(),
            now=clock.now(),
        )

    return _close(refund_id, form, pay, said="Devolução registrada. Quem pagou é avisado por e-mail.")


@blueprint.post("/pagamentos/devolucoes/<int:refund_id>/desistir")
@requires(Permission.CONFIRM_PAYMENTS, confirmed=True)
def refund_drop(refund_id: int) -> Response:
    """Give it up."""
    form = ReasonForm()

    def drop(found: Refund) -> None:
        reason = (form.reason.data or "").strip()
        drop_refund(db.session, refund=found, reason=reason, actor=actor(), now=clock.now())

    return _close(refund_id, form, drop, said="Devolução cancelada. O dinheiro continua com o pagamento.")


def _close(refund_id: int, form: Form, act: Callable[[Refund], None], *, said: str) -> Response:
    found = queries.get_refund(db.session, refund_id)
    if not form.validate():
        return _refund_page(found, form, status=422)
    try:
        act(found)
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _refund_page(queries.get_refund(db.session, refund_id), form, status=refusal.status)
    flash(said)
    return htmx.go_to(url_for("receipts.refund", refund_id=refund_id))


def _refund_page(found: Refund, form: Form | None = None, *, status: int = 200) -> Response:
    return htmx.render(
        "receipts/refund.html",
        status=status,
        refund=found,
        arrives=arrives(found.way, by_hand=found.by_hand),
        paying=form if isinstance(form, PaidRefundForm) else PaidRefundForm(formdata=None),
        dropping=form if isinstance(form, ReasonForm) else ReasonForm(formdata=None),
        is_mine=found.asked_by_id == actor().user_id,
    )


def _ask_page(payment: Payment, form: RefundForm, *, status: int = 200) -> Response:
    left = queries.refundable_cents(db.session, payment)
    if payment.invoice_id is None:
        raise StillParked
    invoice = db.session.get_one(Invoice, payment.invoice_id)
    return htmx.render(
        "receipts/refund_new.html",
        status=status,
        payment=payment,
        left_cents=left,
        preview=preview_back(db.session, payment, invoice, left),
        by_hand=isinstance(form, TransferRefundForm),
        arrives=arrives(payment.source, by_hand=isinstance(form, TransferRefundForm)),
        form=form,
    )


def _goes_by_hand(payment: Payment) -> bool:
    """By its way, or because the processor or the bank refused it before and finance asks so."""
    if queries.goes_by_hand(payment.source):
        return True
    asked = request.args.get("forma") == "transferencia"
    return asked and queries.was_refused(db.session, payment.id)


def _holder(payment: Payment) -> dict[str, str]:
    """Who paid, as its source or its invoice says."""
    invoice = payment.invoice
    return {
        "holder_name": payment.payer_name or (invoice.payer_name if invoice else ""),
        "holder_document": payment.payer_document or (invoice.payer_document if invoice else ""),
    }


def _rows(refunds_: Iterator[Refund]) -> Iterator[tuple[Any, ...]]:
    for each in refunds_:
        yield (
            format_date(clock.day_of(each.asked_at)),
            each.payment.payer_name or each.invoice.payer_name,
            format_document(each.payment.payer_document or each.invoice.payer_document),
            each.invoice.label,
            each.way.label,
            format_money_input(each.amount_cents),
            each.state.label,
            each.reason,
            format_date(clock.day_of(each.settled_at)) if each.settled_at else "",
            each.reference,
        )
