"""The customer's record around the pages of this room: nobody leaves it to work on a request."""

from typing import Any

from portal.customers.queries.reading import details_of, get_customer, situation_of
from portal.customers.rules import missing_parts
from portal.shared import clock
from portal.shared.auth import actor
from portal.shared.db import db


def record_frame(customer_id: int) -> dict[str, Any]:
    """What `customers/record.html` asks for of a customer whose case or contract is seen.

    Raises:
        Missing: it is another partner's.
    """
    customer = get_customer(db.session, customer_id, actor=actor())
    return {
        "customer": customer,
        "situation": situation_of(db.session, actor(), customer, now=clock.now()),
        "missing": missing_parts(details_of(customer)),
    }
