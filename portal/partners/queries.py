"""Reads of the partners room."""

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.partners.models import Partner
from portal.shared.auth import Actor, Role
from portal.shared.tokens import hash_secret
from portal.users.models import User, UserSession


def find_actor(session: Session, session_token: str, *, now: datetime) -> Actor | None:
    """Who holds this session, in one statement; None when it ended or the person was disabled."""
    row = session.execute(
        select(User.id, User.name, User.email, User.role, User.partner_id, Partner.trade_name, Partner.tier)
        .join(UserSession, UserSession.user_id == User.id)
        .outerjoin(Partner, Partner.id == User.partner_id)
        .where(
            UserSession.token_hash == hash_secret(session_token),
            UserSession.ended_at.is_(None),
            UserSession.expires_at > now,
            User.disabled_at.is_(None),
            Partner.disabled_at.is_(None),
        )
    ).first()
    if row is None:
        return None
    return Actor(
        user_id=row.id,
        session_token=session_token,
        name=row.name,
        email=row.email,
        role=row.role,
        partner_id=row.partner_id,
        partner_name=row.trade_name,
        tier=row.tier,
    )


def visible_to(actor: Actor, partner_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """The condition that keeps a query to the rows this person may see (invariant A1).

    A partner's people see their own partner, account managers the partners they look after
    (as holder or substitute), the vendor's other people all of them.
    """
    if actor.role.of_partner:
        return partner_id == actor.partner_id
    if actor.role is Role.ACCOUNT_MANAGER:
        return partner_id.in_(
            select(Partner.id).where(
                or_(Partner.account_manager_id == actor.user_id, Partner.substitute_id == actor.user_id)
            )
        )
    return true()
