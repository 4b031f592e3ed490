"""Acordo de débitos, by the customer alone: simulated, made, signed, followed."""

from collections.abc import Collection

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.agreements.operations.offering import make_agreement
from portal.agreements.pages.simulation import simulate
from portal.agreements.queries.reading import get_own_agreement, list_of_customer
from portal.agreements.rules.states import AgreementState
from portal.shared import audit, clock
from portal.shared.db import as_key, db
from portal.shared.fields import show_refusal
from portal.shared.htmx import go_to
from portal.shared.refusals import Missing, Refusal
from portal.signatures.operations.asking import link_of
from portal.signatures.rules.signing import masked_email
from portal.signatures.rules.states import EnvelopeState
from portal.subscribers.forms import AgreementForm
from portal.subscribers.routes.blueprint import blueprint
from portal.subscribers.routes.guard import company, for_company, render_own, subscriber


@blueprint.get("/acordo")
@for_company
def agreement_simulation() -> ResponseReturnValue:
    """What is overdue, and what an agreement over it would come to."""
    form = AgreementForm(request.args, meta={"csrf": False}) if "parts" in request.args else None
    chosen = _chosen(request.args.getlist("fatura")) if form else None
    return _page(form, chosen=chosen)


@blueprint.post("/acordo")
@for_company
def agreement_make() -> ResponseReturnValue:
    """Have the paper of what was shown sent to the signatory."""
    form, chosen = AgreementForm(), _chosen(request.form.getlist("fatura"))
    if not form.validate():
        return _page(form, chosen=chosen)
    customer_id, today = company().customer_id, clock.today()
    shown = simulate(db.session, customer_id=customer_id, chosen=chosen, wanted=None, today=today)
    try:
        agreement = make_agreement(
            db.session,
            customer_id=customer_id,
            invoice_ids=chosen,
            wanted=form.to_wanted(shown.wanted),
            seen=request.form.get("seen", ""),
            actor=None,
            made_for=subscriber().email,
            now=clock.now(),
        )
    except Refusal as refusal:
        db.session.rollback()
        return _page(form, chosen=chosen, refusal=refusal)
    return go_to(url_for("subscribers.agreement", agreement_id=agreement.id))


@blueprint.get("/acordos/<int:agreement_id>")
@for_company
def agreement(agreement_id: int) -> ResponseReturnValue:
    """Where an agreement stands, and what is to be done next."""
    found = get_own_agreement(db.session, agreement_id, customer_id=company().customer_id)
    envelope = found.envelope
    signer = envelope.signer_email if envelope else ""
    waits = found.state is AgreementState.OFFERED
    return render_own(
        "subscribers/agreement.html",
        agreement=found,
        is_printed=envelope is not None,
        signer=masked_email(signer) if signer else "",
        may_sign=waits and envelope is not None and signer == subscriber().email,
        is_sealing=envelope is not None and envelope.state is EnvelopeState.SEALING,
    )


@blueprint.post("/acordos/<int:agreement_id>/assinar")
@for_company
def agreement_sign(agreement_id: int) -> ResponseReturnValue:
    """To the signing page, for the signatory, whose mailbox has the same link."""
    found = get_own_agreement(db.session, agreement_id, customer_id=company().customer_id)
    envelope = found.envelope
    if envelope is None or envelope.signer_email != subscriber().email:
        raise Missing
    if found.state is not AgreementState.OFFERED or envelope.expires_at <= clock.now():
        flash("Este acordo não espera mais assinatura.", "warning")
        return go_to(url_for("subscribers.agreement", agreement_id=agreement_id))
    audit.lock_stream(db.session, customer_id=company().customer_id)  # of two taps, one finds the other's
    link = link_of(db.session, envelope, now=clock.now())
    return go_to(url_for("signatures.sign", token=link.secret()))


def _page(
    form: AgreementForm | None, *, chosen: Collection[int] | None, refusal: Refusal | None = None
) -> Response:
    customer_id, today = company().customer_id, clock.today()
    usual = simulate(db.session, customer_id=customer_id, chosen=chosen, wanted=None, today=today)
    is_valid = form is None or form.validate()
    wanted = form.to_wanted(usual.wanted) if form and is_valid else usual.wanted
    shown = simulate(db.session, customer_id=customer_id, chosen=chosen, wanted=wanted, today=today)
    page_form = form or AgreementForm.showing(shown.wanted)
    why = refusal or (shown.refusal if form and shown.debts else None)
    if why is not None:
        show_refusal(page_form, why)
    return render_own(
        "subscribers/agreement_simulation.html",
        status=refusal.status if refusal else 200 if is_valid else 422,
        form=page_form,
        page=shown,
        agreements=list_of_customer(db.session, customer_id),
    )


def _chosen(ids: Collection[str]) -> set[int]:
    return {as_key(each) for each in ids}
