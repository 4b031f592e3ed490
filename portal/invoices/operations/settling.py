"""Money for an invoice, and the end of an invoice nobody has to pay any more."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.invoices.events import InvoiceCredited, InvoicePaid, InvoicePartPaid, InvoiceVoided
from portal.invoices.models import Invoice, Posting
from portal.invoices.operations.bad_debts import end_bad_debt
from portal.invoices.operations.late_charges import assess_lateness
from portal.invoices.operations.ledger import post_of_invoice
from portal.invoices.operations.log import log_event
from portal.invoices.queries.late_charges import face_within
from portal.invoices.queries.reading import UNKNOWN, lock_invoice
from portal.invoices.queries.recipients import payer_of
from portal.invoices.rules.bad_debts import BadDebtEnd
from portal.invoices.rules.ledger import SETTLING, Account, PostingKind, earned_account
from portal.invoices.rules.refusals import MoreThanOpen, NotOpen
from portal.invoices.rules.states import InvoiceState
from portal.shared.auth import Actor
from portal.shared.brazil import format_money
from portal.shared.events import publish
from portal.shared.refusals import Missing

VOIDABLE = (InvoiceState.DRAFT, InvoiceState.OPEN, InvoiceState.UNCOLLECTIBLE)


def settle_invoice(
    session: Session,
    *,
    invoice_id: int,
    payment_key: str,
    amount_cents: int,
    at: datetime,
    now: datetime,
    source: Account | None = None,
    short_cents: int = 0,
) -> Invoice:
    """Let a payment ("<source>:<id>") of `amount_cents`, made `at`, pay an invoice; again it is nothing.

    The whole open amount makes it paid and publishes `InvoicePaid`; less leaves the rest open, but for
    `short_cents`, a few centavos that are let go. What came late is charged for (`late_charges`). `source` is
    the account the money stands on, when it was booked before (`Account.UNIDENTIFIED`, a payer's credit), or
    `Account.AGREEMENTS` for what fills an invoice in an agreement, which is charged for lateness by that.

    Raises:
        Missing: no such invoice.
        NotOpen: it is paid, void or a draft: the money is the payer's credit.
        MoreThanOpen: the payment is larger than what is open.
    """
    invoice = lock_invoice(session, invoice_id)
    if invoice is None:
        raise Missing(UNKNOWN)
    if _was_booked(session, invoice, payment_key):
        return invoice
    by_agreement = source is Account.AGREEMENTS
    open_cents = _require_open(invoice, amount_cents, short_cents, by_agreement=by_agreement)
    post_of_invoice(
        session,
        invoice,
        kind=_kind_of(source),
        debit=source or Account.cash_of(payment_key),
        credit=Account.RECEIVABLE,
        amount_cents=amount_cents,
        payment_key=payment_key,
        now=now,
    )
    if short_cents:
        _let_go(session, invoice, short_cents, payment_key=payment_key, now=now)
    paid = amount_cents + short_cents
    rest, price_cents = open_cents - paid, _charged_for(invoice, open_cents=open_cents, paid_cents=paid)
    invoice.paid_cents += paid
    if not by_agreement:
        assess_lateness(session, invoice, base_cents=price_cents, payment_key=payment_key, at=at, now=now)
    if rest:
        _tell_of_part(session, invoice, amount_cents, rest, now=now)
    else:
        _close(session, invoice, payment_key=payment_key, at=at, now=now)
    return invoice


def _charged_for(invoice: Invoice, *, open_cents: int, paid_cents: int) -> int:
    """What of its price a payment is charged for, if late: what it pays; where charges come first, all."""
    return face_within(invoice, open_cents if invoice.charges_first else paid_cents)


def _tell_of_part(session: Session, invoice: Invoice, cents: int, rest: int, *, now: datetime) -> None:
    words = f"{format_money(cents)} pagos, {format_money(rest)} em aberto"
    summary = f"Fatura {invoice.label}: {words}"
    log_event(session, invoice, "invoice_part_paid", summary, actor=None, now=now)
    publish(session, InvoicePartPaid(invoice_id=invoice.id, at=now))


def _require_open(invoice: Invoice, amount_cents: int, short_cents: int, *, by_agreement: bool) -> int:
    """What is open of it, if it can be paid so much."""
    open_cents = invoice.unpaid_cents if by_agreement else invoice.open_cents
    if not open_cents:
        raise NotOpen(invoice.label, invoice.state.label)
    if not 0 < amount_cents <= open_cents - short_cents:
        raise MoreThanOpen(open_cents=open_cents, amount_cents=amount_cents)
    return open_cents


def void_invoice(
    session: Session, *, invoice_id: int, reason: str, actor: Actor | None, now: datetime
) -> Invoice:
    """Take back an invoice nobody has to pay any more; its number stays taken. Again is nothing.

    What was paid of it already becomes its payer's credit.

    Raises:
        Missing: no such invoice.
        NotOpen: it is paid or in an agreement.
    """
    invoice = lock_invoice(session, invoice_id)
    if invoice is None:
        raise Missing(UNKNOWN)
    if invoice.state is InvoiceState.VOID:
        return invoice
    if invoice.state not in VOIDABLE:
        raise NotOpen(invoice.label, invoice.state.label)
    end_bad_debt(session, invoice, how=BadDebtEnd.VOID, now=now)
    was_issued, rest, paid = invoice.number is not None, invoice.open_cents, invoice.paid_cents
    invoice.state, invoice.voided_at, invoice.void_reason = InvoiceState.VOID, now, reason
    session.flush()
    if was_issued:
        _take_back(session, invoice, rest, now=now)
        summary = f"Fatura {invoice.label} anulada"
        log_event(session, invoice, "invoice_voided", summary, actor=actor, now=now, reason=reason)
    if paid:
        credit_paid(session, invoice=invoice, now=now)
    publish(session, InvoiceVoided(invoice_id=invoice.id, at=now))
    return invoice


def credit_paid(session: Session, *, invoice: Invoice, now: datetime) -> bool:
    """Owe the payer what it paid of an invoice that was canceled; False when that was done before."""
    payer = payer_of(invoice)
    booked = post_of_invoice(
        session,
        invoice,
        kind=PostingKind.CREDITED,
        debit=earned_account(invoice.kind),
        credit=Account.credit_of(payer.customer_id),
        amount_cents=invoice.paid_cents,
        now=now,
    )
    if booked:
        whose = "do parceiro" if payer.is_partner else "do cliente"
        summary = f"{format_money(invoice.paid_cents)} pagos da fatura {invoice.label} são crédito {whose}"
        log_event(session, invoice, "invoice_credited", summary, actor=None, now=now)
        publish(session, InvoiceCredited(invoice_id=invoice.id, amount_cents=invoice.paid_cents, at=now))
    return booked


def _close(session: Session, invoice: Invoice, *, payment_key: str, at: datetime, now: datetime) -> None:
    """Nothing is open any more: say so to whoever waits for it."""
    end_bad_debt(session, invoice, how=BadDebtEnd.PAID, now=now)
    invoice.state, invoice.paid_at = InvoiceState.PAID, at
    session.flush()
    summary = f"Fatura {invoice.label} paga: {format_money(invoice.amount_cents)}"
    log_event(session, invoice, "invoice_paid", summary, actor=None, now=now, payment_key=payment_key)
    publish(
        session,
        InvoicePaid(
            invoice_id=invoice.id,
            contract_id=invoice.contract_id,
            payment_key=payment_key,
            installment_number=invoice.installment_number,
            paid_at=at,
            at=now,
        ),
    )


def _kind_of(source: Account | None) -> PostingKind:
    kinds = {
        None: PostingKind.PAID,
        Account.UNIDENTIFIED: PostingKind.RESOLVED,
        Account.AGREEMENTS: PostingKind.AGREED,
    }
    return kinds.get(source, PostingKind.CREDIT_USED)


def _let_go(session: Session, invoice: Invoice, cents: int, *, payment_key: str, now: datetime) -> None:
    post_of_invoice(
        session,
        invoice,
        kind=PostingKind.ADJUSTED,
        debit=Account.DIFFERENCES,
        credit=Account.RECEIVABLE,
        amount_cents=cents,
        payment_key=payment_key,
        part="short",
        now=now,
    )


def _was_booked(session: Session, invoice: Invoice, payment_key: str) -> bool:
    known = select(Posting.id).where(
        Posting.kind.in_(SETTLING),
        Posting.invoice_id == invoice.id,
        Posting.payment_key == payment_key,
    )
    return session.scalar(known.limit(1)) is not None


def _take_back(session: Session, invoice: Invoice, cents: int, *, now: datetime) -> None:
    """What is open of its price and of the charges that were carried to it, each from its own account."""
    carried = min(cents, invoice.carried_cents)
    price = earned_account(invoice.kind)
    parts = ((price, cents - carried, ""), (Account.LATE_CHARGES, carried, "carried"))
    for debit, part_cents, part in parts:
        if part_cents:
            post_of_invoice(
                session,
                invoice,
                kind=PostingKind.VOIDED,
                debit=debit,
                credit=Account.RECEIVABLE,
                amount_cents=part_cents,
                part=part,
                now=now,
            )
