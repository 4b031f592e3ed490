"""What the reseller is told about a contract's payments: one kind of mail, many causes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.shared.mail import absolute_url, queue_mail


def tell_owner(
    session: Session,
    contract: Contract,
    *,
    key: str,
    subject: str,
    opening: str,
    facts: Sequence[tuple[str, str]],
    now: datetime,
) -> None:
    """A mail about a loaded contract to who sold it; to the partner's address when that person left."""
    owner, partner = contract.quote.owner, contract.customer.partner
    gone = owner.disabled_at is not None and bool(partner.email)
    name = partner.trade_name if gone else owner.name
    queue_mail(
        session,
        key=key,
        to=partner.email if gone else owner.email,
        to_name=name,
        template="payment_update",
        context={
            "subject": subject,
            "name": name,
            "opening": opening,
            "facts": facts,
            "url": absolute_url("contracts.show", contract_id=contract.id),
        },
        now=now,
        partner_id=contract.partner_id,
    )
