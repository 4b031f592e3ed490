"""An invoice whose money went back: owed again, by the figures of what paid it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.invoices.events import InvoiceReopened
from portal.invoices.models import Invoice, LateCharge
from portal.invoices.operations.ledger import post_of_invoice
from portal.invoices.operations.log import log_event
from portal.invoices.queries.late_charges import list_late_charges
from portal.invoices.queries.limits import least_owed_cents
from portal.invoices.rules.ledger import Account, PostingKind
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.shared.brazil import format_money
from portal.shared.events import publish
from portal.subscriptions.operations.covering import take_back_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Why money goes back: `cause` as the event tells it, `key` its name in the ledger, unique."""

    cause: str
    key: str
    reason: str
    now: datetime


def reopen_invoice(
    session: Session,
    invoice: Invoice,
    *,
    payment_key: str,
    amount_cents: int,
    source: Account,
    why: Return,
    short_cents: int = 0,
    held: bool = False,
) -> None:
    """Let a locked invoice be owed again for `amount_cents` that its payment of this key had paid.

    `source` is where the money leaves from; `short_cents` were let go with it. Its service is not paid any
    more, unless what is open is so little that nobody is reminded of it. What that payment's lateness added
    is not owed: the next one is charged for its own days. `held`: it goes back into its agreement, which goes
    on paying for its service.
    """
    parts = {"face": (amount_cents, source), "short": (short_cents, Account.DIFFERENCES)}
    _owe_again(session, invoice, parts, payment_key=payment_key, why=why)
    was_paid = invoice.state is InvoiceState.PAID
    back = amount_cents + short_cents
    _drop_charges(session, invoice, payment_key=payment_key, back_cents=back)
    invoice.paid_cents -= back
    if was_paid:
        invoice.state, invoice.paid_at = InvoiceState.IN_AGREEMENT if held else InvoiceState.OPEN, None
    session.flush()
    summary = f"Fatura {invoice.label} em aberto de novo: {format_money(back)}"
    log_event(session, invoice, "invoice_reopened", summary, actor=None, now=why.now, reason=why.reason)
    if not held and invoice.open_cents >= min(least_owed_cents(session), invoice.amount_cents):
        _take_time(session, invoice, why)
    publish(
        session,
        InvoiceReopened(
            invoice_id=invoice.id,
            amount_cents=back,
            was_paid=was_paid,
            cause=why.cause,
            key=why.key,
            reason=why.reason,
            at=why.now,
        ),
    )


def _owe_again(
    session: Session,
    invoice: Invoice,
    parts: Mapping[str, tuple[int, Account]],
    *,
    payment_key: str,
    why: Return,
) -> None:
    for part, (cents, credit) in parts.items():
        if cents:
            post_of_invoice(
                session,
                invoice,
                kind=PostingKind.RETURNED,
                debit=Account.RECEIVABLE,
                credit=credit,
                amount_cents=cents,
                payment_key=payment_key,
                part=f"{part}:{why.key}",
                now=why.now,
            )


def _take_time(session: Session, invoice: Invoice, why: Return) -> None:
    """An amendment's difference, and what an agreement asks for, paid for no time of its own."""
    if invoice.kind is not InvoiceKind.DIFFERENCE and invoice.installment_number is not None:
        take_back_time(
            session,
            contract_id=invoice.contract_id,
            number=invoice.installment_number,
            reason=why.reason,
            now=why.now,
        )


def return_late_charges(
    session: Session, invoice: Invoice, *, payment_key: str, amount_cents: int, source: Account, why: Return
) -> None:
    """Give back charges that a payment of a locked invoice had paid, the newest first; they are open again.

    Raises:
        ValueError: that is more than was paid.
    """
    post_of_invoice(
        session,
        invoice,
        kind=PostingKind.RETURNED,
        debit=Account.LATE_CHARGES,
        credit=source,
        amount_cents=amount_cents,
        payment_key=payment_key,
        part=f"charges:{why.key}",
        now=why.now,
    )
    left = amount_cents
    charges = sorted(
        list_late_charges(session, invoice),
        key=lambda charge: (charge.payment_key == payment_key, charge.id),
        reverse=True,
    )
    for charge in charges:
        part = min(left, charge.paid_cents - charge.returned_cents)
        charge.returned_cents += part
        left -= part
    if left:
        raise ValueError("more than the charges that were paid")
    session.flush()


def _drop_charges(session: Session, invoice: Invoice, *, payment_key: str, back_cents: int) -> None:
    """In the proportion of its base that went back, half up; none where charges are for all that was open."""
    if invoice.charges_first:
        return
    charge = session.scalar(
        select(LateCharge).where(LateCharge.invoice_id == invoice.id, LateCharge.payment_key == payment_key)
    )
    if charge is not None:
        part = (2 * charge.total_cents * back_cents + charge.base_cents) // (2 * charge.base_cents)
        charge.dropped_cents += min(part, charge.open_cents)
