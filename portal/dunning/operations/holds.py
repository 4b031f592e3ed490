"""Not reminding somebody for some time: a hold, a promise to pay, or never by mail again."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.dunning.models import DunningHold
from portal.dunning.queries.reading import find_hold, lock_hold
from portal.dunning.rules.sending import DayMissing, HoldKind, NothingHeld
from portal.invoices.models import Invoice
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_date
from portal.shared.clock import day_of


def hold(
    session: Session,
    *,
    customer: Customer,
    kind: HoldKind,
    until_on: date | None,
    reason: str,
    invoice: Invoice | None = None,
    actor: Actor | None,
    address: str = "",
    now: datetime,
) -> DunningHold:
    """Remind a customer, or of one invoice, no more up to a day, both included; opted out, without one.

    It takes the place of an earlier one of its kind; the same once more is the one that is there.

    Without an `actor` the customer wants it, who is at an `address`. A promise that is not kept ends by
    itself: the day after, the next run has the customer again.

    Raises:
        DayMissing: a hold or a promise is not for a day to come.
    """
    if kind is HoldKind.OPT_OUT:
        until_on = None
    elif until_on is None or until_on <= day_of(now):
        raise DayMissing
    audit.lock_stream(session, customer_id=customer.id)
    earlier = find_hold(session, customer.id, kind=kind, invoice_id=invoice.id if invoice else None)
    if earlier is not None:
        if (earlier.until_on, earlier.reason) == (until_on, reason):
            return earlier
        earlier.lifted_at = now
        session.flush()
    row = DunningHold(
        partner_id=customer.partner_id,
        customer_id=customer.id,
        invoice_id=invoice.id if invoice else None,
        kind=kind,
        until_on=until_on,
        reason=reason,
        made_at=now,
        made_by_id=actor.user_id if actor else None,
    )
    session.add(row)
    session.flush()
    _log(session, row, "dunning_held", _in_words(row, invoice), actor=actor, address=address, now=now)
    return row


def _log(
    session: Session,
    row: DunningHold,
    action: str,
    summary: str,
    *,
    actor: Actor | None,
    address: str,
    now: datetime,
) -> None:
    audit.record(
        session,
        action=action,
        summary=summary,
        subject=row,
        actor=actor,
        actor_label=address,
        reason=row.reason if row.lifted_at is None else "",
        now=now,
    )


def _in_words(row: DunningHold, invoice: Invoice | None) -> str:
    of_invoice = f", fatura {invoice.label}" if invoice else ""
    until = f" até {format_date(row.until_on)}" if row.until_on else ""
    return f"Cobrança: {row.kind.label.lower()}{until}{of_invoice}"


def lift(
    session: Session,
    hold_id: int,
    *,
    customer: Customer,
    actor: Actor | None,
    address: str = "",
    now: datetime,
) -> DunningHold:
    """Remind again. Without an `actor` the customer wants it, who is at an `address`.

    Raises:
        Missing: the customer has no such hold.
        NothingHeld: it was lifted.
    """
    audit.lock_stream(session, customer_id=customer.id)
    row = lock_hold(session, hold_id, customer_id=customer.id)
    if row.lifted_at is not None:
        raise NothingHeld
    row.lifted_at = now
    summary = f"Cobrança retomada: {row.kind.label.lower()}"
    _log(session, row, "dunning_resumed", summary, actor=actor, address=address, now=now)
    return row
