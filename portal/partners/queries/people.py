"""Reads of the people whose access somebody manages."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, true
from sqlalchemy.orm import Session

from portal.partners.models import Partner
from portal.partners.queries.searching import ACTIVE, DISABLED, INVITED, all_words, partners_named
from portal.shared.auth import Actor, Role
from portal.shared.lists import ListRequest, ListSpec, Page, paginate
from portal.shared.refusals import Missing
from portal.users.models import User


def people_spec(roles: Collection[Role], *, of_partners: bool) -> ListSpec:
    """What can be asked of a list of people in these roles, of all partners or of one team."""
    return ListSpec(
        sorts={"nome": User.name, "email": User.email, "convite": User.invited_at},
        default="nome",
        filters={"perfil": roles, "situacao": _situations()} | ({"parceiro": None} if of_partners else {}),
    )


def people_list(actor: Actor, request: ListRequest) -> Select[User, str, datetime | None]:
    """The people a list asks for: (User, trade name of the partner, when the partner was disabled)."""
    statement = (
        select(User, Partner.trade_name.label("partner"), Partner.disabled_at.label("partner_disabled_at"))
        .outerjoin(Partner, Partner.id == User.partner_id)
        .where(_may_manage(actor), all_words(User.search_text, request.search))
    )
    if role := request.filter("perfil"):
        statement = statement.where(User.role == Role(role))
    if partner := request.filter("parceiro"):
        statement = statement.where(User.partner_id.in_(partners_named(partner)))
    if situation := request.filter("situacao"):
        statement = statement.where(_situations()[situation])
    return statement


def list_people(
    session: Session, actor: Actor, request: ListRequest
) -> Page[Row[User, str, datetime | None]]:
    """A page of the list of people."""
    return paginate(session, people_list(actor, request), request)


def get_person(session: Session, actor: Actor, user_id: int, *, for_update: bool = False) -> User:
    """A person whose access this person manages.

    Raises:
        Missing: nobody, or not of the own team.
    """
    statement = select(User).where(User.id == user_id, _may_manage(actor))
    if for_update:
        _lock_people(session, user_id)
        statement = statement.execution_options(populate_existing=True)
    user = session.scalar(statement)
    if user is None:
        raise Missing
    return user


def _lock_people(session: Session, user_id: int) -> None:
    """Lock a person together with the administrators, whose last one must stay: all in one order.

    Two administrators who disable each other would else wait for each other without end.
    """
    everybody = or_(User.id == user_id, User.role == Role.ADMIN)
    locked = select(User.id).where(everybody).order_by(User.id).with_for_update(key_share=True)
    session.execute(locked).all()


def _may_manage(actor: Actor) -> ColumnElement[bool]:
    return User.partner_id == actor.partner_id if actor.role.of_partner else true()


def _situations() -> dict[str, ColumnElement[bool]]:
    return {
        ACTIVE: and_(User.disabled_at.is_(None), User.activated_at.is_not(None)),
        INVITED: and_(User.disabled_at.is_(None), User.activated_at.is_(None)),
        DISABLED: User.disabled_at.is_not(None),
    }
