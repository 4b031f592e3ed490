"""Cancelamento: a customer leaves alone. It needs nobody, and nothing holds it up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Response, flash, url_for
from flask.typing import ResponseReturnValue

from portal.cancellations.models import CancellationCase
from portal.cancellations.notifications import print_receipt
from portal.cancellations.operations.deciding import cancel, fingerprint, retain
from portal.cancellations.operations.opening import ask_to_talk, open_case
from portal.cancellations.operations.taking_back import take_back
from portal.cancellations.pages.cases import names_of_services
from portal.cancellations.pages.offers import offers_shown
from portal.cancellations.pages.settlement import words_for_customer
from portal.cancellations.queries.cases import find_open_case, get_own_case, list_own_cases, may_take_back
from portal.cancellations.queries.settlement import facts_of, services_in
from portal.cancellations.rules.cases import Offer, Reason
from portal.cancellations.rules.settlement import settle
from portal.contracts.models import Contract
from portal.contracts.queries.reading import breakdown_of
from portal.shared import clock
from portal.shared.db import db
from portal.shared.downloads import named_file
from portal.shared.environment import environment
from portal.shared.fields import show_refusal
from portal.shared.htmx import go_to
from portal.shared.refusals import Missing, Refusal
from portal.subscribers.forms import LeaveForm, OfferForm, SeenForm
from portal.subscribers.queries.account import get_own_contract, list_own_contracts
from portal.subscribers.routes.blueprint import blueprint
from portal.subscribers.routes.guard import company, for_company, render_own, subscriber

ASKED_AGAIN_AFTER = timedelta(days=30)
CONFIRMED = "O cliente confirmou na Central do Assinante."
STAYS = "O cliente decidiu ficar, na Central do Assinante."
CHANGED_ITS_MIND = "O cliente desfez na Central do Assinante."


@blueprint.get("/cancelamento")
@for_company
def leaving() -> ResponseReturnValue:
    """What may be canceled, and the requests there are."""
    customer_id = company().customer_id
    return render_own(
        "subscribers/leaving.html",
        contracts=[
            (contract, breakdown_of(contract).lines[0].label)
            for contract in list_own_contracts(db.session, customer_id)
        ],
        cases=list_own_cases(db.session, customer_id),
    )


@blueprint.get("/contratos/<int:contract_id>/cancelamento")
@for_company
def leave_contract(contract_id: int) -> ResponseReturnValue:
    """Why, and what would follow; or the request that is open already."""
    contract = get_own_contract(db.session, contract_id, customer_id=company().customer_id)
    if (case := find_open_case(db.session, contract.id)) is not None:
        return _to(case.id)
    return _form_page(contract, _form(contract, LeaveForm(formdata=None)))


@blueprint.post("/contratos/<int:contract_id>/cancelamento")
@for_company
def ask_to_leave(contract_id: int) -> ResponseReturnValue:
    """Register the request: from now on it has a protocol."""
    contract = get_own_contract(db.session, contract_id, customer_id=company().customer_id)
    form = _form(contract, LeaveForm())
    if not form.validate():
        return _form_page(contract, form, status=422)
    if (first := find_open_case(db.session, contract.id)) is not None:
        return _to(first.id)
    try:
        case = open_case(
            db.session,
            contract=contract,
            reason=Reason(form.reason.data),
            words=form.words.data or "",
            services=form.services.data or (),
            actor=None,
            asked_by=subscriber().email,
            now=clock.now(),
        )
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _form_page(contract, form, status=refusal.status)
    return _to(case.id)


@blueprint.get("/cancelamentos/<int:case_id>")
@for_company
def leaving_case(case_id: int) -> ResponseReturnValue:
    """A request: what follows, what may help, and how it ended."""
    return _case_page(_own(case_id))


@blueprint.post("/cancelamentos/<int:case_id>/conversa")
@for_company
def talk(case_id: int) -> ResponseReturnValue:
    """Hear about an offer first."""
    case, form = _own(case_id), OfferForm()
    if not form.validate():
        return _case_page(case, status=422)
    done = "Combinado. Ligamos para você ainda hoje; o pedido continua aberto enquanto isso."
    return _do(case_id, done, lambda: ask_to_talk(**_by(case), offer=Offer(form.offer.data)))


@blueprint.post("/cancelamentos/<int:case_id>/ficar")
@for_company
def stay(case_id: int) -> ResponseReturnValue:
    """Stay a customer."""
    case, again = _own(case_id), clock.today() + ASKED_AGAIN_AFTER
    done = "Que bom que você fica. Nada mudou no seu contrato."
    return _do(case_id, done, lambda: retain(**_by(case), outcome=STAYS, follow_up_on=again, actor=None))


@blueprint.post("/cancelamentos/<int:case_id>/confirmar")
@for_company
def confirm_leaving(case_id: int) -> ResponseReturnValue:
    """Cancel, as shown."""
    case, form = _own(case_id), SeenForm()
    form.validate()
    seen, done = form.seen.data or "", "Cancelado. A confirmação e o comprovante vão por e-mail."
    return _do(case_id, done, lambda: cancel(**_by(case), outcome=CONFIRMED, seen=seen, actor=None))


@blueprint.post("/cancelamentos/<int:case_id>/desfazer")
@for_company
def stay_after_all(case_id: int) -> ResponseReturnValue:
    """Take a cancellation back, while the service still runs."""
    case, done = _own(case_id), "Cancelamento desfeito. Seu contrato continua como era."
    return _do(case_id, done, lambda: take_back(**_by(case), reason=CHANGED_ITS_MIND, actor=None))


@blueprint.get("/cancelamentos/<int:case_id>/comprovante.pdf")
@for_company
def leaving_receipt(case_id: int) -> ResponseReturnValue:
    """The receipt of a cancellation."""
    paper = print_receipt(_own(case_id), environment().company)
    return named_file(paper.content, media_type="application/pdf", file_name=paper.file_name, kind="inline")


def _own(case_id: int) -> CancellationCase:
    return get_own_case(db.session, case_id, customer_id=company().customer_id)


def _to(case_id: int) -> Response:
    return go_to(url_for("subscribers.leaving_case", case_id=case_id))


def _form(contract: Contract, form: LeaveForm) -> LeaveForm:
    form.services.offer(services_in(contract).items())
    return form


def _form_page(contract: Contract, form: LeaveForm, *, status: int = 200) -> Response:
    facts = facts_of(db.session, contract, today=clock.today())
    words = words_for_customer(settle(facts), facts)
    return render_own("subscribers/leave.html", status=status, contract=contract, form=form, settlement=words)


def _by(case: CancellationCase) -> dict[str, Any]:
    """What each act of the customer's is told: the case, who acts, and when."""
    return {"session": db.session, "case": case, "address": subscriber().email, "now": clock.now()}


def _do(case_id: int, done: str, act: Callable[[], object]) -> Response:
    """Do it and say so, or say why not; then back to the case."""
    try:
        act()
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    else:
        flash(done)
    return _to(case_id)


def _case_page(case: CancellationCase, *, status: int = 200) -> Response:
    facts = facts_of(db.session, case.contract, today=clock.today(), services=case.services)
    settlement = settle(facts)
    return render_own(
        "subscribers/leaving_case.html",
        status=status,
        case=case,
        services=names_of_services(case),
        settlement=words_for_customer(settlement, facts),
        seen=fingerprint(settlement),
        offers=offers_shown(case.reason),
        may_undo=may_take_back(case),
    )
