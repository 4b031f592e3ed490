"""Making invoices: the first one of a contract, and the number an invoice gets when it is issued."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries import reading
from portal.contracts.queries.first_bill import first_bill_due_on, is_charged_to_card, planned_start
from portal.contracts.queries.reading import breakdown_of, lock_contract, payment_methods_of
from portal.invoices.events import InvoiceIssued
from portal.invoices.models import Invoice, InvoiceLine, InvoiceSeries
from portal.invoices.operations.carrying import carry_charges
from portal.invoices.operations.ledger import post_of_invoice
from portal.invoices.operations.log import log_event
from portal.invoices.queries.books import SERIES
from portal.invoices.queries.carrying import left_of_contract
from portal.invoices.queries.reading import (
    find_first_invoice,
    find_invoice_of_contract,
    list_invoices_of_contract,
)
from portal.invoices.rules.charges import (
    Charge,
    amendments_difference,
    carried_line,
    first_days,
    first_installment,
    later_installment,
    partners_installment,
)
from portal.invoices.rules.free_months import MonthIsFree
from portal.invoices.rules.ledger import Account, PostingKind, earned_account
from portal.invoices.rules.refusals import NotBilledWhileSuspended, NotBilledYet, NotOpen
from portal.invoices.rules.states import InvoiceState
from portal.settings.queries import late_terms
from portal.settings.rules.late_terms import LateTerms
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import day_of
from portal.shared.events import publish
from portal.shared.payment_methods import Way
from portal.shared.queueing import insert_once
from portal.subscriptions.operations.billing import record_billed
from portal.subscriptions.queries.coverage import is_proportional
from portal.subscriptions.queries.free_months import find_free_month
from portal.subscriptions.queries.reading import find_subscription, list_charged_lines
from portal.subscriptions.rules import FIRST, BilledTo, is_billed


def issue_first_invoice(
    session: Session, *, contract: Contract, now: datetime, instead_of_void: bool = False
) -> Invoice | None:
    """The first invoice of a contract (loaded with everything); asked again, the one that is there.

    A void one stays void, unless another is to take its place (`instead_of_void`).

    Open and due after the days of the setting, not before the planned activation. One to be paid by card
    stays a draft: it is issued when the contract is signed and the card may be charged (`issue_invoice`).
    None when nothing is charged.
    """
    lock_contract(session, contract.id)
    known = find_first_invoice(session, contract.id)
    if known is not None and not (instead_of_void and known.state is InvoiceState.VOID):
        return known
    today = day_of(now)
    charge = charge_of(contract, today=today)
    if charge is None or not charge.amount_cents:
        return None
    due_on = first_bill_due_on(session, contract, today=today)
    invoice = draft_invoice(session, contract, charge, number=FIRST, due_on=due_on, now=now)
    if not is_charged_to_card(contract):
        issue_invoice(session, invoice=invoice, due_on=due_on, now=now)
    return invoice


def issue_installment(
    session: Session, *, contract: Contract, number: int, now: datetime, instead_of_void: bool = False
) -> Invoice:
    """Payment `number`, from 2 on, of a loaded contract that is active; asked again, the one that is there.

    A void one stays void, unless another is to take its place (`instead_of_void`).

    Open, and due on the day its period says (see `calculator.billing_period`); one that is made later than
    that is due when it is made, so that nobody pays charges for our delay. What is open of the late charges
    of paid invoices is its last line.

    Raises:
        NotBilledYet: its first period is not paid.
        NotBilledWhileSuspended: what is late comes first.
        MonthIsFree: it was given away.
    """
    lock_contract(session, contract.id)
    known = find_invoice_of_contract(session, contract.id, number)
    if known is not None and not (instead_of_void and known.state is InvoiceState.VOID):
        return known
    subscription = find_subscription(session, contract.id, for_update=True)
    if subscription is None or number <= FIRST:
        raise NotBilledYet(contract.label)
    if find_free_month(session, contract.id, number) is not None:
        raise MonthIsFree(contract.label)
    if not is_billed(subscription.service_kind, subscription.service_state):
        raise NotBilledWhileSuspended(contract.label)
    period = subscription.place.period(number)
    charge = later_installment(
        list_charged_lines(session, subscription, number=number, due_on=period.due_on),
        period,
        months=subscription.months,
        payments=subscription.payments_in_term,
        bills_customer=subscription.billed_to is BilledTo.CUSTOMER,
    )
    invoice = issue_later(session, contract, charge, number=number, due_on=period.due_on, now=now)
    known_ones = list_invoices_of_contract(session, contract.id)
    billed = {known.installment_number for known in known_ones if known.installment_number}
    record_billed(session, subscription=subscription, billed=billed)
    return invoice


def issue_later(
    session: Session, contract: Contract, charge: Charge, *, number: int, due_on: date, now: datetime
) -> Invoice:
    """Invoice a charge as payment `number`, from 2 on, of a loaded contract that is locked.

    Due on a day, or today if that is over. What is open of the late charges of paid invoices goes with it.
    """
    left = left_of_contract(session, contract.id)
    if left.cents:
        charge = replace(charge, carried=carried_line(left.labels, left.cents))
    due_on = max(due_on, day_of(now))
    invoice = draft_invoice(session, contract, charge, number=number, due_on=due_on, now=now)
    if left.cents:
        carry_charges(session, Invoice.id == invoice.id)
    return issue_invoice(session, invoice=invoice, due_on=due_on, now=now)


def issue_invoice(session: Session, *, invoice: Invoice, due_on: date, now: datetime) -> Invoice:
    """Give a draft its number and make it owed, due on a day; one that is issued stays as it is.

    Raises:
        NotOpen: it was dropped.
    """
    if invoice.state is InvoiceState.VOID:
        raise NotOpen(invoice.label, invoice.state.label)
    if invoice.state is not InvoiceState.DRAFT:
        return invoice
    invoice.number = _next_number(session)
    invoice.state, invoice.issued_at = InvoiceState.OPEN, now
    invoice.due_on, invoice.due_month = due_on, due_on.replace(day=1)
    session.flush()
    post_of_invoice(
        session,
        invoice,
        kind=PostingKind.ISSUED,
        debit=Account.RECEIVABLE,
        credit=earned_account(invoice.kind),
        amount_cents=invoice.amount_cents - invoice.carried_cents,
        now=now,
    )
    if invoice.carried_cents:
        post_of_invoice(
            session,
            invoice,
            kind=PostingKind.CARRIED,
            debit=Account.RECEIVABLE,
            credit=Account.LATE_CHARGES,
            amount_cents=invoice.carried_cents,
            now=now,
        )
    due = f"vence em {format_date(due_on)}"
    summary = f"Fatura {invoice.label} emitida: {format_money(invoice.amount_cents)}, {due}"
    log_event(session, invoice, "invoice_issued", summary, actor=None, now=now)
    publish(session, InvoiceIssued(invoice_id=invoice.id, at=now))
    return invoice


def charge_of(contract: Contract, *, today: date) -> Charge | None:
    """What the first invoice of a loaded contract charges, by what is frozen with it; None when nothing."""
    breakdown = breakdown_of(contract)
    if contract.amendment_charge_cents is not None:
        setup = breakdown.setup
        return amendments_difference(
            charge_cents=contract.amendment_charge_cents,
            setup_cents=setup.negotiated_cents if setup else 0,
            from_day=contract.applies_on,
            until=contract.covers_until,
        )
    if not reading.bills_customer(contract):
        return partners_installment(breakdown)
    starts_on, due_day = planned_start(contract, today=today), contract.version.due_day
    if is_proportional(contract):
        return first_days(breakdown, starts_on=starts_on, due_day=due_day)
    return first_installment(breakdown, starts_on=starts_on, due_day=due_day)


def draft_invoice(
    session: Session,
    contract: Contract,
    charge: Charge,
    *,
    number: int | None,
    due_on: date,
    now: datetime,
    agreed: LateTerms | None = None,
) -> Invoice:
    """An invoice of a loaded contract with its lines, not issued yet, as payment `number`, if it is one.

    Being late costs what the settings say now, and no more than was `agreed`: in the contract, unless said.
    """
    by_customer = reading.bills_customer(contract)
    payer = contract.customer if by_customer else contract.customer.partner
    first, later = payment_methods_of(contract)
    method = first if number == FIRST else later
    invoice = Invoice(
        contract_id=contract.id,
        partner_id=contract.partner_id,
        customer_id=contract.customer_id,
        billed_to=BilledTo.CUSTOMER if by_customer else BilledTo.PARTNER,
        payer_name=payer.name,
        payer_document=payer.document,
        payment_method=method if by_customer else Way.BOLETO,
        installment_number=number,
        due_on=due_on,
        due_month=due_on.replace(day=1),
        **_of_charge(charge),
        **late_terms(session).within(agreed or contract.late_terms)._asdict(),
        created_at=now,
        state=InvoiceState.DRAFT,
    )
    session.add(invoice)
    session.flush()
    _add_lines(session, invoice, charge)
    return invoice


def _of_charge(charge: Charge) -> dict[str, Any]:
    """What an invoice says of what it charges, but for its lines."""
    period_from, period_until = charge.period or (None, None)
    term, payment = charge.place or (None, None)
    return {
        "kind": charge.kind,
        "term_number": term,
        "payment_number": payment,
        "period_from": period_from,
        "period_until": period_until,
        "grace_until": charge.grace_until,
        "amount_cents": charge.amount_cents,
        "carried_cents": charge.carried.amount_cents if charge.carried else 0,
        "explanation": charge.explanation,
    }


def _add_lines(session: Session, invoice: Invoice, charge: Charge) -> None:
    for position, line in enumerate(charge.all_lines, 1):
        session.add(
            InvoiceLine(
                invoice_id=invoice.id,
                position=position,
                code=line.code,
                label=line.label,
                quantity=line.quantity,
                amount_cents=line.amount_cents,
            )
        )
    session.flush()


def lock_series(session: Session) -> InvoiceSeries:
    """The series of numbers, its row locked to the end, so that a rollback leaves no gap."""
    locked = session.get(InvoiceSeries, SERIES, with_for_update=True, populate_existing=True)
    if locked is not None:
        return locked
    insert_once(session, InvoiceSeries, key="name", values={"name": SERIES, "last_number": 0})
    return session.get_one(InvoiceSeries, SERIES, with_for_update=True, populate_existing=True)


def _next_number(session: Session) -> int:
    """The next number of the series; its row stays locked to the end, so that a rollback leaves no gap."""
    insert_once(session, InvoiceSeries, key="name", values={"name": SERIES, "last_number": 0})
    return session.execute(
        update(InvoiceSeries)
        .where(InvoiceSeries.name == SERIES)
        .values(last_number=InvoiceSeries.last_number + 1)
        .returning(InvoiceSeries.last_number)
    ).scalar_one()
