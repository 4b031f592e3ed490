"""What a reseller's people are told about their business: a greeting, what happened, facts and a link."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.partners.models import Partner
from portal.shared.mail import queue_notice
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, NoticeKind, always
from portal.users.models import User


def tell_seller(
    session: Session,
    *,
    seller: User,
    partner: Partner,
    kind: str,
    about: int,
    key: str,
    subject: str,
    opening: str,
    facts: Sequence[tuple[str, str]],
    url: str,
    now: datetime,
) -> None:
    """A mail to somebody of a partner; to the partner's own address when that person left.

    `kind` is one of `*_update` (`kind_of_news`), whose templates show `facts` as a table and a button that
    leads to `url`; `about` the row it tells of. Its words are those of the event and are kept with it.
    """
    has_left = seller.disabled_at is not None and bool(partner.email)
    name = partner.trade_name if has_left else seller.name
    queue_notice(
        session,
        kind=kind,
        subject_id=about,
        key=key,
        to=partner.email if has_left else seller.email,
        to_name=name,
        facts={"subject": subject, "opening": opening, "facts": [list(fact) for fact in facts], "url": url},
        now=now,
        partner_id=partner.id,
    )


def kind_of_news(name: str) -> NoticeKind:
    """A kind of notice that `tell_seller` queues, with a template of the same name. Events stay true."""
    return NoticeKind(name=name, is_needed=always, write=_tell)


def _tell(_session: Session, notice: MailMessage, _now: datetime) -> Letter:
    return Letter(template=notice.kind, context={"name": notice.to_name, **notice.facts})
