"""Who is asking, and which rows that person may see."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from portal.partners.models import Partner
from portal.settings import queries as settings
from portal.settings.rules.names import Name
from portal.shared.auth import Actor, Role
from portal.shared.tokens import hash_secret
from portal.users.models import User, UserSession

# Made once: this statement runs on every request, and building it costs as much as running it.
_ACTOR = (
    select(
        User.id,
        User.name,
        User.email,
        User.role,
        User.partner_id,
        Partner.trade_name,
        Partner.tier,
        Partner.arrangement,
        UserSession.last_seen_at,
        UserSession.confirmed_at,
        User.second_factor_since,
        settings.value_in_sql(Name.SESSION_IDLE_HOURS).label("idle_hours"),
        settings.value_in_sql(Name.CONFIRMATION_MINUTES).label("confirmed_for"),
        settings.chosen_in_sql(func.concat("second_factor_", User.role)).label("factor_required"),
    )
    .join(UserSession, UserSession.user_id == User.id)
    .outerjoin(Partner, Partner.id == User.partner_id)
    .where(
        UserSession.token_hash == bindparam("token_hash"),
        UserSession.ended_at.is_(None),
        UserSession.expires_at > bindparam("now"),
        User.disabled_at.is_(None),
        Partner.disabled_at.is_(None),
    )
)


def find_actor(connection: Connection, session_token: str, *, now: datetime) -> Actor | None:
    """Who holds this session, in one statement; None when it is over or the person was disabled."""
    known = {"token_hash": hash_secret(session_token), "now": now}
    row = connection.execute(_ACTOR, known).first()
    if row is None or row.last_seen_at + timedelta(hours=row.idle_hours) <= now:
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
        arrangement=row.arrangement,
        last_seen_at=row.last_seen_at,
        is_confirmed=_is_within(row.confirmed_at, minutes=row.confirmed_for, now=now),
        has_second_factor=row.second_factor_since is not None,
        must_add_factor=row.second_factor_since is None and _requires_factor(row.role, row.factor_required),
    )


def _is_within(instant: datetime | None, *, minutes: int, now: datetime) -> bool:
    return instant is not None and now < instant + timedelta(minutes=minutes)


def _requires_factor(role: Role, chosen: int | None) -> bool:
    return bool(settings.default_of(Name(f"second_factor_{role.value}")) if chosen is None else chosen)


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
