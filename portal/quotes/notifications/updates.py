"""What the reseller is told about a quote: one kind of mail, many causes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.partners.models import Partner
from portal.partners.notifications import kind_of_news, tell_seller
from portal.quotes.models import QuoteVersion
from portal.shared.mail import absolute_url
from portal.users.models import User

QUOTE_UPDATE = kind_of_news("quote_update")


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
    tell_seller(
        session,
        seller=person,
        partner=session.get_one(Partner, version.partner_id),
        key=key,
        kind=QUOTE_UPDATE.name,
        about=version.quote_id,
        subject=subject,
        opening=opening,
        facts=facts,
        url=absolute_url("quotes.show", quote_id=version.quote_id),
        now=now,
    )
