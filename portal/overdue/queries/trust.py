"""Reads of releases in trust. A partner's people see those of their own customers."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from portal.catalog.rules import ServiceState
from portal.customers.models import Customer
from portal.overdue.models import Suspension, TrustRelease
from portal.overdue.queries.facts import among
from portal.overdue.rules.lateness import ReleaseReason
from portal.overdue.rules.trust import TrustOffer, TrustOutcome, TrustTerms, trust_offer
from portal.partners.queries.actors import visible_to
from portal.partners.queries.searching import all_words
from portal.settings.queries import value_in_sql
from portal.settings.rules.names import Name
from portal.shared.auth import Actor
from portal.shared.clock import SAO_PAULO, day_of
from portal.shared.lists import DAYS, ListRequest, ListSpec, Page, paginate, read_all, within_days
from portal.shared.refusals import Missing
from portal.subscriptions.models import Subscription

EXPORT_LIMIT = 50_000
TRUST_LIST = ListSpec(
    sorts={"liberada": TrustRelease.given_at, "cliente": Customer.name},
    default="-liberada",
    filters={"desfecho": TrustOutcome, **DAYS},
)


class TrustStanding(NamedTuple):
    """How a service stands: since when it is suspended, until when it is released in trust meanwhile, and
    what it may have. All None where it is not suspended.
    """

    suspended_on: date | None = None
    trusted_until: date | None = None
    offer: TrustOffer | None = None


def trust_standing(session: Session, *, contract_id: int, today: date) -> TrustStanding:
    """How the service of a contract stands. One statement."""
    row = session.execute(
        select(
            Subscription.service_state,
            Suspension.suspended_at,
            TrustRelease.until_on,
            *offer_columns(Subscription.customer_id),
        )
        .join(Suspension, Suspension.contract_id == Subscription.contract_id)
        .outerjoin(TrustRelease, TrustRelease.suspension_id == Suspension.id)
        .where(Subscription.contract_id == contract_id, Suspension.released_at.is_(None))
    ).first()
    if row is None:
        return TrustStanding()
    is_suspended = row.service_state is ServiceState.SUSPENDED
    return TrustStanding(
        suspended_on=day_of(row.suspended_at),
        trusted_until=None if is_suspended else row.until_on,
        offer=offer_in(row, today=today) if is_suspended else None,
    )


def offer_to(session: Session, customer_id: int, *, today: date) -> TrustOffer:
    """Whether a customer with a suspended service may have it back in trust today. One statement."""
    return offer_in(session.execute(select(*offer_columns(customer_id))).one(), today=today)


def offer_columns(customer_id: Any) -> tuple[ColumnElement[Any], ...]:
    """What `offer_in` decides by, as part of a larger statement; `customer_id` may be a column of it."""
    past = aliased(TrustRelease)  # the larger statement may read the table itself
    last = select(func.max(past.given_at)).where(past.customer_id == customer_id)
    return (
        value_in_sql(Name.TRUST_RELEASE_DAYS).label("trust_days"),
        value_in_sql(Name.TRUST_RELEASE_AGAIN_DAYS).label("trust_again_after"),
        last.scalar_subquery().label("last_trusted_at"),
    )


def offer_in(row: Any, *, today: date) -> TrustOffer:
    """The offer a row with `offer_columns` tells of."""
    terms = TrustTerms(row.trust_days, row.trust_again_after)
    return trust_offer(row.last_trusted_at and day_of(row.last_trusted_at), terms=terms, today=today)


def list_suspended(session: Session, customer_id: int) -> Sequence[Subscription]:
    """The services of a customer that are suspended and not released in trust, by id."""
    return session.scalars(
        select(Subscription)
        .where(Subscription.customer_id == customer_id, Subscription.service_state == ServiceState.SUSPENDED)
        .order_by(Subscription.id)
    ).all()


def running_suspensions(session: Session, contract_ids: Collection[int]) -> Mapping[int, Suspension]:
    """The suspension that runs, by contract."""
    running = select(Suspension).where(
        among(Suspension.contract_id, contract_ids), Suspension.released_at.is_(None)
    )
    return {each.contract_id: each for each in session.scalars(running)}


def ended_releases(session: Session, subscription_ids: Collection[int], *, today: date) -> Sequence[int]:
    """The ids of releases that are over while the suspension of their service is not."""
    return session.scalars(
        select(TrustRelease.id)
        .join(Suspension, Suspension.id == TrustRelease.suspension_id)
        .join(Subscription, Subscription.contract_id == TrustRelease.contract_id)
        .where(
            among(Subscription.id, subscription_ids),
            Suspension.released_at.is_(None),
            TrustRelease.until_on < today,
        )
        .order_by(TrustRelease.id)
    ).all()


def load_trust(session: Session, release_id: int) -> TrustRelease:
    """A release with its suspension and the notice of it. Raises `Missing`."""
    notice = joinedload(TrustRelease.suspension, innerjoin=True).joinedload(Suspension.notice, innerjoin=True)
    found = session.scalar(select(TrustRelease).options(notice).where(TrustRelease.id == release_id))
    if found is None:
        raise Missing("Não encontramos esta liberação.")
    return found


def list_releases(
    session: Session, request: ListRequest, *, actor: Actor, today: date
) -> Page[Row[TrustRelease, str]]:
    """A page of releases with their customers and what they were for, each with the value of its outcome."""
    return paginate(session, _wanted(request, actor, today), request)


def list_for_export(request: ListRequest, *, actor: Actor, today: date) -> Iterator[Row[TrustRelease, str]]:
    """As `list_releases`, all of them up to a limit."""
    return read_all(request.ordered(_wanted(request, actor, today)).limit(EXPORT_LIMIT))


def count_by_outcome(session: Session, *, actor: Actor, today: date) -> Mapping[TrustOutcome, int]:
    """How many releases there are of each outcome."""
    outcome = _outcome(today)
    rows = session.execute(
        select(outcome, func.count())
        .select_from(TrustRelease)
        .join(Suspension, Suspension.id == TrustRelease.suspension_id)
        .where(visible_to(actor, TrustRelease.partner_id))
        .group_by(outcome)
    ).all()
    counts = {TrustOutcome(code): count for code, count in rows}
    return {each: counts.get(each, 0) for each in TrustOutcome}


def _wanted(request: ListRequest, actor: Actor, today: date) -> Select[TrustRelease, str]:
    statement = (
        select(TrustRelease, _outcome(today))
        .join(TrustRelease.customer)
        .join(TrustRelease.suspension)
        .options(
            contains_eager(TrustRelease.customer),
            contains_eager(TrustRelease.suspension),
            joinedload(TrustRelease.subscription, innerjoin=True),
            joinedload(TrustRelease.partner, innerjoin=True),
            joinedload(TrustRelease.given_by),
        )
        .where(visible_to(actor, TrustRelease.partner_id))
    )
    if request.search:
        statement = statement.where(all_words(Customer.search_text, request.search))
    if outcome := request.filters.get("desfecho"):
        statement = statement.where(_outcome(today) == outcome)
    return statement.where(*within_days(request, TrustRelease.given_at))


def _outcome(today: date) -> ColumnElement[Any]:
    """The value of what became of a release, from its suspension."""
    released_on = func.date(func.timezone(SAO_PAULO.key, Suspension.released_at))
    runs = Suspension.released_at.is_(None)
    paid = Suspension.release_reason == ReleaseReason.PAID
    return case(
        (and_(runs, TrustRelease.until_on >= today), TrustOutcome.RUNNING.value),
        (and_(paid, released_on <= TrustRelease.until_on), TrustOutcome.PAID.value),
        (paid, TrustOutcome.PAID_LATER.value),
        else_=TrustOutcome.NOT_PAID.value,
    )
