"""Simulating and making an agreement for a customer: finance, or support within the customer's own rules."""

from collections.abc import Collection

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.agreements.forms import AgreementForm
from portal.agreements.operations.offering import make_agreement
from portal.agreements.pages.simulation import simulate
from portal.agreements.routes.blueprint import blueprint
from portal.customers.queries.reading import get_customer
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import as_key, db
from portal.shared.fields import show_refusal
from portal.shared.refusals import Missing, Refusal


@blueprint.get("/clientes/<int:customer_id>/acordo")
@requires(Permission.MAKE_AGREEMENTS)
def simulation(customer_id: int) -> ResponseReturnValue:
    """What is overdue, the terms, and what they come to."""
    if "parts" not in request.args:
        return _page(customer_id, None, chosen=None)
    form = AgreementForm(request.args, meta={"csrf": False})
    return _page(customer_id, form, chosen=_chosen(request.args.getlist("fatura")))


@blueprint.post("/clientes/<int:customer_id>/acordo")
@requires(Permission.MAKE_AGREEMENTS, confirmed=True)
def make(customer_id: int) -> ResponseReturnValue:
    """Have the paper of what was shown printed and sent to be signed."""
    customer, form = get_customer(db.session, customer_id, actor=actor()), AgreementForm()
    chosen = _chosen(request.form.getlist("fatura"))
    if not form.validate():
        return _page(customer_id, form, chosen=chosen)
    try:
        agreement = make_agreement(
            db.session,
            customer_id=customer.id,
            invoice_ids=chosen,
            wanted=form.to_wanted(clock.today()),
            seen=request.form.get("seen", ""),
            reason=form.reason.data or "",
            actor=actor(),
            now=clock.now(),
        )
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        return _page(customer_id, form, chosen=chosen, refusal=refusal)
    flash(f"Acordo {agreement.label} enviado para assinatura. Vale até o primeiro vencimento.")
    return htmx.go_to(url_for("agreements.show", agreement_id=agreement.id))


def _page(
    customer_id: int,
    form: AgreementForm | None,
    *,
    chosen: Collection[int] | None,
    refusal: Refusal | None = None,
) -> Response:
    customer, today = get_customer(db.session, customer_id, actor=actor()), clock.today()
    is_valid = form is None or form.validate()
    wanted = form.to_wanted(today) if form and is_valid else None
    shown = simulate(db.session, customer_id=customer.id, chosen=chosen, wanted=wanted, today=today)
    page_form = form or AgreementForm.showing(shown.wanted)
    why = refusal or (shown.refusal if form and shown.debts else None)
    if why is not None:
        show_refusal(page_form, why)
    status = refusal.status if refusal else 200 if is_valid else 422
    return htmx.render(
        "agreements/simulation.html",
        status=status,
        customer=customer,
        form=page_form,
        page=shown,
        is_shown=form is not None and is_valid and shown.terms is not None,
    )


def _chosen(ids: Collection[str]) -> set[int]:
    return {as_key(each) for each in ids}
