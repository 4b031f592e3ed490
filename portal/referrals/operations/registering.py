"""A new customer says by whose code it came."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.referrals.models import Referral
from portal.referrals.queries.standing import find_referral_of, may_refer, was_customer
from portal.referrals.rules import (
    AlreadyReferred,
    NotNew,
    ReferralState,
    ReferrerGone,
    UnknownCode,
    check_documents,
    customer_of,
)
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.queueing import insert_once


def register_referral(
    session: Session, *, customer: Customer, code: str, actor: Actor, now: datetime
) -> Referral:
    """Keep that a customer came by a code, before its first contract takes effect; once for a document.

    Raises:
        UnknownCode, OwnCode, ReferrerGone, NotNew: at `code`.
        AlreadyReferred: it came by a code already.
    """
    referrer = session.get(Customer, customer_of(code))
    if referrer is None or referrer.erased_at is not None:
        raise UnknownCode
    check_documents(referrer.document, customer.document)
    audit.lock_stream(session, customer_id=customer.id)
    if find_referral_of(session, customer.document) is not None:
        raise AlreadyReferred
    if was_customer(session, customer.document):
        raise NotNew
    if not may_refer(session, referrer.id):
        raise ReferrerGone
    values = {
        "partner_id": customer.partner_id,
        "customer_id": customer.id,
        "document": customer.document,
        "referrer_partner_id": referrer.partner_id,
        "referrer_id": referrer.id,
        "made_at": now,
        "made_by_id": actor.user_id,
        "state": ReferralState.WAITING,
        "reason": "",
        "amount_cents": 0,
    }
    if not insert_once(session, Referral, key="document", values=values):
        raise AlreadyReferred  # with another partner, at the same moment
    referral = find_referral_of(session, customer.document)
    if referral is None:
        raise RuntimeError("a referral that was inserted is not there")
    audit.record(
        session,
        action="referral_registered",
        summary="Indicação de outro cliente registrada",
        subject=referral,
        actor=actor,
        now=now,
    )
    return referral
