"""What differs between a statement and the partner's own list. Foreign ones are missing."""

from collections.abc import Iterator

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.partners.queries.actors import visible_to
from portal.payouts.models import Divergence, Payout, PayoutCheck
from portal.payouts.rules import DivergenceFilter, DivergenceKind, review_key
from portal.shared.auth import Actor
from portal.shared.db import as_key
from portal.shared.lists import ListRequest, ListSpec, Page, paginate, read_all
from portal.shared.refusals import Missing
from portal.tasks.models import Task

DIVERGENCE_LIST = ListSpec(
    sorts={
        "fatura": Divergence.invoice_number,
        "diferenca": func.coalesce(Divergence.theirs_cents, 0) - func.coalesce(Divergence.ours_cents, 0),
    },
    default="fatura",
    filters={"estado": DivergenceFilter, "tipo": DivergenceKind},
)
EXPORT_LIMIT = 50_000


def find_last_check(session: Session, payout: Payout) -> PayoutCheck | None:
    """The newest list that was compared with a lot, with who sent it."""
    return session.scalar(
        select(PayoutCheck)
        .where(PayoutCheck.payout_id == payout.id)
        .options(joinedload(PayoutCheck.uploaded_by))
        .order_by(PayoutCheck.id.desc())
        .limit(1)
    )


def list_divergences(session: Session, payout: Payout, request: ListRequest) -> Page[Divergence]:
    """A page of a loaded lot's divergences: those of the newest list, and what was decided before it."""
    return paginate(session, _divergences(payout, request), request)


def list_for_export(payout: Payout, request: ListRequest) -> Iterator[Divergence]:
    """The whole list as filtered and sorted, read while a file is sent."""
    yield from read_all(request.ordered(_divergences(payout, request)).limit(EXPORT_LIMIT))


def get_divergence(session: Session, divergence_id: int, *, actor: Actor) -> Divergence:
    """A divergence with its lot and who decided.

    Raises:
        Missing: there is none, or it is not the actor's to see.
    """
    found = session.scalar(
        select(Divergence)
        .where(Divergence.id == divergence_id, visible_to(actor, Divergence.partner_id))
        .options(joinedload(Divergence.payout).joinedload(Payout.partner), joinedload(Divergence.decided_by))
    )
    if found is None:
        raise Missing("Não encontramos esta divergência.")
    return found


def find_review(session: Session, divergence: Divergence) -> Task | None:
    """The task in which finance looks at a divergence; None unless the partner asked for it."""
    return session.scalar(select(Task).where(Task.key == review_key(divergence.id)))


def _divergences(payout: Payout, request: ListRequest) -> Select[Divergence]:
    newest = select(func.max(PayoutCheck.id)).where(PayoutCheck.payout_id == payout.id).scalar_subquery()
    is_there = or_(Divergence.last_check_id == newest, Divergence.decided_at.is_not(None))
    statement = (
        select(Divergence)
        .where(Divergence.payout_id == payout.id, is_there)
        .options(joinedload(Divergence.decided_by))
    )
    if state := request.filter("estado"):
        is_open = Divergence.decided_at.is_(None)
        statement = statement.where(is_open if state == DivergenceFilter.OPEN else ~is_open)
    if kind := request.filter("tipo"):
        statement = statement.where(Divergence.kind == DivergenceKind(kind))
    if request.search:
        statement = statement.where(Divergence.invoice_number == as_key(request.search))
    return statement
