"""What the reseller is told about a contract's payments: one kind of mail, many causes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.partners.notifications import kind_of_news, tell_seller
from portal.shared.mail import absolute_url

PAYMENT_UPDATE = kind_of_news("payment_update")


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
    tell_seller(
        session,
        seller=contract.quote.owner,
        partner=contract.customer.partner,
        key=key,
        kind=PAYMENT_UPDATE.name,
        about=contract.id,
        subject=subject,
        opening=opening,
        facts=facts,
        url=absolute_url("contracts.show", contract_id=contract.id),
        now=now,
    )
