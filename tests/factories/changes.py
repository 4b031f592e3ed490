"""Changes of running contracts for tests: a quote of its kind on its way to an active contract."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.operations.changing import quote_partner_change, start_change, start_partner_change
from portal.contracts.operations.generating import generate_contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.customers.models import Customer
from portal.quotes.models import Quote
from portal.quotes.operations.answering import accept_quote
from portal.quotes.operations.sending import send_proposal
from portal.shared.auth import Actor, Role
from portal.shared.tokens import LinkToken
from tests.factories.contracts import pay, printed, sign
from tests.factories.partners import make_partner
from tests.factories.quotes import NOON, House, save
from tests.factories.users import actor_of, make_user


def make_change(
    session: Session,
    house: House,
    base: Contract,
    kind: ContractKind,
    *,
    now: datetime = NOON,
    **selection: Any,
) -> Contract:
    """The active contract of a change; its quote is the running one with `selection`."""
    quote = start_change(session, contract=base, kind=kind, actor=house.seller, now=now)
    if selection:
        save(session, house, quote, now=now, **selection)
    return _made_active(session, quote, house.seller, now=now)


def make_partner_change(session: Session, base: Contract, *, now: datetime = NOON) -> Contract:
    """The active contract by which another partner takes a customer over."""
    partner = make_partner(session, trade_name="Norte Sistemas")
    seller = actor_of(make_user(session, partner_id=partner.id, name="Rita Norte"))
    support = actor_of(make_user(session, role=Role.SUPPORT, name="Davi"))
    request = start_partner_change(session, contract=base, partner_id=partner.id, actor=support, now=now)
    customer = session.get_one(Customer, request.customer_id)
    quote = quote_partner_change(session, request=request, customer=customer, actor=seller, now=now)
    return _made_active(session, quote, seller, now=now)


def _made_active(session: Session, quote: Quote, actor: Actor, *, now: datetime) -> Contract:
    token = send_proposal(session, proposal=quote.proposal, actor=actor, now=now)
    return carry_out(session, quote, token, actor, now=now)


def carry_out(session: Session, quote: Quote, token: LinkToken, actor: Actor, *, now: datetime) -> Contract:
    """The active contract of a change that was sent: accepted, signed and paid, all at once."""
    version = accept_quote(session, token=token, quote_id=quote.id, now=now)
    found = session.scalars(select(Contract.id).where(Contract.version_id == version.id)).one()
    contract = load_contract(session, found)
    generate_contract(session, contract=contract, actor=actor, now=now)
    printed(session, contract.id, now=now)
    signed = sign(session, contract.id, now=now)
    if signed.state is ContractState.ACTIVE:
        return signed
    return pay(session, contract.id, now=now)
