"""Quotes for tests, made by the operations themselves, in a house with everybody who takes part.

`NOON` is a Wednesday, 12:00 in São Paulo; the demonstration list holds since 01/06/2026.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calculator import Selection
from portal.catalog.models import PublishedPriceList
from portal.customers.models import Customer
from portal.partners.models import Partner
from portal.quotes.models import Approval, Quote, QuoteVersion
from portal.quotes.operations.approval import approve_quote
from portal.quotes.operations.copying import add_alternative
from portal.quotes.operations.drafting import create_quote, save_draft
from portal.quotes.operations.pricing import selection_of
from portal.quotes.operations.sending import send_proposal
from portal.quotes.operations.submitting import submit_quote
from portal.shared.auth import Actor, Role
from portal.shared.clock import at_sao_paulo
from portal.shared.tokens import LinkToken
from portal.users.models import User
from tests.factories.catalog import FIRST_DAY, make_price_list
from tests.factories.customers import make_customer
from tests.factories.partners import make_partner
from tests.factories.users import actor_of, make_user
from tests.support.letters import mailed_link
from tests.support.remembered import remembered

NOON = at_sao_paulo(date(2026, 6, 10), 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Ids are enough for threads; `actor_*` are who asks. The partner is `prata`: 10 % authority."""

    partner: Partner
    customer: Customer
    list_id: int
    seller: Actor
    manager: Actor
    substitute: Actor
    admin: Actor
    manager_user: User


@remembered
def make_house(session: Session, *, tier: str = "prata", **customer: Any) -> House:
    """A partner with everybody around it, a customer (`customer`: see `make_customer`), the list in force."""
    manager = make_user(session, role=Role.ACCOUNT_MANAGER, name="Ana Souza")
    substitute = make_user(session, role=Role.ACCOUNT_MANAGER, name="Carla Dias")
    partner = make_partner(session, account_manager=manager, substitute=substitute, tier=tier)
    seller = make_user(session, role=Role.SELLER, partner_id=partner.id, name="Bruno Lima")
    admin = make_user(session, role=Role.ADMIN, name="Davi Reis")
    return House(
        partner=partner,
        customer=make_customer(session, partner_id=partner.id, **customer),
        list_id=publish_demo_list(session),
        seller=actor_of(seller),
        manager=actor_of(manager),
        substitute=actor_of(substitute),
        admin=actor_of(admin),
        manager_user=manager,
    )


def publish_demo_list(session: Session) -> int:
    """The demonstration list, in force from 01/06/2026; once."""
    known = session.scalar(select(PublishedPriceList.id).where(PublishedPriceList.code == "demo-2026-06"))
    return known or make_price_list(session).id


def publish_dearer_list(session: Session, *, valid_from: date) -> int:
    """From a day on, Hiper Gestão monthly costs 249,90, at least 219,90 (before: 199,90 and 149,90)."""
    return make_price_list(
        session,
        f"demo-{valid_from}",
        valid_from=valid_from,
        original='original = { monthly = "199.90"=>original = { monthly = "249.90"',
        minimum='minimum = { monthly = "149.90"=>minimum = { monthly = "219.90"',
    ).id


def a_selection(**changes: Any) -> Selection:
    """Hiper Gestão, monthly, boleto, at Original: R$ 199,90, at least 149,90, free down to 179,91."""
    selection = Selection(
        on=FIRST_DAY,
        plan="gestao",
        term="monthly",
        arrangement="central_cobranca",
        tier="platina",  # a seller may write what he likes here: the partner's own tier counts
        payment_method="boleto",
    )
    return replace(selection, **changes)


def draft(session: Session, house: House, *, now: datetime = NOON, **changes: Any) -> Quote:
    """A quote whose version 1 is a draft."""
    return create_quote(
        session,
        customer=house.customer,
        selection=a_selection(**changes),
        price_list_id=house.list_id,
        actor=house.seller,
        now=now,
    )


def live(session: Session, quote: Quote) -> QuoteVersion:
    """The version that counts, read afresh."""
    return session.scalars(
        select(QuoteVersion)
        .where(QuoteVersion.quote_id == quote.id, QuoteVersion.is_live)
        .execution_options(populate_existing=True)
    ).one()


def save(
    session: Session, house: House, quote: Quote, *, now: datetime = NOON, **changes: Any
) -> QuoteVersion:
    """Change the draft of a quote."""
    version = live(session, quote)
    return save_draft(
        session,
        version=version,
        selection=replace(selection_of(version), **changes),
        lock_version=version.lock_version,
        actor=house.seller,
        now=now,
    )


def pending(
    session: Session, house: House, *, now: datetime = NOON, negotiated_total: int = 160_00, **changes: Any
) -> Approval:
    """A quote below authority that waits for the account manager."""
    quote = draft(session, house, now=now, negotiated_total=negotiated_total, **changes)
    approval = submit_quote(
        session, quote=quote, argument="Concorrente ofereceu menos", actor=house.seller, now=now
    )
    assert approval is not None
    return approval


def approved(session: Session, house: House, *, now: datetime = NOON, **changes: Any) -> Quote:
    """A quote below authority that the account manager approved."""
    approval = pending(session, house, now=now, **changes)
    approve_quote(session, approval=approval, actor=house.manager, now=now)
    return session.get_one(Quote, approval.quote_id)


@remembered
def sent(
    session: Session, house: House, *, now: datetime = NOON, terms: tuple[str, ...] = (), **changes: Any
) -> tuple[Quote, LinkToken]:
    """A quote at Original that went to the customer, with alternatives for other `terms`, and its link.

    Its mail has left: what happens to the quote later does not change its words.
    """
    quote = draft(session, house, now=now, **changes)
    for term in terms:
        add_alternative(session, quote=quote, term=term, actor=house.seller, now=now)
    token = send_proposal(session, proposal=quote.proposal, actor=house.seller, now=now)
    assert mailed_link(session, "quote_proposal", quote.proposal_id, now=now) is token
    return quote, token
