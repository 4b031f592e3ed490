"""Which terms end soon, and what was offered for the next."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, Integer, Select, cast, column, func, literal, select, true
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.readjustments.models import RenewalOffer
from portal.readjustments.rules.renewals import OFFERED_BEFORE
from portal.shared.refusals import Missing
from portal.subscriptions.models import Subscription
from portal.subscriptions.queries.periods import period_of
from portal.subscriptions.rules import BilledTo

FIRST_OF_TERM = 1


def terms_to_offer(today: date, *, now: datetime) -> Select[*tuple[Any, ...]]:
    """The terms of several months whose first payment falls due within thirty days, in an offer's columns.

    Of what we bill to customers, as long as that payment is not billed.
    """
    last = Subscription.next_number + Subscription.payments_in_term - 1
    numbers = (
        func.generate_series(Subscription.next_number, last)
        .table_valued(column("numbers", BigInteger))
        .lateral("numbers")
    )
    period = period_of(numbers.c.numbers)
    starts_on, due_on = period.c.starts_on, period.c.due_on
    months, a_day = func.make_interval(0, cast(Subscription.months, Integer)), func.make_interval(0, 0, 0, 1)
    return (
        select(
            Subscription.contract_id,
            Subscription.partner_id,
            Subscription.customer_id,
            numbers.c.numbers.label("number"),
            due_on,
            starts_on,
            cast(starts_on + months - a_day, Date).label("ends_on"),
            Subscription.monthly_cents,
            literal(now).label("offered_at"),
        )
        .join(Contract, Contract.id == Subscription.contract_id)
        .join(numbers, true())
        .join(period, true())
        .where(
            Subscription.billed_to == BilledTo.CUSTOMER,
            Subscription.months > 1,
            Subscription.ended_at.is_(None),
            Subscription.bills_until.is_(None),
            Contract.state == ContractState.ACTIVE,
            period.c.payment == FIRST_OF_TERM,
            Subscription.next_due_on <= today + OFFERED_BEFORE,
            due_on > today,
            due_on <= today + OFFERED_BEFORE,
        )
    )


def open_offers(session: Session, customer_id: int, *, today: date) -> Sequence[RenewalOffer]:
    """What a customer may accept, the first to begin first."""
    return session.scalars(
        _valid(today).where(RenewalOffer.customer_id == customer_id).order_by(RenewalOffer.starts_on)
    ).all()


def get_own_offer(session: Session, offer_id: int, *, customer_id: int) -> RenewalOffer:
    """An offer to this customer, in whatever state.

    Raises:
        Missing: there is none, or it is somebody else's.
    """
    found = session.scalar(
        select(RenewalOffer).where(RenewalOffer.id == offer_id, RenewalOffer.customer_id == customer_id)
    )
    if found is None:
        raise Missing("Não encontramos esta oferta de renovação.")
    return found


def latest_offer(session: Session, contract_id: int) -> RenewalOffer | None:
    """The newest offer of a contract."""
    return session.scalar(
        select(RenewalOffer)
        .where(RenewalOffer.contract_id == contract_id)
        .order_by(RenewalOffer.starts_on.desc())
        .limit(1)
    )


def is_valid(session: Session, offer_id: int, *, today: date) -> bool:
    """Whether an offer may be accepted."""
    return session.scalar(_valid(today).where(RenewalOffer.id == offer_id)) is not None


def _valid(today: date) -> Select[RenewalOffer]:
    return (
        select(RenewalOffer)
        .join(Contract, Contract.id == RenewalOffer.contract_id)
        .join(Subscription, Subscription.contract_id == RenewalOffer.contract_id)
        .where(
            RenewalOffer.accepted_at.is_(None),
            RenewalOffer.due_on > today,
            Subscription.next_number <= RenewalOffer.number,
            Contract.state.in_((ContractState.ACTIVE, ContractState.SUSPENDED)),
        )
    )
