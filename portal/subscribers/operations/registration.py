"""People of a customer put its registration right."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.customers.operations import change_customer
from portal.customers.queries.reading import details_of


def change_registration(
    session: Session,
    *,
    customer: Customer,
    values: Mapping[str, Any],
    lock_version: int,
    email: str,
    now: datetime,
) -> list[str]:
    """Change phone and address of a loaded customer; the names of what changed, in words.

    Raises:
        ChangedMeanwhile: somebody saved the registration since it was opened.
    """
    return change_customer(
        session,
        customer=customer,
        lock_version=lock_version,
        details=replace(details_of(customer), **values),
        actor=None,
        actor_label=email,
        now=now,
    )
