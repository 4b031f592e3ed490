"""The bank takes the payment of a boleto back: so does the portal, with all that came of it."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.queries.boletos import find_last_payment
from portal.banking.rules.return_reading import Occurrence
from portal.receipts.operations.returning import Asked, take_payment_back
from portal.receipts.rules.returning import ReturnCause, StillParked
from portal.shared.auth import Role
from portal.shared.brazil import format_money
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind

LOOK_WITHIN = timedelta(days=1)


def undo_payment(
    session: Session, *, boleto: Boleto, occurrence: Occurrence, key: str, now: datetime
) -> None:
    """The last payment of the boleto goes back. `key` is what the bank's line is called: again is nothing.

    Money that nobody has placed yet cannot go back by itself: finance gets a task.
    """
    payment = find_last_payment(session, boleto)
    if payment is None:  # it was on its way and is not booked
        return
    asked = Asked(
        cause=ReturnCause.UNDONE,
        key=key,
        amount_cents=payment.amount_cents,
        reason=occurrence.description,
    )
    try:
        take_payment_back(session, payment_id=payment.id, asked=asked, actor=None, now=now)
    except StillParked:
        open_task(
            session,
            key=f"undone:{key}",
            kind=TaskKind.REFUND,
            team=Role.FINANCE,
            title=f"Boleto de {format_money(payment.amount_cents)} desfeito, ainda a conferir",
            detail=occurrence.description,
            subject=payment,
            due_at=now + LOOK_WITHIN,
            now=now,
        )
