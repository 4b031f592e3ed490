"""What is asked to be erased, and of whom."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.rules.states import IN_FORCE, WAITS
from portal.customers.models import Customer
from portal.tasks.models import Task

REQUEST = "erasure:"


def request_key(customer_id: int, month: str) -> str:
    """The key of the task that asks an admin, once a month."""
    return f"{REQUEST}{customer_id}:{month}"


def open_requests(session: Session, customer_id: int) -> Sequence[Task]:
    """The requests of a customer that nobody answered."""
    asked = Task.key.startswith(f"{REQUEST}{customer_id}:", autoescape=True)
    return session.scalars(select(Task).where(asked, Task.closed_at.is_(None)).order_by(Task.id)).all()


def people_of(customer: Customer) -> Sequence[str]:
    """The addresses of a loaded customer and its people."""
    found = [customer.email, *(contact.email for contact in customer.contacts)]
    if customer.signatory:
        found.insert(1, customer.signatory.email)
    return [address for address in dict.fromkeys(found) if address]


def has_contract(session: Session, customer_id: int) -> bool:
    """Whether a customer has a contract in force or under way, for which it must be reached."""
    found = select(Contract.id).where(
        Contract.customer_id == customer_id, Contract.state.in_((*IN_FORCE, *WAITS))
    )
    return session.scalar(found.limit(1)) is not None
