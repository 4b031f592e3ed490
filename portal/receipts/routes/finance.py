"""Money that came in, for finance: the list, TEDs to confirm, and what did not find its invoice."""

from collections.abc import Callable

from flask import Response, flash, request, url_for

from portal.receipts.forms.parked import InvoiceNumberForm
from portal.receipts.forms.ted import ConfirmTedForm
from portal.receipts.models.payment import ParkedPayment, Payment
from portal.receipts.models.ted import TedTransfer
from portal.receipts.operations.parked import confirm_proposal, decide, drop_proposal
from portal.receipts.operations.ted import confirm_ted, confirm_ted_again, refuse_ted
from portal.receipts.queries import finance as queries
from portal.receipts.queries import waiting_lists
from portal.receipts.queries.disputes import contested_among, is_contested, list_disputes_of
from portal.receipts.queries.four_eyes import limit_reais
from portal.receipts.queries.refunds import list_refunds_of, refundable_cents
from portal.receipts.queries.returns import list_returns
from portal.receipts.routes.around import around
from portal.receipts.routes.blueprint import blueprint
from portal.receipts.rules.four_eyes import needs_two
from portal.receipts.rules.receiving import CannotAssign, ParkReason, PaymentOutcome, PaymentSource
from portal.receipts.rules.ted import PENDING, TedState
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.reason_form import ReasonForm
from portal.shared.refusals import Refusal


@blueprint.get("/pagamentos")
@requires(Permission.SEE_PAYMENTS)
def index() -> Response:
    """Every payment, the newest first."""
    listing = queries.PAYMENT_LIST.read(request.args)
    return htmx.render(
        "receipts/index.html",
        listing=listing,
        page=queries.list_payments(db.session, listing),
        sources=PaymentSource.choices(),
        outcomes=PaymentOutcome.choices(),
        **around(),
    )


@blueprint.get("/pagamentos/<int:payment_id>")
@requires(Permission.SEE_PAYMENTS)
def show(payment_id: int) -> Response:
    """One payment: what its source said, what became of it, what was booked."""
    payment = queries.get_payment(db.session, payment_id)
    return htmx.render(
        "receipts/show.html",
        payment=payment,
        postings=queries.list_postings(db.session, payment),
        refunds=list_refunds_of(db.session, payment_id),
        disputes=list_disputes_of(db.session, payment_id),
        returns=list_returns(db.session, payment_id),
        left_cents=refundable_cents(db.session, payment),
    )


@blueprint.get("/pagamentos/teds")
@requires(Permission.CONFIRM_PAYMENTS)
def teds() -> Response:
    """TEDs a confirmar, the longest waiting first."""
    listing = waiting_lists.TED_LIST.read(request.args)
    return htmx.render(
        "receipts/ted_queue.html",
        listing=listing,
        page=waiting_lists.list_teds_to_confirm(db.session, listing),
        states=[(state.value, state.label) for state in TedState if state in PENDING],
        doubts=queries.list_ted_doubts(db.session),
        **around(),
    )


@blueprint.get("/pagamentos/teds/<int:transfer_id>")
@requires(Permission.CONFIRM_PAYMENTS)
def ted(transfer_id: int) -> Response:
    """One TED: what is known of it, and what finance can say."""
    transfer = queries.get_ted(db.session, transfer_id)
    # The amount starts empty: what the statement says is read there, not agreed to.
    confirm = ConfirmTedForm(formdata=None, data={"credited_on": transfer.credited_on})
    return _ted_page(transfer, confirm, ReasonForm(formdata=None))


@blueprint.post("/pagamentos/teds/<int:transfer_id>/confirmar")
@requires(Permission.CONFIRM_PAYMENTS, confirmed=True)
def ted_confirm(transfer_id: int) -> Response:
    """Somebody saw the money in the bank's statement."""
    transfer, form = queries.get_ted(db.session, transfer_id), ConfirmTedForm()
    if not form.validate():
        return _ted_page(transfer, form, ReasonForm(formdata=None), status=422)
    amount_cents, credited_on = form.read
    try:
        confirm_ted(
            db.session,
            transfer=transfer,
            amount_cents=amount_cents,
            credited_on=credited_on,
            is_other_amount=form.is_other_amount.data,
            actor=actor(),
            now=clock.now(),
        )
    except Refusal as refusal:
        return _refused_ted(transfer_id, form, ReasonForm(formdata=None), form, refusal)
    return _after_ted(transfer)


@blueprint.post("/pagamentos/teds/<int:transfer_id>/segunda-confirmacao")
@requires(Permission.CONFIRM_PAYMENTS, confirmed=True)
def ted_confirm_again(transfer_id: int) -> Response:
    """The second person agrees."""
    transfer, form = queries.get_ted(db.session, transfer_id), ReasonForm(formdata=None)
    try:
        confirm_ted_again(db.session, transfer=transfer, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _refused_ted(transfer_id, ConfirmTedForm(formdata=None), form, form, refusal)
    return _after_ted(transfer)


@blueprint.post("/pagamentos/teds/<int:transfer_id>/recusar")
@requires(Permission.CONFIRM_PAYMENTS, confirmed=True)
def ted_refuse(transfer_id: int) -> Response:
    """The money is not there; the payer reads why."""
    transfer, form = queries.get_ted(db.session, transfer_id), ReasonForm()
    if not form.validate():
        return _ted_page(transfer, ConfirmTedForm(formdata=None), form, status=422)
    try:
        reason = form.reason.data or ""
        refuse_ted(db.session, transfer=transfer, reason=reason, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _refused_ted(transfer_id, ConfirmTedForm(formdata=None), form, form, refusal)
    flash("TED não confirmada. Quem paga lê o motivo na página da fatura.", "warning")
    return htmx.go_to(url_for("receipts.teds"))


@blueprint.get("/pagamentos/a-conferir")
@requires(Permission.CONFIRM_PAYMENTS)
def parked() -> Response:
    """Payments that did not find their invoice."""
    listing = waiting_lists.PARKED_LIST.read(request.args)
    page = waiting_lists.list_parked(db.session, listing)
    return htmx.render(
        "receipts/parked_list.html",
        listing=listing,
        page=page,
        contested=contested_among(db.session, [one.payment_id for one in page.items]),
        reasons=ParkReason.choices(),
        sources=PaymentSource.choices(),
        **around(),
    )


@blueprint.get("/pagamentos/a-conferir/<int:parked_id>")
@requires(Permission.CONFIRM_PAYMENTS)
def parked_show(parked_id: int) -> Response:
    """One of them: what is known, which invoices fit, what can be done. `?fatura=` is the one chosen."""
    form = InvoiceNumberForm(formdata=None, data={"invoice": request.args.get("fatura", "")})
    return _parked_page(queries.get_parked(db.session, parked_id), form)


@blueprint.post("/pagamentos/a-conferir/<int:parked_id>")
@requires(Permission.CONFIRM_PAYMENTS, confirmed=True)
def parked_decide(parked_id: int) -> Response:
    """Use it for an invoice, make it credit of that invoice's payer, or say that it was sent back."""
    one, decision = queries.get_parked(db.session, parked_id), request.form.get("decisao", "")
    form = ReasonForm() if decision == "devolver" else InvoiceNumberForm()
    if not form.validate():
        return _parked_page(one, form, status=422)
    try:
        decided = _decide(one, decision, form)
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _parked_page(queries.get_parked(db.session, parked_id), form, status=refusal.status)
    if decided.proposal is None:
        flash(DONE[decision])
    else:
        flash("Decisão registrada. Falta a confirmação de outra pessoa do financeiro.", "warning")
    return htmx.go_to(url_for("receipts.parked"))


@blueprint.post("/pagamentos/a-conferir/<int:parked_id>/confirmar")
@requires(Permission.CONFIRM_PAYMENTS, confirmed=True)
def parked_confirm(parked_id: int) -> Response:
    """The second person carries out what the first one proposed."""
    one = queries.get_parked(db.session, parked_id)
    return _after_proposal(one, confirm_proposal, "Confirmado.")


@blueprint.post("/pagamentos/a-conferir/<int:parked_id>/desfazer")
@requires(Permission.CONFIRM_PAYMENTS, confirmed=True)
def parked_undo(parked_id: int) -> Response:
    """What was proposed is not done."""
    return _after_proposal(queries.get_parked(db.session, parked_id), drop_proposal, "Decisão desfeita.")


def _after_proposal(one: ParkedPayment, act: Callable[..., object], said: str) -> Response:
    parked_id = one.id
    try:
        act(db.session, parked=one, actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        form = InvoiceNumberForm(formdata=None)
        show_refusal(form, refusal)
        return _parked_page(queries.get_parked(db.session, parked_id), form, status=refusal.status)
    flash(said)
    return htmx.go_to(url_for("receipts.parked_show", parked_id=parked_id))


DONE = {
    "fatura": "Pagamento usado para a fatura.",
    "credito": "Pagamento guardado como crédito de quem paga esta fatura.",
    "devolver": "Pagamento marcado como devolvido.",
}
DECISIONS = {
    "fatura": PaymentOutcome.SETTLED,
    "credito": PaymentOutcome.CREDITED,
    "devolver": PaymentOutcome.RETURNED,
}


def _decide(one: ParkedPayment, decision: str, form: ReasonForm) -> ParkedPayment:
    if decision not in DECISIONS:
        raise Refusal("Escolha o que fazer com o pagamento.")
    invoice = None
    if isinstance(form, InvoiceNumberForm) and not (
        invoice := queries.find_invoice_by_number(db.session, form.number)
    ):
        raise CannotAssign("Não há fatura com este número. Confira o número.")
    return decide(
        db.session,
        parked=one,
        decision=DECISIONS[decision],
        invoice=invoice,
        reason=form.reason.data or "",
        actor=actor(),
        now=clock.now(),
    )


def _ted_page(
    transfer: TedTransfer, confirm: ConfirmTedForm, refuse: ReasonForm, *, status: int = 200
) -> Response:
    limit = limit_reais(db.session)
    return htmx.render(
        "receipts/ted_show.html",
        status=status,
        ted=transfer,
        confirm=confirm,
        refuse=refuse,
        limit_cents=limit * 100,
        probably_two=needs_two(transfer.invoice.amount_cents, from_reais=limit),
        is_mine=transfer.confirmed_by_id == actor().user_id,
        **around(),
    )


def _refused_ted(
    transfer_id: int,
    confirm: ConfirmTedForm,
    refuse: ReasonForm,
    at: ConfirmTedForm | ReasonForm,
    why: Refusal,
) -> Response:
    db.session.rollback()
    show_refusal(at, why)
    return _ted_page(queries.get_ted(db.session, transfer_id), confirm, refuse, status=why.status)


def _after_ted(transfer: TedTransfer) -> Response:
    if transfer.state is TedState.CONFIRMED_ONCE:
        flash("Confirmada. Falta a confirmação de outra pessoa do financeiro.", "warning")
    elif transfer.payment_id and _is_parked(transfer.payment_id):
        flash("TED confirmada, mas o valor não é o da fatura: o pagamento está em A conferir.", "warning")
    else:
        flash("TED confirmada.")
    return htmx.go_to(url_for("receipts.teds"))


def _is_parked(payment_id: int) -> bool:
    return db.session.get_one(Payment, payment_id).outcome is PaymentOutcome.PARKED


def _parked_page(one: ParkedPayment, form: ReasonForm, *, status: int = 200) -> Response:
    return htmx.render(
        "receipts/parked_show.html",
        status=status,
        one=one,
        form=form,
        fitting=queries.list_fitting_invoices(db.session, one),
        disputes=list_disputes_of(db.session, one.payment_id),
        returns=list_returns(db.session, one.payment_id),
        is_contested=is_contested(db.session, one.payment_id),
        is_mine=one.proposed_by_id == actor().user_id,
        **around(),
    )
