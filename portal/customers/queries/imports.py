"""Uploaded files of customers."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.customers.models import CustomerImport
from portal.partners.queries.actors import visible_to
from portal.shared.auth import Actor
from portal.shared.refusals import Missing

RECENT_IMPORTS = 10


def get_import(session: Session, import_id: int, *, actor: Actor) -> CustomerImport:
    """An upload with its partner.

    Raises:
        Missing: no such upload, or another partner's.
    """
    found = session.scalar(
        select(CustomerImport)
        .options(joinedload(CustomerImport.partner), joinedload(CustomerImport.uploaded_by))
        .where(CustomerImport.id == import_id, visible_to(actor, CustomerImport.partner_id))
    )
    if found is None:
        raise Missing("Não encontramos esta importação.")
    return found


def list_recent_imports(session: Session, actor: Actor) -> Sequence[CustomerImport]:
    """The newest uploads that were loaded, with who and for whom."""
    return session.scalars(
        select(CustomerImport)
        .options(joinedload(CustomerImport.partner), joinedload(CustomerImport.uploaded_by))
        .where(visible_to(actor, CustomerImport.partner_id), CustomerImport.loaded_at.is_not(None))
        .order_by(CustomerImport.id.desc())
        .limit(RECENT_IMPORTS)
    ).all()
