"""Referrals as lists and numbers. A partner's people see those of their own new customers."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.customers.models import Customer
from portal.partners.queries.actors import visible_to
from portal.partners.queries.searching import all_words
from portal.referrals.models import Referral
from portal.referrals.rules import ReferralState
from portal.shared.auth import Actor
from portal.shared.lists import DAYS, ListRequest, ListSpec, Page, paginate, read_all, within_days

EXPORT_LIMIT = 50_000
SHOWN = 50
REFERRAL_LIST = ListSpec(
    sorts={"dia": Referral.made_at, "cliente": Customer.name},
    default="-dia",
    filters={"estado": ReferralState, **DAYS},
)


class ReferralNumbers(NamedTuple):
    """Referrals by state, and what both sides got for them, in centavos."""

    waiting: int
    earned: int
    dropped: int
    given_cents: int


def list_referrals(session: Session, request: ListRequest, *, actor: Actor) -> Page[Referral]:
    """A page of referrals, the newest first."""
    return paginate(session, _referrals(request, actor), request)


def list_for_export(request: ListRequest, *, actor: Actor) -> Iterator[Referral]:
    """The whole list as filtered and sorted."""
    yield from read_all(request.ordered(_referrals(request, actor)).limit(EXPORT_LIMIT))


def count_referrals(session: Session, *, actor: Actor) -> ReferralNumbers:
    """All that somebody sees, in numbers."""
    credits_given = func.num_nonnulls(Referral.credit_id, Referral.referrer_credit_id)
    waiting, earned, dropped, cents = session.execute(
        select(
            func.count().filter(Referral.state == ReferralState.WAITING),
            func.count().filter(Referral.state == ReferralState.EARNED),
            func.count().filter(Referral.state == ReferralState.DROPPED),
            func.coalesce(func.sum(Referral.amount_cents * credits_given), 0),
        ).where(visible_to(actor, Referral.partner_id))
    ).one()
    return ReferralNumbers(waiting, earned, dropped, int(cents))


def list_made_by(session: Session, customer_id: int) -> Sequence[Referral]:
    """Whom a customer brought, the newest first."""
    return session.scalars(
        select(Referral)
        .where(Referral.referrer_id == customer_id)
        .options(joinedload(Referral.customer))
        .order_by(Referral.id.desc())
        .limit(SHOWN)
    ).all()


def _referrals(request: ListRequest, actor: Actor) -> Select[Referral]:
    statement = (
        select(Referral)
        .join(Customer, Customer.id == Referral.customer_id)
        .options(joinedload(Referral.customer), joinedload(Referral.referrer), joinedload(Referral.partner))
        .where(visible_to(actor, Referral.partner_id))
    )
    if state := request.filter("estado"):
        statement = statement.where(Referral.state == ReferralState(state))
    if request.search:
        statement = statement.where(or_(all_words(Customer.search_text, request.search)))
    return statement.where(*within_days(request, Referral.made_at))
