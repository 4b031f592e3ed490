"""What a reseller's people are told about their business: a greeting, what happened, facts and a link."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.partners.models import Partner
from portal.shared.mail import queue_mail
from portal.users.models import User


def tell_seller(
    session: Session,
    *,
    seller: User,
    partner: Partner,
    key: str,
    template: str,
    subject: str,
    opening: str,
    facts: Sequence[tuple[str, str]],
    url: str,
    now: datetime,
) -> None:
    """A mail to somebody of a partner; to the partner's own address when that person left.

    `template` is one of `*_update`, which show `facts` as a table and a button that leads to `url`.
    """
    has_left = seller.disabled_at is not None and bool(partner.email)
    name = partner.trade_name if has_left else seller.name
    queue_mail(
        session,
        key=key,
        to=partner.email if has_left else seller.email,
        to_name=name,
        template=template,
        context={"subject": subject, "name": name, "opening": opening, "facts": facts, "url": url},
        now=now,
        partner_id=partner.id,
    )
