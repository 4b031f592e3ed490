"""Changes of a running contract, from its page."""

from flask import Response, flash, url_for

from portal.contracts.forms import PartnerForm
from portal.contracts.models import Contract
from portal.contracts.operations.changing import quote_partner_change, start_change, start_partner_change
from portal.contracts.queries.reading import get_contract
from portal.contracts.queries.requests import get_change, list_open_changes
from portal.contracts.routes.blueprint import blueprint
from portal.contracts.routes.detail import do, partner_form
from portal.contracts.rules.states import ContractKind
from portal.customers.queries import reading as customers
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.refusals import Missing

STARTED = {
    ContractKind.AMENDMENT: "Mude o que for preciso. Nada muda no contrato antes da assinatura do cliente.",
    ContractKind.RENEWAL: "Confira a renovação e envie ao cliente.",
    ContractKind.MOVE: "Confira os valores. A Central passa a cobrar quando o cliente assinar e pagar.",
}


@blueprint.post("/contratos/<int:contract_id>/aditivo")
@requires(Permission.WRITE_QUOTES)
def amend(contract_id: int) -> Response:
    """The quote of an amendment, opened in the builder."""
    return _start(contract_id, ContractKind.AMENDMENT)


@blueprint.post("/contratos/<int:contract_id>/renovacao")
@requires(Permission.WRITE_QUOTES)
def renew(contract_id: int) -> Response:
    """The quote of the next term, opened in the builder."""
    return _start(contract_id, ContractKind.RENEWAL)


@blueprint.post("/contratos/<int:contract_id>/mudanca")
@requires(Permission.WRITE_QUOTES)
def move(contract_id: int) -> Response:
    """The quote with which the billing centre takes over, opened in the builder."""
    return _start(contract_id, ContractKind.MOVE)


@blueprint.post("/contratos/<int:contract_id>/parceiro")
@requires(Permission.WRITE_CONTRACTS)
def change_partner(contract_id: int) -> Response:
    """Give the customer to another partner."""
    contract = get_contract(db.session, contract_id, actor=actor())
    form = partner_form(contract, PartnerForm())

    def act(contract: Contract) -> str:
        chosen = form.partner_id.data if form else 0
        start_partner_change(db.session, contract=contract, partner_id=chosen, actor=actor(), now=clock.now())
        flash("Troca iniciada. O novo parceiro vê o cliente e faz a proposta.")
        return url_for("contracts.show", contract_id=contract_id)

    return do(contract_id, act, form=form)


@blueprint.get("/clientes/<int:customer_id>/troca-de-parceiro")
@requires(Permission.WRITE_QUOTES)
def taken_over(customer_id: int) -> Response:
    """A customer that comes from another partner: what happens, and the proposal to begin with."""
    customer = customers.get_customer(db.session, customer_id, actor=actor())
    changes = list_open_changes(db.session, customer_id, actor=actor())
    if not changes:
        raise Missing("Não há troca de parceiro à espera de uma proposta para este cliente.")
    return htmx.render("contracts/taken_over.html", customer=customer, changes=changes)


@blueprint.post("/clientes/<int:customer_id>/troca-de-parceiro/<int:request_id>")
@requires(Permission.WRITE_QUOTES)
def quote_taken_over(customer_id: int, request_id: int) -> Response:
    """The new partner's quote, opened in the builder."""
    customer = customers.get_customer(db.session, customer_id, actor=actor())
    request = get_change(db.session, request_id, customer_id=customer_id, actor=actor())
    quote = quote_partner_change(
        db.session, request=request, customer=customer, actor=actor(), now=clock.now()
    )
    flash("Começamos com o que o cliente tem hoje. Confira os valores e envie ao cliente.")
    return htmx.go_to(url_for("quotes.edit", quote_id=quote.id))


def _start(contract_id: int, kind: ContractKind) -> Response:
    def act(contract: Contract) -> str:
        quote = start_change(db.session, contract=contract, kind=kind, actor=actor(), now=clock.now())
        flash(STARTED[kind])
        return url_for("quotes.edit", quote_id=quote.id)

    return do(contract_id, act)
