"""Registering that a customer wants to leave, from the page of its contract."""

from flask import Response, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from portal.cancellations.forms import OpenForm
from portal.cancellations.operations.opening import open_case
from portal.cancellations.queries.cases import find_open_case
from portal.cancellations.queries.settlement import services_in
from portal.cancellations.routes.blueprint import blueprint
from portal.cancellations.routes.frame import record_frame
from portal.cancellations.rules.cases import AlreadyAsked, Reason
from portal.contracts.models import Contract
from portal.contracts.queries.listing import list_contracts_of_customer
from portal.contracts.queries.reading import breakdown_of, get_contract
from portal.contracts.rules.states import ContractState
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.refusals import Forbidden, Missing, Refusal

MAY_END = (ContractState.ACTIVE, ContractState.SUSPENDED)


@blueprint.get("/clientes/<int:customer_id>/cancelamento")
@requires(Permission.WRITE_CONTRACTS)
def of_customer(customer_id: int) -> ResponseReturnValue:
    """Which contract the customer wants to end; where there is one alone, its form."""
    frame = record_frame(customer_id)
    contracts = [
        (contract, breakdown_of(contract).lines[0].label)
        for contract in list_contracts_of_customer(db.session, customer_id, actor=actor())
        if contract.state in MAY_END
    ]
    if len(contracts) == 1:
        return redirect(url_for("cancellations.new", contract_id=contracts[0][0].id), 303)
    return htmx.render("cancellations/of_customer.html", contracts=contracts, **frame)


@blueprint.get("/contratos/<int:contract_id>/cancelamento")
@requires(Permission.WRITE_CONTRACTS)
def new(contract_id: int) -> ResponseReturnValue:
    """The form, or the case that is open already."""
    contract = get_contract(db.session, contract_id, actor=actor())
    if (case := find_open_case(db.session, contract.id)) is not None:
        return redirect(url_for("cancellations.show", case_id=case.id), 303)
    return _page(contract, _form(contract, OpenForm(formdata=None)))


@blueprint.post("/contratos/<int:contract_id>/cancelamento")
@requires(Permission.WRITE_CONTRACTS)
def create(contract_id: int) -> Response:
    """Open the case at this moment."""
    contract = get_contract(db.session, contract_id, actor=actor())
    form = _form(contract, OpenForm())
    if not form.validate():
        return _page(contract, form, status=422)
    try:
        case = open_case(
            db.session,
            contract=contract,
            reason=Reason(form.reason.data),
            words=form.words.data or "",
            services=form.services.data or (),
            actor=actor(),
            now=clock.now(),
        )
    except (Missing, Forbidden):
        raise
    except AlreadyAsked as asked:
        return _show_first(contract_id, asked)
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _page(get_contract(db.session, contract_id, actor=actor()), form, status=refusal.status)
    flash(f"Pedido registrado. Protocolo {case.protocol}, que o cliente também recebe por e-mail.")
    return htmx.go_to(url_for("cancellations.show", case_id=case.id))


def _show_first(contract_id: int, asked: AlreadyAsked) -> Response:
    """The case that was there first, with the sentence that says so."""
    db.session.rollback()
    flash(asked.message, "warning")
    first = find_open_case(db.session, contract_id)
    if first is None:  # it was closed between our two looks
        return htmx.go_to(url_for("contracts.show", contract_id=contract_id))
    return htmx.go_to(url_for("cancellations.show", case_id=first.id))


def _form(contract: Contract, form: OpenForm) -> OpenForm:
    form.services.offer(services_in(contract).items())
    return form


def _page(contract: Contract, form: OpenForm, *, status: int = 200) -> Response:
    frame = record_frame(contract.customer_id)
    return htmx.render("cancellations/new.html", status=status, contract=contract, form=form, **frame)
