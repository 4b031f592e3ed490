"""Reads of partners, their teams and what happened to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Row, Select, SQLColumnExpression, and_, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.partners.models import Partner
from portal.partners.queries.actors import visible_to
from portal.partners.queries.searching import ACTIVE, DISABLED, all_words
from portal.partners.rules import Arrangement, PartnerDetails, Tier
from portal.shared import audit
from portal.shared.audit import LogEntry
from portal.shared.auth import Actor, Role
from portal.shared.db import as_key
from portal.shared.lists import ListRequest, ListSpec, Page, paginate
from portal.shared.questions import Question
from portal.shared.refusals import Missing
from portal.users.models import User


@dataclass(frozen=True, slots=True)
class BusinessOfPartner(Question[str]):
    """What a room has under way that disabling a partner touches, and what becomes of it; "" for nothing."""

    partner_id: int
    today: date


@dataclass(frozen=True, slots=True)
class OwnCreditOf(Question[int]):
    """What a partner has left as credit for invoices it owes itself, in centavos."""

    partner_id: int


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
    if for_update:  # no key is changed: what is written about a partner meanwhile need not wait
        statement = statement.with_for_update(of=Partner, key_share=True)
        statement = statement.execution_options(populate_existing=True)
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
        .where(visible_to(actor, Partner.id), all_words(Partner.search_text, request.search))
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


def list_partner_names(session: Session) -> Sequence[Row[int, str]]:
    """(id, trade name) of the active partners, for a choice. For the vendor's people only."""
    names = select(Partner.id, Partner.trade_name).where(Partner.disabled_at.is_(None))
    return session.execute(names.order_by(Partner.trade_name, Partner.id)).all()


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
    return session.scalars(select(User).where(runs(User, partner_id)).order_by(User.id)).all()


def runs(user: type[User], partner_id: SQLColumnExpression[int] | int) -> ColumnElement[bool]:
    """Whether somebody is among them."""
    return and_(user.partner_id == partner_id, user.role == Role.PARTNER_ADMIN, user.disabled_at.is_(None))


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
