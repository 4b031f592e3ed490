"""The payer's page behind an invoice's link, without a password."""

from flask import Response, flash, request, url_for

from portal.banking.operations.boleto import issue_boleto
from portal.banking.queries.account import boleto_account
from portal.cards.operations.requests import card_link
from portal.checkout.forms import ProofForm
from portal.checkout.pages import invoice_page as pages
from portal.checkout.pages.invoice_page import InvoicePage, PageState
from portal.checkout.pages.slip import slip_of
from portal.checkout.queries import find_boleto, get_invoice_link
from portal.checkout.routes.blueprint import blueprint
from portal.documents.operations.printing import render_slip
from portal.invoices.queries.recipients import payer_of
from portal.overdue.operations import trust
from portal.overdue.rules.trust import NothingSuspended, TrustRefused
from portal.receipts.operations.ted import announce_ted
from portal.shared import clock, htmx
from portal.shared.auth import public, signed_in
from portal.shared.brazil import format_date
from portal.shared.db import db
from portal.shared.environment import environment
from portal.shared.fields import show_refusal
from portal.shared.payment_methods import Way
from portal.shared.refusals import Missing, Refusal


@blueprint.get("/pagar/<token>")
@public
def invoice_page(token: str) -> Response:
    """The invoice and every way to pay it, or what became of it. Opening it changes nothing; `?forma=` is the
    way that stands open, else the first.
    """
    return _page(token, ProofForm(formdata=None))


@blueprint.get("/pagar/<token>/situacao")
@public
def invoice_state(token: str) -> Response:
    """Asked every few seconds by an open page, which names the boleto's state it shows: nothing while the
    invoice is open and its boleto the same, else the page again, with the boleto open if that is what is new.
    """
    found = _found(token)
    if found.state is not PageState.OPEN:
        return htmx.go_to(url_for("checkout.invoice_page", token=token))
    if request.args.get("boleto", "") == found.boleto_state:
        return Response(status=204)
    return htmx.go_to(url_for("checkout.invoice_page", token=token, forma=Way.BOLETO.value))


@blueprint.post("/pagar/<token>/boleto")
@public
def ask_for_boleto(token: str) -> Response:
    """The payer wants a boleto."""
    found = _open(token)
    try:
        issue_boleto(
            db.session, invoice_id=found.invoice.id, account=boleto_account(db.session), now=clock.now()
        )
    except Refusal as refusal:
        db.session.rollback()
        return _page(token, ProofForm(formdata=None), refusal=refusal)
    flash("Pedimos o boleto ao banco. Assim que ele for registrado, aparece aqui.")
    return htmx.go_to(url_for("checkout.invoice_page", token=token, forma=Way.BOLETO.value))


@blueprint.get("/pagar/<token>/boleto.pdf")
@public
def slip(token: str) -> Response:
    """The boleto to print or keep. One the bank does not know is not given out: it cannot be paid."""
    found = _open(token)
    boleto = find_boleto(db.session, found.invoice.id)
    if boleto is None or not found.can_use_boleto:
        raise Missing("Este boleto ainda não foi registrado pelo banco. Veja na página como pagar agora.")
    sheet = slip_of(db.session, boleto, found.invoice, environment())
    return Response(
        render_slip(sheet, now=boleto.issued_at),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="boleto-{found.invoice.label}.pdf"'},
    )


@blueprint.post("/pagar/<token>/comprovante")
@public
def send_proof(token: str) -> Response:
    """The payer says, by a proof, that a TED was sent."""
    found, form = _open(token), ProofForm()
    if not form.validate():
        return _page(token, form, status=422)
    try:
        announce_ted(
            db.session,
            invoice_id=found.invoice.id,
            proof=form.content,
            actor=signed_in(),
            now=clock.now(),
        )
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _page(token, form, status=refusal.status)
    return htmx.go_to(url_for("checkout.invoice_page", token=token, _anchor="ted"))


@blueprint.post("/pagar/<token>/confianca")
@public
def release_in_trust(token: str) -> Response:
    """The payer cannot pay now: the suspended service comes back for some days."""
    invoice = _open(token).invoice
    try:
        if payer_of(invoice).is_partner:
            raise Missing
        released = trust.release_in_trust(
            db.session,
            invoice.customer,
            actor=None,
            given_to=f"Link da fatura {invoice.label}",
            now=clock.now(),
        )
    except NothingSuspended:  # a second click, or a page left open
        db.session.rollback()
    except TrustRefused as refusal:
        db.session.rollback()
        return _page(token, ProofForm(formdata=None), refusal=refusal)
    else:
        flash(f"Serviço liberado até {format_date(released[0].until_on)}.")
    return htmx.go_to(url_for("checkout.invoice_page", token=token))


@blueprint.post("/pagar/<token>/cartao")
@public
def go_to_card(token: str) -> Response:
    """The payer wants to pay by card: on the page where one is registered."""
    invoice = _open(token).invoice
    try:
        secret = card_link(db.session, contract_id=invoice.contract_id, invoice=invoice, now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        return _page(token, ProofForm(formdata=None), refusal=refusal)
    return htmx.go_to(url_for("cards.register_card", token=secret))


def _found(token: str) -> InvoicePage:
    now = clock.now()
    return pages.invoice_page(db.session, get_invoice_link(db.session, token, now=now), now=now)


def _open(token: str) -> InvoicePage:
    """The page while it can be paid on.

    Raises:
        Missing: the invoice is no longer open, or its link has ended.
    """
    found = _found(token)
    if found.state is not PageState.OPEN:
        raise Missing("Esta fatura não está mais em aberto. Abra de novo o link do e-mail para ver por quê.")
    return found


def _page(token: str, form: ProofForm, *, refusal: Refusal | None = None, status: int = 200) -> Response:
    found = _found(token)
    page = htmx.render(
        "checkout/invoice_page.html",
        status=refusal.status if refusal else status,
        page=found,
        token=token,
        form=form,
        opened=Way.TED.value if form.errors else request.args.get("forma", ""),
        refusal=refusal,
        company=environment().company,
    )
    page.headers["X-Robots-Tag"] = "noindex, nofollow"
    return page
