"""A month whose invoice was canceled is invoiced anew: another takes the place of the void one."""

from datetime import datetime

from sqlalchemy.orm import Session

from calculator import ChargedLine
from portal.contracts.models import Contract
from portal.contracts.operations.locking import locked_contract
from portal.invoices.events import InvoiceReissued
from portal.invoices.models import Invoice
from portal.invoices.operations.issuing import (
    draft_invoice,
    issue_first_invoice,
    issue_installment,
    issue_invoice,
    issue_later,
)
from portal.invoices.operations.log import log_event
from portal.invoices.operations.sending import send_invoice
from portal.invoices.queries.reading import load_invoice
from portal.invoices.queries.recipients import list_recipients
from portal.invoices.queries.reissuing import find_in_its_place, find_obstacle
from portal.invoices.rules.charges import LATE_CHARGES, Charge
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.shared.auth import Actor
from portal.shared.clock import day_of
from portal.shared.events import publish
from portal.shared.payment_methods import Way
from portal.shared.refusals import Missing
from portal.subscriptions.rules import FIRST


def issue_in_its_place(session: Session, *, invoice_id: int, actor: Actor, now: datetime) -> Invoice:
    """Issue anew what a void invoice asked for; asked again, the one that took its place.

    A month has the lines that billing would give it now; days between two due days keep theirs, which the
    customer saw when it chose the day. Late ones are due today. The first one of a contract that waits for it
    is worked out and due as if the contract were made today; of one that runs on though its payment went
    back, it is what it was. The void invoice and its note stay.

    Two at once: the second waits for the contract and finds what the first issued. Without that lock it would
    find it too, later and inside (`issue_installment`), and tell of it again.

    Raises:
        Missing: no such invoice.
        NotToBeIssuedAgain: see `why_not_again`.
        NotBilledWhileSuspended: what is late comes first.
    """
    void = load_invoice(session, invoice_id)
    contract = locked_contract(session, void.contract_id)
    session.refresh(void, ["state"])
    known = find_in_its_place(session, void)
    if known is not None:
        return known
    if (obstacle := find_obstacle(session, void)) is not None:
        raise obstacle
    issued = _issue(session, contract, void, now=now)
    summary = f"Fatura {issued.label} emitida no lugar da {void.label}"
    log_event(session, issued, "invoice_reissued", summary, actor=actor, now=now, reason=void.void_reason)
    _mail(session, contract, issued, now=now)
    publish(session, InvoiceReissued(invoice_id=issued.id, contract_id=contract.id, at=now))
    return issued


def _issue(session: Session, contract: Contract, void: Invoice, *, now: datetime) -> Invoice:
    number = void.installment_number or 0
    if number == FIRST and contract.activated_at is None:
        return _first(session, contract, now=now)
    if number == FIRST:
        due_on = max(void.due_on, day_of(now))
        invoice = draft_invoice(session, contract, _same(void), number=number, due_on=due_on, now=now)
        return issue_invoice(session, invoice=invoice, due_on=due_on, now=now)
    if void.kind is InvoiceKind.BETWEEN and void.period_from:
        return issue_later(session, contract, _same(void), number=number, due_on=void.period_from, now=now)
    return issue_installment(session, contract=contract, number=number, instead_of_void=True, now=now)


def _first(session: Session, contract: Contract, *, now: datetime) -> Invoice:
    """As the contract's own; what a card pays, which is asked for from the signature on, is due at once."""
    invoice = issue_first_invoice(session, contract=contract, now=now, instead_of_void=True)
    if invoice is None:
        raise Missing
    return issue_invoice(session, invoice=invoice, due_on=day_of(now), now=now)


def _same(void: Invoice) -> Charge:
    period = (void.period_from, void.period_until) if void.period_from and void.period_until else None
    place = (void.term_number, void.payment_number) if void.term_number and void.payment_number else None
    return Charge(
        kind=void.kind,
        lines=tuple(
            ChargedLine(line.code, line.label, line.quantity, line.amount_cents)
            for line in void.lines
            if line.code != LATE_CHARGES
        ),
        explanation=void.explanation,
        period=period,
        grace_until=void.grace_until,
        place=place,
    )


def _mail(session: Session, contract: Contract, issued: Invoice, *, now: datetime) -> None:
    """As a billing run tells of what is paid by hand, once that is signed; the page says whom it misses."""
    loaded = load_invoice(session, issued.id)
    is_asked = loaded.state is InvoiceState.OPEN and loaded.payment_method != Way.CARD
    is_asked = is_asked and contract.signed_at is not None
    if is_asked and list_recipients(session, loaded):
        send_invoice(session, invoice=loaded, actor=None, now=now)
