"""Both are told of the discount a referral brought."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.customers.queries.reading import load_customer, recipient_of
from portal.referrals.models import Referral
from portal.referrals.rules import code_of
from portal.shared.brazil import format_money
from portal.shared.mail import queue_notice
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, NoticeKind, always

MAIL = "referral_earned"


def discounts_given(session: Session, *, referral: Referral, now: datetime) -> None:
    """A mail to each who got a credit, once."""
    ids = [referral.customer_id, *([referral.referrer_id] if referral.referrer_credit_id else [])]
    for customer_id in ids:
        customer = load_customer(session, customer_id)
        if (to := recipient_of(customer)) is not None:
            queue_notice(
                session,
                kind=MAIL,
                subject_id=referral.id,
                key=f"{MAIL}:{referral.id}:{customer_id}",
                facts={"customer_id": customer_id},
                to=to.address,
                to_name=to.name,
                now=now,
                partner_id=customer.partner_id,
            )


def _letter(session: Session, mail: MailMessage, _now: datetime) -> Letter:
    referral = session.get_one(Referral, mail.subject_id)
    customer_id = mail.facts["customer_id"]
    return Letter(
        template=MAIL,
        context={
            "name": mail.to_name,
            "amount": format_money(referral.amount_cents),
            "is_new": customer_id == referral.customer_id,
            "code": code_of(customer_id),
        },
    )


NOTICES = (NoticeKind(name=MAIL, is_needed=always, write=_letter),)
