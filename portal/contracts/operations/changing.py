"""Changing a running contract: each change is a new quote, which becomes a contract of its kind.

The quote starts from what the contract has, at today's prices of the list and at the fee the customer pays
now where that still holds; nothing changes before the new contract is signed and paid.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from calculator import Selection
from portal.catalog import queries as catalog
from portal.contracts import notifications
from portal.contracts.models import Contract, ContractRequest
from portal.contracts.operations.locking import locked_contract, require_writer
from portal.contracts.operations.log import log_event
from portal.contracts.queries.coverage import paid_time, require_no_pause
from portal.contracts.queries.requests import find_open_change_of, rhythm_of
from portal.contracts.rules.changes import due_after
from portal.contracts.rules.refusals import ChangeUnderWay, NothingToMove
from portal.contracts.rules.states import ContractKind, ContractState, require_state
from portal.customers import operations as customers
from portal.customers.models import Customer
from portal.customers.queries import reading as customer_queries
from portal.partners.models import Partner
from portal.partners.rules import Arrangement
from portal.quotes.models import Quote, QuoteVersion
from portal.quotes.operations.drafting import create_quote
from portal.quotes.operations.pricing import selection_of
from portal.quotes.rules.refusals import NoLongerFits, SelectionRejected
from portal.shared.auth import Actor
from portal.shared.clock import day_of
from portal.shared.refusals import Forbidden, Missing, Refusal

PRESSED_TWICE = timedelta(minutes=1)
RUNNING = (ContractState.ACTIVE, ContractState.SUSPENDED)


def start_change(
    session: Session, *, contract: Contract, kind: ContractKind, actor: Actor, now: datetime
) -> Quote:
    """The quote of an amendment, a renewal or a move, a draft with what the contract has.

    A renewal is planned for the day on which the next term falls due. Pressed twice, it is one quote.

    Raises:
        NotPossibleNow: the contract is not in force.
        ContractPaused: it is in a pause, or will be.
        NothingToMove: the partner does not bill this customer, or still bills its customers itself.
        NoLongerFits: today's list does not take what the contract has, and why.
    """
    contract = locked_contract(session, contract.id)
    require_state(contract.state, *RUNNING)
    require_no_pause(session, contract, today=day_of(now))
    if kind is ContractKind.MOVE:
        _require_movable(contract)
    made = _just_made(session, contract, kind, actor=actor, now=now)
    if made is not None:
        return made
    selection = _selection_for(session, contract, kind, now=now)
    quote = _quote_for(session, contract.customer, selection, actor=actor, now=now)
    session.add(
        ContractRequest(
            partner_id=contract.partner_id,
            customer_id=contract.customer_id,
            quote_id=quote.id,
            kind=kind,
            base_contract_id=contract.id,
            created_at=now,
            created_by_id=actor.user_id,
        )
    )
    summary = f"{kind.label} do contrato {{label}}: orçamento iniciado"
    log_event(session, contract, "contract_change_started", summary, actor=actor, now=now, quote_id=quote.id)
    return quote


def start_partner_change(
    session: Session, *, contract: Contract, partner_id: int, actor: Actor, now: datetime
) -> ContractRequest:
    """The vendor's people give a customer to another partner, who then writes the quote.

    The new partner gets a customer row of its own with the same registration; it never sees the old one.

    Raises:
        Forbidden: a partner's people do not give customers away.
        ChangeUnderWay: it was begun already.
        ContractPaused: it is in a pause, or will be.
        Refusal: at `partner_id`: no such partner, or it is disabled.
    """
    require_writer(actor)
    if actor.role.of_partner:
        raise Forbidden
    contract = locked_contract(session, contract.id)
    require_state(contract.state, *RUNNING)
    require_no_pause(session, contract, today=day_of(now))
    partner = _new_partner(session, contract, partner_id)
    if find_open_change_of(session, contract) is not None:
        raise ChangeUnderWay(
            "A troca de parceiro deste contrato já foi iniciada e espera o orçamento do novo parceiro."
        )
    customer = _customer_at(session, contract, partner, actor=actor, now=now)
    request = ContractRequest(
        partner_id=partner.id,
        customer_id=customer.id,
        kind=ContractKind.PARTNER_CHANGE,
        taken_over_from_id=contract.id,
        created_at=now,
        created_by_id=actor.user_id,
    )
    session.add(request)
    session.flush()
    summary = "Contrato {label}: troca de parceiro iniciada"
    log_event(session, contract, "partner_change_started", summary, actor=actor, now=now)
    notifications.customer_passes_over(session, request=request, partner=partner, now=now)
    return request


def quote_partner_change(
    session: Session, *, request: ContractRequest, customer: Customer, actor: Actor, now: datetime
) -> Quote:
    """The new partner's quote, a draft with what the customer has today. Pressed twice, it is one quote.

    Raises as `start_change`.
    """
    request = session.get_one(ContractRequest, request.id, with_for_update=True, populate_existing=True)
    if request.quote_id is not None:
        return session.get_one(Quote, request.quote_id)
    source = locked_contract(session, request.taken_over_from_id or 0)
    require_state(source.state, *RUNNING)
    require_no_pause(session, source, today=day_of(now))
    sold = _without_ended(selection_of(source.version), source.ended_services)
    selection = replace(sold, on=day_of(now), setup=False, negotiated_setup=None)
    quote = _quote_for(session, customer, selection, actor=actor, now=now)
    request.quote_id = quote.id
    session.flush()
    return quote


def _require_movable(contract: Contract) -> None:
    if contract.version.arrangement != Arrangement.HIPERADOR:
        raise NothingToMove("Este contrato já é cobrado pela Central de Cobranças.")
    if contract.customer.partner.arrangement == Arrangement.HIPERADOR:
        raise NothingToMove(
            "Seu cadastro ainda é da modalidade Hiperador. Peça ao seu gerente de contas para mudá-lo para a "
            "Central de Cobranças; depois mova cada contrato."
        )


def _just_made(
    session: Session, contract: Contract, kind: ContractKind, *, actor: Actor, now: datetime
) -> Quote | None:
    """The quote that the first of two clicks made, as long as nobody has touched it."""
    return session.scalar(
        select(Quote)
        .join(ContractRequest, ContractRequest.quote_id == Quote.id)
        .join(QuoteVersion, QuoteVersion.quote_id == Quote.id)
        .where(
            ContractRequest.base_contract_id == contract.id,
            ContractRequest.kind == kind,
            ContractRequest.created_at > now - PRESSED_TWICE,
            Quote.owner_id == actor.user_id,
            QuoteVersion.is_live,
            QuoteVersion.lock_version == 1,
        )
        .limit(1)
    )


def _selection_for(session: Session, contract: Contract, kind: ContractKind, *, now: datetime) -> Selection:
    today = day_of(now)
    on = today
    if kind is ContractKind.RENEWAL:
        paid = paid_time(session, contract)
        rhythm = rhythm_of(session, contract)
        on = due_after(paid.covered_until if paid else None, today=today, rhythm=rhythm)
    selection = _without_ended(selection_of(contract.version), contract.ended_services)
    return replace(selection, on=on, setup=False, negotiated_setup=None)


def _without_ended(selection: Selection, ended: Sequence[str]) -> Selection:
    """What is left of a selection once services ended; of a negotiated total nothing, as it was for all."""
    if not ended:
        return selection
    lines = selection.negotiated_lines
    return replace(
        selection,
        quantities={
            code: units for code, units in selection.quantities.items() if _line(code, "addon") not in ended
        },
        apps={code: units for code, units in selection.apps.items() if _line(code, "app") not in ended},
        negotiated_total=None,
        negotiated_lines={code: cents for code, cents in lines.items() if code not in ended}
        if lines
        else None,
    )


def _line(code: str, kind: str) -> str:
    return f"{kind}:{code}"


def _quote_for(
    session: Session, customer: Customer, selection: Selection, *, actor: Actor, now: datetime
) -> Quote:
    """A quote at the fee the customer pays now or, where the list forbids that by now, at Original."""
    current = catalog.price_list_on(session, day_of(now))
    if current is None:
        raise Missing("Nenhuma tabela de preços está em vigor. Peça ao administrador que publique uma.")
    try:
        return _try_quote(session, customer, selection, current.id, actor=actor, now=now)
    except SelectionRejected:
        at_original = replace(selection, negotiated_total=None, negotiated_lines=None)
    try:
        return _try_quote(session, customer, at_original, current.id, actor=actor, now=now)
    except SelectionRejected as rejected:
        raise NoLongerFits(rejected) from rejected


def _try_quote(
    session: Session,
    customer: Customer,
    selection: Selection,
    price_list_id: int,
    *,
    actor: Actor,
    now: datetime,
) -> Quote:
    with session.begin_nested():
        return create_quote(
            session, customer=customer, selection=selection, price_list_id=price_list_id, actor=actor, now=now
        )


def _new_partner(session: Session, contract: Contract, partner_id: int) -> Partner:
    if partner_id == contract.partner_id:
        raise Refusal("O contrato já é deste parceiro. Escolha outro.", field="partner_id")
    partner = session.get(Partner, partner_id)
    if partner is None or partner.disabled_at is not None:
        raise Refusal("Escolha um parceiro ativo da lista.", field="partner_id")
    return partner


def _customer_at(
    session: Session, contract: Contract, partner: Partner, *, actor: Actor, now: datetime
) -> Customer:
    """The customer as the new partner's: the one it has with this document, or a copy of the registration."""
    document = contract.customer.document
    known = customer_queries.find_by_document(session, partner_id=partner.id, document=document)
    if known is not None:
        return known
    source = customer_queries.get_customer(session, contract.customer_id, actor=actor)
    details = replace(customer_queries.details_of(source), notes="")
    return customers.register_customer(session, partner_id=partner.id, details=details, actor=actor, now=now)
