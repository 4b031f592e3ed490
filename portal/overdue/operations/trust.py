"""Giving a suspended customer its service back for some days, before it has paid."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.overdue import notifications
from portal.overdue.models import TrustRelease
from portal.overdue.operations.recomputing import recompute
from portal.overdue.queries.trust import list_suspended, offer_to, running_suspensions
from portal.overdue.rules.trust import NothingSuspended, TrustRefused
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_date
from portal.shared.clock import day_of


def release_in_trust(
    session: Session, customer: Customer, *, actor: Actor | None, given_to: str = "", now: datetime
) -> Sequence[TrustRelease]:
    """Release every suspended service of a customer for some days, at once; what was given.

    `actor` is who of the portal does it, None for the customer, who is at the address `given_to`. It ends by
    the night's work, without anybody.

    Raises:
        NothingSuspended: no service is suspended, or it is released in trust already.
        TrustRefused: the customer may not have it, in words that say why and from when it may.
    """
    audit.lock_stream(session, customer_id=customer.id)
    suspended, today = list_suspended(session, customer.id), day_of(now)
    if not suspended:
        raise NothingSuspended
    offer = offer_to(session, customer.id, today=today)
    if offer.until is None:
        raise TrustRefused(offer.why_not)
    running = running_suspensions(session, [each.contract_id for each in suspended])
    releases = [
        TrustRelease(
            contract_id=each.contract_id,
            partner_id=each.partner_id,
            customer_id=each.customer_id,
            suspension_id=running[each.contract_id].id,
            given_at=now,
            until_on=offer.until,
            given_by_id=actor.user_id if actor else None,
            given_to="" if actor else given_to,
        )
        for each in suspended
    ]
    session.add_all(releases)
    session.flush()
    recompute(session, [each.id for each in suspended], now=now)
    for release, subscription in zip(releases, suspended, strict=True):
        _record(session, release, subscription.plan_name, actor=actor, now=now)
    notifications.trust_given(session, release_ids=[release.id for release in releases], now=now)
    return releases


def _record(
    session: Session, release: TrustRelease, plan_name: str, *, actor: Actor | None, now: datetime
) -> None:
    audit.record(
        session,
        action="released_in_trust",
        summary=f"Serviço {plan_name} liberado em confiança até {format_date(release.until_on)}",
        subject=release,
        actor=actor,
        actor_label=release.given_to,
        now=now,
    )
