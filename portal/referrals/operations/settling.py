"""The discount of a referral: a credit for both, once, a week after the first payment."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.receipts.operations.credit import give_discount
from portal.receipts.rules.receiving import CreditReason
from portal.referrals import notifications
from portal.referrals.models import Referral
from portal.referrals.queries.standing import first_active_at, list_waiting, may_refer
from portal.referrals.rules import FORGOTTEN_AFTER, ReferralState, is_earned_on
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared import audit
from portal.shared.brazil import format_money
from portal.shared.clock import day_of

AT_ONCE = 500
LEFT, NEVER_CAME = "O novo cliente saiu antes do prazo.", "O novo cliente não contratou em 180 dias."


def settle_referrals(session: Session, *, after: int = 0, now: datetime) -> tuple[int, int | None]:
    """Give what is due and drop what came to nothing; how many were earned, and where to go on, if at all.

    The amount is the setting's of the day on which it is given, in centavos for each of the two.
    """
    waiting = list_waiting(session, after=after, limit=AT_ONCE)
    earned = sum(_settle(session, referral_id, now=now) for referral_id in waiting)
    return earned, waiting[-1] if len(waiting) == AT_ONCE else None


def _settle(session: Session, referral_id: int, *, now: datetime) -> bool:
    referral = session.get_one(Referral, referral_id, with_for_update=True, populate_existing=True)
    if referral.state is not ReferralState.WAITING:
        return False
    today, active_at = day_of(now), first_active_at(session, referral.document)
    if active_at is None:
        if today >= day_of(referral.made_at) + FORGOTTEN_AFTER:
            _drop(session, referral, NEVER_CAME, now=now)
        return False
    if not is_earned_on(day_of(active_at), today=today):
        return False
    amount = value(session, Name.REFERRAL_DISCOUNT_REAIS) * 100
    if not may_refer(session, referral.customer_id) or not amount:
        _drop(session, referral, LEFT, now=now)
        return False
    _give(session, referral, amount, now=now)
    return True


def _give(session: Session, referral: Referral, amount: int, *, now: datetime) -> None:
    for customer_id in sorted((referral.customer_id, referral.referrer_id)):
        audit.lock_stream(session, customer_id=customer_id)
    credit_id = _credit(session, referral, referral.customer_id, amount, now=now)
    stays = may_refer(session, referral.referrer_id)  # who left meanwhile has no next invoice
    referrer_credit_id = _credit(session, referral, referral.referrer_id, amount, now=now) if stays else None
    referral.state, referral.settled_at, referral.amount_cents = ReferralState.EARNED, now, amount
    referral.credit_id, referral.referrer_credit_id = credit_id, referrer_credit_id
    session.flush()
    notifications.discounts_given(session, referral=referral, now=now)


def _credit(session: Session, referral: Referral, customer_id: int, amount: int, *, now: datetime) -> int:
    customer = session.get_one(Customer, customer_id)
    credit = give_discount(
        session,
        reason=CreditReason.REFERRAL,
        cause_id=referral.id,
        customer=customer,
        amount_cents=amount,
        now=now,
    )
    audit.record(
        session,
        action="referral_earned",
        summary=f"Indicação: crédito de {format_money(amount)} para a próxima fatura",
        subject=customer,
        owner=credit,
        actor=None,
        now=now,
    )
    return credit.id


def _drop(session: Session, referral: Referral, reason: str, *, now: datetime) -> None:
    referral.state, referral.reason, referral.settled_at = ReferralState.DROPPED, reason, now
    session.flush()
