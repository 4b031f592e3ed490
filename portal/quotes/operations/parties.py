"""For whom somebody writes."""

from sqlalchemy.orm import Session

from portal.partners.models import Partner
from portal.shared.auth import Actor, Permission
from portal.shared.refusals import Forbidden, Missing


def writing_partner(session: Session, actor: Actor, partner_id: int) -> Partner:
    """The partner the actor writes quotes for.

    Raises:
        Missing: it is another partner's row.
        Forbidden: the actor's role writes no quotes.
    """
    if not actor.can(Permission.WRITE_QUOTES):
        raise Forbidden
    if actor.partner_id != partner_id:
        raise Missing
    return partner_of(session, partner_id)


def partner_of(session: Session, partner_id: int) -> Partner:
    """The partner of a row."""
    return session.get_one(Partner, partner_id)
