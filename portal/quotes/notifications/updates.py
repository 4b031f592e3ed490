"""What the reseller is told about a quote: one kind of mail, many causes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.partners.models import Partner
from portal.quotes.models import QuoteVersion
from portal.shared.mail import absolute_url, queue_mail
from portal.users.models import User


def tell(
    session: Session,
    person: User,
    version: QuoteVersion,
    *,
    key: str,
    subject: str,
    opening: str,
    facts: Sequence[tuple[str, str]],
    now: datetime,
) -> None:
    """A mail about a quote to somebody of the partner; to the partner's address when that person left."""
    partner = session.get_one(Partner, version.partner_id)
    gone = person.disabled_at is not None and bool(partner.email)
    queue_mail(
        session,
        key=key,
        to=partner.email if gone else person.email,
        to_name=partner.trade_name if gone else person.name,
        template="quote_update",
        context={
            "subject": subject,
            "name": partner.trade_name if gone else person.name,
            "opening": opening,
            "facts": facts,
            "url": absolute_url("quotes.show", quote_id=version.quote_id),
        },
        now=now,
        partner_id=version.partner_id,
    )
