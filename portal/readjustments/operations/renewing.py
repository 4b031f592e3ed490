"""The next term is offered at the price of now, and accepted by the customer or for it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.contracts.operations.locking import locked_contract
from portal.readjustments.models import RenewalOffer
from portal.readjustments.notifications import tell_of_renewals
from portal.readjustments.operations.holding import withdraw_unbilled
from portal.readjustments.queries.renewals import is_valid, terms_to_offer
from portal.readjustments.rules.renewals import OfferOver
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import day_of

COLUMNS = (
    "contract_id", "partner_id", "customer_id", "number", "due_on", "starts_on", "ends_on", "monthly_cents",
    "offered_at",
)  # fmt: skip
AT_ONCE = 1_000
KEPT = "O cliente renovou e manteve o preço."


def offer_renewals(session: Session, *, now: datetime) -> int:
    """Offer every term whose first payment is due within thirty days, once, and mail it.

    Gives how many, at most `AT_ONCE`.
    """
    due = terms_to_offer(day_of(now), now=now).subquery("due")
    offered = select(RenewalOffer.id).where(
        RenewalOffer.contract_id == due.c.contract_id, RenewalOffer.starts_on == due.c.starts_on
    )
    new = select(due).where(~offered.exists()).order_by(due.c.contract_id).limit(AT_ONCE)
    made = session.execute(
        insert(RenewalOffer).from_select(COLUMNS, new).on_conflict_do_nothing().returning(RenewalOffer.id)
    )
    ids = made.scalars().all()
    tell_of_renewals(session, ids, now=now)
    return len(ids)


def accept_renewal(
    session: Session, *, offer: RenewalOffer, actor: Actor | None, address: str = "", now: datetime
) -> None:
    """Keep the price for the term that was offered: from its first day the year is counted anew.

    A readjustment that was released for it and is not billed is withdrawn.

    Without an `actor` the customer accepts, who is at an `address`. Accepted again, nothing happens.

    Raises:
        OfferOver: its first payment is billed, or the contract ends.
    """
    audit.lock_stream(session, customer_id=offer.customer_id)
    contract = locked_contract(session, offer.contract_id)
    session.refresh(offer, with_for_update=True)
    if offer.accepted_at is not None:
        return
    if not is_valid(session, offer.id, today=day_of(now)):
        raise OfferOver(offer.due_on)
    withdraw_unbilled(session, contract, reason=KEPT, actor=actor, now=now)
    offer.accepted_at, offer.accepted_by = now, actor.name if actor else address
    session.flush()
    term = f"{format_date(offer.starts_on)} a {format_date(offer.ends_on)}"
    audit.record(
        session,
        action="renewal_accepted",
        summary=f"Renovação aceita: {format_money(offer.monthly_cents)} por mês, de {term}",
        subject=contract,
        actor=actor,
        actor_label=address,
        now=now,
    )
