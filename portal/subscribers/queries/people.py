"""Who is in, and which companies an e-mail address stands for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, bindparam, exists, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from portal.contracts.models import Contract
from portal.customers.models import Contact, Customer, Signatory
from portal.partners.models import Partner
from portal.receipts.queries.credit_left import OpenCredit, open_credits, read_open_credits
from portal.shared import tokens
from portal.shared.tokens import LinkToken, Purpose, hash_secret
from portal.subscribers.models import SubscriberSession, SubscriberSignIn
from portal.subscribers.rules import EntryNotWorking


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A customer somebody may look after, and the partner that sold to it."""

    customer_id: int
    name: str
    document: str
    partner_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Who is signed in. `company` is the one looked at, None until one was chosen; `has_others` beside it.

    `credits` are what that company has left as credit.
    """

    session_id: int
    email: str
    company: Company | None
    has_others: bool = False
    credits: Sequence[OpenCredit] = ()


def find_subscriber(session: Session, session_token: str, *, now: datetime) -> Subscriber | None:
    """The person of a session that runs; the company only while the address is still among its people."""
    known = {"token_hash": hash_secret(session_token), "now": now}
    row = session.execute(_who_is_in(), known).first()
    if row is None:
        return None
    found, partner_name = row[0], row[2]
    customer: Customer | None = row[1]  # the outer join may find none
    company = _company(customer, partner_name) if customer is not None else None
    return Subscriber(
        session_id=found.id,
        email=found.email,
        company=company,
        has_others=row.has_others,
        credits=read_open_credits(row.credits),
    )


@cache  # it runs on every request, and building it costs as much as running it
def _who_is_in() -> Select[Any]:
    return (
        select(
            SubscriberSession,
            Customer,
            Partner.trade_name,
            _reaches_others().label("has_others"),
            open_credits(SubscriberSession.customer_id).label("credits"),
        )
        .select_from(SubscriberSession)
        .outerjoin(
            Customer, (Customer.id == SubscriberSession.customer_id) & _is_reached_by(SubscriberSession.email)
        )
        .outerjoin(Partner, Partner.id == Customer.partner_id)
        .where(
            SubscriberSession.token_hash == bindparam("token_hash"),
            SubscriberSession.ended_at.is_(None),
            SubscriberSession.expires_at > bindparam("now"),
        )
    )


def list_companies(session: Session, email: str) -> Sequence[Company]:
    """The customers with a contract that have this address, their signatory or one of their contacts too."""
    rows = session.execute(
        select(Customer, Partner.trade_name)
        .join(Partner, Partner.id == Customer.partner_id)
        .where(Customer.id.in_(_by_address(email)), _has_contract())
        .order_by(Customer.search_text, Customer.id)
    ).all()
    return [_company(customer, partner_name) for customer, partner_name in rows]


def get_entry(session: Session, secret: str, *, now: datetime) -> tuple[LinkToken, SubscriberSignIn]:
    """A link to sign in, and who asked for it. Changes nothing.

    Raises:
        EntryNotWorking: made up, used or expired.
    """
    token = tokens.find(session, purpose=Purpose.SUBSCRIBER_SIGN_IN, secret=secret)
    request = session.get(SubscriberSignIn, token.subject_id) if token else None
    if token is None or request is None or not tokens.is_valid(token, now):
        raise EntryNotWorking
    return token, request


def _by_address(email: Any) -> CompoundSelect[int]:
    """The ids of customers that have an address, a text or that of a session, as their own or somebody's."""
    own, contact, signatory = aliased(Customer), aliased(Contact), aliased(Signatory)
    having = (
        select(own.id).where(own.email == email),
        select(contact.customer_id).where(contact.email == email),
        select(signatory.customer_id).where(signatory.email == email),
    )
    return union(*(each.correlate(SubscriberSession) for each in having))  # of this session, not of any


def _reaches_others() -> ColumnElement[bool]:
    """Whether the address of a session is also of another company with a contract."""
    other = aliased(Customer)
    return (
        exists()
        .where(
            other.id.in_(_by_address(SubscriberSession.email)),
            other.id != SubscriberSession.customer_id,
            exists().where(Contract.customer_id == other.id),
        )
        .correlate(SubscriberSession)
    )


def company_of(customer: Customer) -> Company:
    """A customer that is loaded with its partner."""
    return _company(customer, customer.partner.trade_name)


def _company(customer: Customer, partner_name: str) -> Company:
    return Company(
        customer_id=customer.id,
        name=customer.display_name,
        document=customer.document,
        partner_name=partner_name,
    )


def _is_reached_by(email: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    contact = exists().where(Contact.customer_id == Customer.id, Contact.email == email)
    signatory = exists().where(Signatory.customer_id == Customer.id, Signatory.email == email)
    return or_(Customer.email == email, contact, signatory)


def _has_contract() -> ColumnElement[bool]:
    return exists().where(Contract.customer_id == Customer.id)
