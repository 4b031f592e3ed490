"""Taking back what was invoiced, by a credit note."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.invoices.events import CreditNoteIssued
from portal.invoices.models import CreditNote, Invoice, InvoiceSeries
from portal.invoices.operations.ledger import post_of_invoice
from portal.invoices.operations.log import log_event
from portal.invoices.operations.settling import void_invoice
from portal.invoices.queries.credit_notes import SERIES, credited_cents
from portal.invoices.queries.reading import UNKNOWN, is_invoice_settling, lock_invoice
from portal.invoices.queries.recipients import payer_of
from portal.invoices.rules.credit_notes import BeingSettled, OfAnAgreement, OtherNoteMeanwhile, check_credit
from portal.invoices.rules.ledger import Account, PostingKind
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.shared.auth import Actor
from portal.shared.brazil import format_money
from portal.shared.events import publish
from portal.shared.queueing import insert_once
from portal.shared.refusals import Missing


def issue_credit_note(
    session: Session,
    *,
    invoice_id: int,
    amount_cents: int,
    reason: str,
    seen_cents: int,
    stays_open: bool = False,
    actor: Actor | None,
    now: datetime,
) -> CreditNote:
    """Take back `amount_cents` of an issued invoice, for a reason; `seen_cents` were taken back when asked.

    An open invoice is void after it, and what was paid of it already its payer's credit, unless it
    `stays_open` for the rest; of that and of a paid one the amount becomes credit. Booked in the ledger. Its
    share of the repasse is taken back. `actor` is None for the portal itself.

    Raises:
        Missing: no such invoice.
        OfAnAgreement: a debt agreement asks for it.
        BeingSettled: somebody asks for it while a boleto of it is being settled.
        OtherNoteMeanwhile: another note was issued since.
        NotCreditable, WrongCredit: see `check_credit`.
    """
    invoice = lock_invoice(session, invoice_id)
    if invoice is None:
        raise Missing(UNKNOWN)
    before = _credited_before(session, invoice, by_hand=actor is not None)
    if before != seen_cents:
        raise OtherNoteMeanwhile(invoice.label)
    check_credit(
        label=invoice.label,
        state=invoice.state,
        left_cents=invoice.amount_cents - before,
        amount_cents=amount_cents,
        stays_open=stays_open,
    )
    note = CreditNote(
        number=_next_number(session),
        invoice_id=invoice.id,
        partner_id=invoice.partner_id,
        customer_id=invoice.customer_id,
        amount_cents=amount_cents,
        cancels_invoice=invoice.state is InvoiceState.OPEN and not stays_open,
        reason=reason,
        issued_at=now,
        issued_by_id=actor.user_id if actor else None,
    )
    session.add(note)
    session.flush()
    _follow(session, invoice, note, actor=actor, now=now)
    return note


def _follow(
    session: Session, invoice: Invoice, note: CreditNote, *, actor: Actor | None, now: datetime
) -> None:
    summary = (
        f"Nota de crédito {note.label} de {format_money(note.amount_cents)} para a fatura {invoice.label}"
    )
    log_event(session, invoice, "credit_note_issued", summary, actor=actor, now=now, reason=note.reason)
    if note.cancels_invoice:
        why = f"Cancelada pela nota de crédito {note.label}: {note.reason}"
        void_invoice(session, invoice_id=invoice.id, reason=why, actor=actor, now=now)
    else:
        _owe_back(session, invoice, note, now=now)


def _credited_before(session: Session, invoice: Invoice, *, by_hand: bool) -> int:
    """What was taken back of it; a person takes nothing back of what is being settled."""
    if invoice.kind is InvoiceKind.AGREEMENT:
        raise OfAnAgreement(invoice.label)
    if by_hand and is_invoice_settling(session, invoice.id):
        raise BeingSettled(invoice.label)
    return credited_cents(session, invoice.id)


def _owe_back(session: Session, invoice: Invoice, note: CreditNote, *, now: datetime) -> None:
    """What was paid is the payer's credit."""
    post_of_invoice(
        session,
        invoice,
        kind=PostingKind.CREDIT_NOTE,
        debit=Account.DEFERRED_REVENUE,
        credit=Account.credit_of(payer_of(invoice).customer_id),
        amount_cents=note.amount_cents,
        part=note.label,
        now=now,
    )
    publish(
        session,
        CreditNoteIssued(
            credit_note_id=note.id, invoice_id=invoice.id, amount_cents=note.amount_cents, at=now
        ),
    )


def _next_number(session: Session) -> int:
    """The next number of the notes' own series; its row stays locked, so that a rollback leaves no gap."""
    insert_once(session, InvoiceSeries, key="name", values={"name": SERIES, "last_number": 0})
    return session.execute(
        update(InvoiceSeries)
        .where(InvoiceSeries.name == SERIES)
        .values(last_number=InvoiceSeries.last_number + 1)
        .returning(InvoiceSeries.last_number)
    ).scalar_one()
