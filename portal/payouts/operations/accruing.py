"""What a partner is owed once an invoice is paid."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calculator import AccruedLine
from portal.contracts.models import Contract
from portal.contracts.queries.reading import bills_customer, load_contract
from portal.invoices.models import CreditNote, Invoice
from portal.invoices.operations.ledger import post_of_invoice
from portal.invoices.queries.credit_notes import list_notes
from portal.invoices.queries.reading import find_closing_posting, lock_invoice
from portal.invoices.rules.ledger import Account, PostingKind
from portal.invoices.rules.states import InvoiceState
from portal.payouts.models import RepasseAccrual
from portal.payouts.operations.reversing import restore_repasse, reverse_repasse
from portal.payouts.queries.reading import expected_lines
from portal.payouts.queries.reversals import list_keys_to_restore, list_left
from portal.payouts.rules import WAS_ACTIVE, ReversalCause
from portal.shared import audit
from portal.shared.brazil import format_money
from portal.shared.clock import day_of


def accrue_paid_invoice(session: Session, invoice_id: int, *, now: datetime) -> None:
    """Let the repasse of an invoice accrue once it is paid and its contract active; before that, nothing.

    It accrues as of the instant on which both were true, however much later this is called. An invoice that
    is paid again, after its money went back, gives again what that took; credit notes take their share.
    """
    invoice = lock_invoice(session, invoice_id)
    closing = find_closing_posting(session, invoice_id)
    if invoice is None or closing is None:
        return
    activated_at = session.scalar(select(Contract.activated_at).where(Contract.id == invoice.contract_id))
    if activated_at is None:
        return
    owed_at = max(closing.booked_at, activated_at)
    accrue_repasse(session, invoice=invoice, payment_key=closing.payment_key, now=owed_at)
    if invoice.state is InvoiceState.PAID:
        _give_again(session, invoice, now=now)
    for note in list_notes(session, invoice):
        if not note.cancels_invoice:
            _take_for_note(session, invoice, note, now=now)


def accrue_repasse(session: Session, *, invoice: Invoice, payment_key: str, now: datetime) -> int:
    """Owe the partner its share of a paid invoice, line by line, once; says how many lines.

    Nothing accrues before the contract is active, nor where the partner bills the customer itself. The month
    of the repasse is that of `now` in São Paulo: when the invoice is paid and the contract active.
    """
    if invoice.state is not InvoiceState.PAID or _has_accrued(session, invoice):
        return 0
    contract = load_contract(session, invoice.contract_id)
    if contract.state not in WAS_ACTIVE or not bills_customer(contract):
        return 0
    lines = expected_lines(session, invoice, contract)
    for position, line in enumerate(lines, 1):
        _accrue(session, invoice, position, line, payment_key=payment_key, now=now)
    if lines:
        _write_down(session, invoice, sum(line.repasse_cents for line in lines), now=now)
    return len(lines)


def _give_again(session: Session, invoice: Invoice, *, now: datetime) -> None:
    for key in list_keys_to_restore(session, invoice.id):
        restore_repasse(
            session,
            invoice_id=invoice.id,
            cause_key=key,
            reason=f"A fatura {invoice.label} foi paga de novo.",
            actor=None,
            now=now,
            cause=ReversalCause.REPAID,
        )


def _take_for_note(session: Session, invoice: Invoice, note: CreditNote, *, now: datetime) -> None:
    """Once: what is left of the repasse bears it."""
    held = sum(share.paid_cents for _accrual, share in list_left(session, invoice.id))
    cents = min(held, note.amount_cents)
    if cents:
        reverse_repasse(
            session,
            invoice_id=invoice.id,
            cents=cents,
            cause=ReversalCause.CREDIT_NOTE,
            cause_key=f"credit_note:{note.number}",
            reason=note.reason,
            actor=None,
            now=now,
        )


def _has_accrued(session: Session, invoice: Invoice) -> bool:
    count = select(func.count()).select_from(RepasseAccrual).where(RepasseAccrual.invoice_id == invoice.id)
    return bool(session.scalar(count))


def _accrue(
    session: Session, invoice: Invoice, position: int, line: AccruedLine, *, payment_key: str, now: datetime
) -> None:
    session.add(
        RepasseAccrual(
            payment_key=payment_key,
            invoice_id=invoice.id,
            contract_id=invoice.contract_id,
            partner_id=invoice.partner_id,
            customer_id=invoice.customer_id,
            position=position,
            line_code=line.code,
            line_label=line.label,
            quantity=line.quantity,
            paid_cents=line.amount_cents,
            cost_cents=line.cost_cents,
            central_fee_cents=line.central_fee_cents,
            vendor_share_cents=line.vendor_share_cents,
            repasse_cents=line.repasse_cents,
            month=day_of(now).replace(day=1),
            accrued_at=now,
        )
    )
    session.flush()
    if not line.repasse_cents:
        return
    accounts = [Account.REPASSE_EXPENSE, Account.REPASSE_PAYABLE]
    if line.repasse_cents < 0:
        accounts.reverse()
    post_of_invoice(
        session,
        invoice,
        kind=PostingKind.REPASSE,
        debit=accounts[0],
        credit=accounts[1],
        amount_cents=abs(line.repasse_cents),
        payment_key=payment_key,
        part=str(position),
        now=now,
    )


def _write_down(session: Session, invoice: Invoice, cents: int, *, now: datetime) -> None:
    audit.record(
        session,
        action="repasse_accrued",
        summary=f"Repasse de {format_money(cents)} pela fatura {invoice.label}",
        subject=invoice,
        actor=None,
        now=now,
    )
