"""The vendor, its partners and their people."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.demo.accounts import DEMO_PARTNERS, DEMO_USERS, PASSWORD, DemoPartner, DemoUser
from portal.partners.models import Partner
from portal.partners.operations.registration import register_partner
from portal.partners.rules import Arrangement, PartnerDetails, Tier
from portal.shared.auth import Actor
from portal.users.models import User
from portal.users.operations.hashing import password_hash
from portal.users.operations.invitations import activate_user, invite_user


def load_people(session: Session, *, now: datetime) -> tuple[dict[str, Partner], dict[str, Actor]]:
    """Everybody of `accounts.py`: partners by their key, people by the first part of their e-mail."""
    password = password_hash(PASSWORD)  # made once: it is slow by design, and everybody has the same
    people = {
        _key(user): _load_user(session, user, None, password, now=now)
        for user in DEMO_USERS
        if user.partner is None
    }
    partners = {each.key: _load_partner(session, each, people, now=now) for each in DEMO_PARTNERS}
    for user in DEMO_USERS:
        if user.partner is not None:
            people[_key(user)] = _load_user(session, user, partners[user.partner], password, now=now)
    return partners, people


def _load_user(
    session: Session, person: DemoUser, partner: Partner | None, hashed_password: str, *, now: datetime
) -> Actor:
    user = invite_user(
        session,
        email=person.email,
        name=person.name,
        role=person.role,
        partner_id=partner.id if partner else None,
        actor=None,
        now=now,
        with_mail=False,
    )
    activate_user(session, user=user, hashed_password=hashed_password, now=now)
    return _actor(user, partner)


def _load_partner(
    session: Session, partner: DemoPartner, people: dict[str, Actor], *, now: datetime
) -> Partner:
    details = PartnerDetails(
        document=partner.document,
        name=partner.name,
        trade_name=partner.trade_name,
        tier=Tier(partner.tier),
        arrangement=Arrangement(partner.arrangement),
        email=f"contato@{partner.key}.example",
        phone="4733220000",
        account_manager_id=people[partner.manager].user_id,
        substitute_id=people[partner.substitute].user_id if partner.substitute else None,
    )
    return register_partner(session, details=details, actor=None, now=now)


def _actor(user: User, partner: Partner | None) -> Actor:
    return Actor(
        user_id=user.id,
        session_token="",
        name=user.name,
        email=user.email,
        role=user.role,
        partner_id=user.partner_id,
        partner_name=partner.trade_name if partner else None,
        tier=partner.tier if partner else None,
    )


def _key(user: DemoUser) -> str:
    return user.email.partition("@")[0]
