"""Real invoices by which the texts of steps are tried before they are put in force."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Integer, cast, func, literal, null, select
from sqlalchemy.orm import Session

from portal.dunning.queries.audiences import is_for
from portal.dunning.rules.steps import Step
from portal.invoices.models import Invoice
from portal.invoices.queries.limits import least_owed_cents
from portal.invoices.rules.states import InvoiceState
from portal.subscriptions.rules import BilledTo

NEAR = 20
"""How many days from its own a step may be shown by an invoice."""


class _Asked:
    """A typed step as the columns that say whom it is for."""

    def __init__(self, step: Step) -> None:
        self.audience = literal(step.audience.value)
        self.service_kind = literal(step.service_kind.value) if step.service_kind else null()


def _find_example(session: Session, step: Step, *, least_cents: int, today: date) -> int | None:
    """The invoice a step would be about soonest: open, of a customer it is for; None where there is none."""
    due_on = today - timedelta(days=step.days)
    return session.scalar(
        select(Invoice.id)
        .where(
            Invoice.state == InvoiceState.OPEN,
            Invoice.billed_to == BilledTo.CUSTOMER,
            Invoice.due_on.between(due_on - timedelta(NEAR), due_on + timedelta(NEAR)),
            Invoice.amount_cents - Invoice.paid_cents >= max(step.min_cents, least_cents),
            is_for(_Asked(step), before=literal(today + timedelta(days=1)), of=(Invoice,)),
        )
        .order_by(func.abs(cast(Invoice.due_on - literal(due_on), Integer)), Invoice.id)
        .limit(1)
    )


def find_examples(session: Session, steps: Sequence[Step], *, today: date) -> Sequence[int | None]:
    """One for each step, in their order."""
    least_cents = least_owed_cents(session)
    return [_find_example(session, step, least_cents=least_cents, today=today) for step in steps]
