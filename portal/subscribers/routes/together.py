"""Several invoices paid together: by one Pix, by the card that is registered, by their boletos."""

from collections.abc import Sequence

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.banking.models.joint_pix import JointPix
from portal.banking.operations.boleto import issue_boletos_of
from portal.banking.operations.joint_pix import join_invoices
from portal.banking.queries.account import boleto_account
from portal.banking.queries.joint_pix import get_own_joint_pix, list_joined
from portal.banking.rules.boleto import BoletoState
from portal.cards.operations.charging import start_charge
from portal.checkout.pages.slip import slip_of
from portal.checkout.queries import find_boleto
from portal.customers.models import Customer
from portal.documents.operations.printing import render_slip
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.shared import audit, clock
from portal.shared.db import as_key, db
from portal.shared.environment import environment
from portal.shared.htmx import go_to
from portal.shared.refusals import Missing, Refusal
from portal.subscribers.pages.together import together_page
from portal.subscribers.queries.account import get_own_invoice, list_payable
from portal.subscribers.queries.together import card_of_all
from portal.subscribers.routes.blueprint import blueprint
from portal.subscribers.routes.guard import company, for_company, render_own


@blueprint.post("/faturas/juntas")
@for_company
def pay_together() -> ResponseReturnValue:
    """The page on which the chosen invoices are paid; of what is not the customer's or not open, none."""
    wanted = {as_key(text) for text in request.form.getlist("fatura")}
    payable = list_payable(db.session, company().customer_id)
    chosen = [invoice.id for invoice in payable if invoice.id in wanted]
    customer = db.session.get_one(Customer, company().customer_id)
    try:
        joint = join_invoices(db.session, customer=customer, invoice_ids=chosen, now=clock.now())
    except Refusal as refusal:
        flash(refusal.message, "warning")
        return go_to(url_for("subscribers.home"))
    return _to(joint.id)


@blueprint.get("/juntas/<int:joint_id>")
@for_company
def together(joint_id: int) -> ResponseReturnValue:
    """What they cost together today, and every way to pay."""
    joint = _own(joint_id)
    page = together_page(db.session, joint, today=clock.today())
    return render_own("subscribers/together.html", page=page, joint=joint)


@blueprint.get("/juntas/<int:joint_id>/situacao")
@for_company
def together_state(joint_id: int) -> ResponseReturnValue:
    """Asked every few seconds by an open page, which says how many it shows as open."""
    joint = _own(joint_id)
    if str(len(_open(joint))) == request.args.get("abertas", ""):
        return Response(status=204)
    return _to(joint.id)


@blueprint.post("/juntas/<int:joint_id>/cartao")
@for_company
def charge_together(joint_id: int) -> ResponseReturnValue:
    """Charge each of them to the card that is registered, as far as it is not being charged already."""
    joint, now = _own(joint_id), clock.now()
    audit.lock_stream(db.session, customer_id=joint.customer_id)
    open_ones = _open(joint)
    card = card_of_all(db.session, open_ones)
    if card is None:
        flash("Cadastre um cartão na página de uma das faturas.", "warning")
        return _to(joint.id)
    begun = [
        start_charge(db.session, invoice_id=each.id, card=card, by_payer=True, now=now) for each in open_ones
    ]
    if any(begun):
        flash("A cobrança no cartão começou. Esta página avisa quando cada fatura estiver paga.")
    else:
        flash("Nada a cobrar agora neste cartão: veja as faturas abaixo.", "warning")
    return _to(joint.id)


@blueprint.post("/juntas/<int:joint_id>/boletos")
@for_company
def ask_for_slips(joint_id: int) -> ResponseReturnValue:
    """A boleto for each that has none."""
    joint, now = _own(joint_id), clock.now()
    audit.lock_stream(db.session, customer_id=joint.customer_id)
    try:
        ids = [invoice.id for invoice in _open(joint)]
        issue_boletos_of(db.session, invoice_ids=ids, account=boleto_account(db.session), now=now)
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    else:
        flash("Pedimos os boletos ao banco. Assim que forem registrados, aparecem aqui.")
    return _to(joint.id)


@blueprint.get("/faturas/<int:invoice_id>/boleto.pdf")
@for_company
def slip(invoice_id: int) -> ResponseReturnValue:
    """The boleto of an own invoice that is open, once the bank knows it."""
    invoice = get_own_invoice(db.session, invoice_id, customer_id=company().customer_id)
    boleto = find_boleto(db.session, invoice.id)
    if invoice.state is not InvoiceState.OPEN or boleto is None or boleto.state is not BoletoState.REGISTERED:
        raise Missing("Este boleto não pode ser pago agora. Use o Pix da fatura.")
    return Response(
        render_slip(slip_of(db.session, boleto, invoice, environment()), now=boleto.issued_at),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="boleto-{invoice.label}.pdf"'},
    )


def _own(joint_id: int) -> JointPix:
    return get_own_joint_pix(db.session, joint_id, customer_id=company().customer_id)


def _open(joint: JointPix) -> Sequence[Invoice]:
    return [each for each in list_joined(db.session, joint.id) if each.state is InvoiceState.OPEN]


def _to(joint_id: int) -> Response:
    return go_to(url_for("subscribers.together", joint_id=joint_id))
