"""What follows for invoices and coverage from facts of other rooms and of this one."""

from datetime import date

from sqlalchemy.orm import Session

from calculator import BillingTerms, billing_period, proportional_end
from portal.contracts.events import (
    ContractActivated,
    ContractCanceled,
    ContractEnding,
    ContractGenerated,
    ContractSigned,
)
from portal.contracts.models import Contract
from portal.contracts.operations.activating import record_first_payment
from portal.contracts.queries.reading import (
    breakdown_of,
    is_continued,
    load_contract,
)
from portal.invoices.events import InvoicePaid, InvoicesIssued, InvoicesPaid
from portal.invoices.models import Invoice
from portal.invoices.operations import ending, free_months
from portal.invoices.operations.covering import cover_invoice
from portal.invoices.operations.issuing import issue_first_invoice, issue_invoice
from portal.invoices.operations.sending import send_invoice
from portal.invoices.operations.settling import credit_paid, void_invoice
from portal.invoices.operations.settling_sets import cover_paid_periods
from portal.invoices.queries.reading import find_first_invoice, list_invoices_of_contract, load_invoice
from portal.invoices.queries.recipients import list_recipients
from portal.invoices.rules.billing import TELL_OF_INVOICES
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.shared.clock import day_of
from portal.shared.payment_methods import Way
from portal.shared.queue import enqueue
from portal.subscriptions.operations.beginning import begin_subscription, continue_subscription
from portal.subscriptions.operations.covering import A_DAY, cover_time
from portal.subscriptions.queries.coverage import list_coverages

NOTHING_DUE = "none"


def bill_contract(session: Session, event: ContractGenerated) -> None:
    """Make the first invoice; where nothing is to be paid, say that it is."""
    contract = load_contract(session, event.contract_id)
    invoice = issue_first_invoice(session, contract=contract, now=event.at)
    if invoice is None and contract.needs_payment:
        record_first_payment(
            session,
            contract_id=contract.id,
            payment_key=f"{NOTHING_DUE}:{contract.id}",
            at=event.at,
            now=event.at,
        )


def issue_for_card(session: Session, event: ContractSigned) -> None:
    """The signature is there: what is paid by card is owed from now on, and may be charged."""
    invoice = find_first_invoice(session, event.contract_id)
    if invoice is not None and invoice.state is InvoiceState.DRAFT:
        issue_invoice(session, invoice=invoice, due_on=day_of(event.at), now=event.at)


def ask_for_payment(session: Session, event: ContractSigned) -> None:
    """Mail what is paid by hand; a card is charged without asking."""
    invoice = find_first_invoice(session, event.contract_id)
    if invoice is None or invoice.state is not InvoiceState.OPEN or invoice.payment_method == Way.CARD:
        return
    loaded = load_invoice(session, invoice.id)
    if list_recipients(session, loaded):  # else the page of the invoice says whom it cannot reach
        send_invoice(session, invoice=loaded, actor=None, now=event.at)


def tell_of_invoices(session: Session, event: InvoicesIssued) -> None:
    """The invoices of a billing chunk leave by mail together, after their boletos."""
    enqueue(session, TELL_OF_INVOICES, subject_id=event.chunk_id, now=event.at)


def drop_invoices(session: Session, event: ContractCanceled) -> None:
    """Nothing is owed for a contract that was dropped; what was paid is the customer's again."""
    for invoice in list_invoices_of_contract(session, event.contract_id):
        if invoice.state is InvoiceState.PAID:
            credit_paid(session, invoice=invoice, now=event.at)
        elif invoice.state is not InvoiceState.VOID:
            void_invoice(
                session, invoice_id=invoice.id, reason="O contrato foi cancelado.", actor=None, now=event.at
            )


def close_months_after(session: Session, event: ContractEnding) -> None:
    """Nobody owes a month after the end, unless another contract goes on with what is billed already."""
    if not is_continued(session, event.contract_id):
        ending.close_months_after(
            session, contract_id=event.contract_id, last_day=event.last_day, now=event.at
        )


def tell_contract(session: Session, event: InvoicePaid) -> None:
    """The first invoice is paid: its contract may become active."""
    if event.installment_number == 1:
        record_first_payment(
            session,
            contract_id=event.contract_id,
            payment_key=event.payment_key,
            at=event.paid_at,
            now=event.at,
        )


def cover_paid_time(session: Session, event: InvoicePaid) -> None:
    """A later payment releases the service for its invoice's period; any, what another's return took back."""
    invoice = load_invoice(session, event.invoice_id)
    cover_invoice(session, invoice, payment_key=event.payment_key, today=day_of(event.at), now=event.at)


def cover_paid_times(session: Session, event: InvoicesPaid) -> None:
    """Each later payment releases the service for its invoice's own period."""
    ids, keys = [each.invoice_id for each in event.paid], [each.payment_key for each in event.paid]
    cover_paid_periods(session, ids, keys, now=event.at)


def begin_service(session: Session, event: ContractActivated) -> None:
    """What it is billed from now on, and the first row of the coverage ledger."""
    contract = load_contract(session, event.contract_id)
    if contract.amendment_charge_cents is not None:
        continue_subscription(session, contract=contract, starts_on=event.starts_on, now=event.at)
        _carry_over(session, contract, event)
        return
    first = _first_period(session, contract)
    terms = _terms(contract, first, starts_on=event.starts_on)
    begin_subscription(
        session,
        contract=contract,
        terms=terms,
        first_period_cents=first.amount_cents - _setup_cents(contract) if first else 0,
        now=event.at,
    )
    period = billing_period(terms, 1)
    cover_time(
        session,
        contract=contract,
        number=1,
        covers_from=event.starts_on,
        covers_until=period.ends_on,
        grace_until=period.grace_until,
        payment_key=event.payment_key,
        now=event.at,
    )


def keep_free_months(session: Session, event: ContractActivated) -> None:
    """Months that were given away go on with the contract that takes the place of theirs."""
    contract = load_contract(session, event.contract_id)
    free_months.keep_free_months(session, contract=contract, now=event.at)


def _first_period(session: Session, contract: Contract) -> Invoice | None:
    """The invoice of a contract's first days, where it began with a part of a month."""
    invoice = find_first_invoice(session, contract.id)
    return invoice if invoice is not None and invoice.kind is InvoiceKind.FIRST_PERIOD else None


def _setup_cents(contract: Contract) -> int:
    setup = breakdown_of(contract).setup
    return setup.negotiated_cents if setup else 0


def _terms(contract: Contract, first: Invoice | None, *, starts_on: date) -> BillingTerms:
    """How a contract that begins on a day is billed: of a first period, no fewer days than were paid."""
    version, first_ends_on = contract.version, None
    if first and first.period_from and first.period_until:
        paid_days = (first.period_until - first.period_from).days + 1
        first_ends_on = proportional_end(starts_on=starts_on, paid_days=paid_days, due_day=version.due_day)
    return BillingTerms(
        starts_on=starts_on,
        months=version.months,
        payments=version.installments,
        due_day=version.due_day,
        proportional=first_ends_on is not None,
        first_ends_on=first_ends_on,
    )


def _carry_over(session: Session, contract: Contract, event: ContractActivated) -> None:
    """An amendment takes over the time that is paid of the contract it changes, with its grace day.

    Also what was paid since its difference was worked out, as a month that was billed already.
    """
    rows = list_coverages(session, contract.base_contract_id or 0)
    payment_key = event.payment_key or (rows[-1].payment_key if rows else "")
    until = contract.covers_until
    for row in rows:
        if until is not None and row.covers_from <= until + A_DAY:
            until = max(until, row.covers_until)
    if until is None or until < event.starts_on or not payment_key:
        return  # the paid time is over: the next invoice covers it
    cover_time(
        session,
        contract=contract,
        number=1,
        covers_from=event.starts_on,
        covers_until=until,
        grace_until=max((row.grace_until for row in rows if row.covers_until == until), default=until),
        payment_key=payment_key,
        now=event.at,
    )
