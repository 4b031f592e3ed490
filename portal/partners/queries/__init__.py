"""Reads of the partners room: who is asking, which partners that person may see. `people` reads people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, joinedload

from portal.partners.models import Partner
from portal.partners.rules import Arrangement, PartnerDetails, Tier
from portal.settings import queries as settings
from portal.settings.rules.names import Name
from portal.shared import audit
from portal.shared.audit import LogEntry
from portal.shared.auth import Actor, Role
from portal.shared.brazil import folded
from portal.shared.db import as_key
from portal.shared.lists import ListRequest, ListSpec, Page, contains, paginate
from portal.shared.questions import Question
from portal.shared.refusals import Missing
from portal.shared.tokens import hash_secret
from portal.users.models import User, UserSession


@dataclass(frozen=True, slots=True)
class BusinessOfPartner(Question[str]):
    """What a room has under way that disabling a partner touches, and what becomes of it; "" for nothing."""

    partner_id: int
    today: date


ACTIVE, INVITED, DISABLED = "ativo", "convidado", "desativado"

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


def find_actor(session: Session, session_token: str, *, now: datetime) -> Actor | None:
    """Who holds this session, in one statement; None when it is over or the person was disabled."""
    known = {"token_hash": hash_secret(session_token), "now": now}
    row = session.connection().execute(_ACTOR, known).first()
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


def get_partner(session: Session, actor: Actor, partner_id: int, *, for_update: bool = False) -> Partner:
    """A partner with its account manager and substitute.

    Raises:
        Missing: no such partner, or not for this person.
    """
    statement = (
        select(Partner)
        .where(Partner.id == partner_id, visible_to(actor, Partner.id))
        .options(joinedload(Partner.account_manager), joinedload(Partner.substitute))
    )
    if for_update:
        statement = statement.with_for_update(of=Partner).execution_options(populate_existing=True)
    partner = session.scalar(statement)
    if partner is None:
        raise Missing
    return partner


def details_of(partner: Partner) -> PartnerDetails:
    """What is registered of a partner."""
    return PartnerDetails(
        document=partner.document,
        name=partner.name,
        trade_name=partner.trade_name,
        tier=Tier(partner.tier),
        arrangement=Arrangement(partner.arrangement),
        email=partner.email,
        phone=partner.phone,
        account_manager_id=partner.account_manager_id,
        substitute_id=partner.substitute_id,
    )


PARTNER_LIST = ListSpec(
    sorts={"nome": Partner.trade_name, "cadastro": Partner.created_at},
    default="nome",
    filters={"nivel": Tier, "gerente": None, "situacao": (ACTIVE, DISABLED)},
)


def partner_list(actor: Actor, request: ListRequest) -> Select[Partner, str, str]:
    """The partners a list asks for: (Partner, name of the manager, name of the substitute)."""
    manager, substitute = aliased(User), aliased(User)
    statement = (
        select(Partner, manager.name.label("manager"), substitute.name.label("substitute"))
        .join(manager, manager.id == Partner.account_manager_id)
        .outerjoin(substitute, substitute.id == Partner.substitute_id)
        .where(visible_to(actor, Partner.id), holds_words(Partner.search_text, request.search))
    )
    if tier := request.filter("nivel"):
        statement = statement.where(Partner.tier == tier)
    if manager_id := request.filter("gerente"):
        statement = statement.where(Partner.account_manager_id == as_key(manager_id))
    if situation := request.filter("situacao"):
        is_disabled = Partner.disabled_at.is_not(None)
        statement = statement.where(is_disabled if situation == DISABLED else ~is_disabled)
    return statement


def list_partners(session: Session, actor: Actor, request: ListRequest) -> Page[Row[Partner, str, str]]:
    """A page of the list of partners."""
    return paginate(session, partner_list(actor, request), request)


def list_partner_names(session: Session, *, with_disabled: bool = False) -> Sequence[Row[int, str]]:
    """(id, trade name) of the partners, for a choice. For the vendor's people only."""
    statement = select(Partner.id, Partner.trade_name).order_by(Partner.trade_name, Partner.id)
    return session.execute(
        statement if with_disabled else statement.where(Partner.disabled_at.is_(None))
    ).all()


def list_account_managers(session: Session) -> Sequence[Row[int, str]]:
    """(id, name) of those who can look after partners now."""
    return session.execute(
        select(User.id, User.name)
        .where(User.role == Role.ACCOUNT_MANAGER, User.disabled_at.is_(None))
        .order_by(User.name, User.id)
    ).all()


def list_partners_looked_after(session: Session, user_id: int) -> Sequence[str]:
    """The trade names of the active partners whose manager or substitute a person is."""
    return session.scalars(
        select(Partner.trade_name)
        .where(
            or_(Partner.account_manager_id == user_id, Partner.substitute_id == user_id),
            Partner.disabled_at.is_(None),
        )
        .order_by(Partner.trade_name)
    ).all()


def list_names(session: Session, user_ids: Sequence[int]) -> dict[int, str]:
    """The names of people, by id."""
    return {
        row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(user_ids)))
    }


def list_team(session: Session, partner: Partner) -> Sequence[User]:
    """The people of a partner, by name."""
    return session.scalars(
        select(User).where(User.partner_id == partner.id).order_by(User.name, User.id)
    ).all()


def list_active_admins(session: Session, partner_id: int) -> Sequence[User]:
    """Who runs a partner, and is told what concerns all of it."""
    return session.scalars(
        select(User)
        .where(User.partner_id == partner_id, User.role == Role.PARTNER_ADMIN, User.disabled_at.is_(None))
        .order_by(User.id)
    ).all()


def list_history(session: Session, partner: Partner, count: int) -> Sequence[LogEntry]:
    """The latest that happened to a partner and its people, the newest first."""
    return audit.list_latest(session, audit.stream_of(partner_id=partner.id), count=count)


def find_last_change(session: Session, row: Partner | User) -> LogEntry | None:
    """Who changed this partner or person last, and when."""
    return session.scalar(
        select(LogEntry)
        .where(LogEntry.subject_type == row.__tablename__, LogEntry.subject_id == row.id)
        .order_by(LogEntry.id.desc())
        .limit(1)
    )


def holds_words(column: InstrumentedAttribute[str], search: str) -> ColumnElement[bool]:
    """Whether each word of a search stands in the column, or a document typed with punctuation does."""
    words = folded(search).split()
    return and_(
        true(),
        *(
            or_(contains(column, word), contains(column, word.translate(_PUNCTUATION) or word))
            for word in words
        ),
    )


_PUNCTUATION = str.maketrans("", "", "./-")
