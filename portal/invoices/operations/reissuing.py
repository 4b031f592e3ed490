"""A month whose invoice was canceled is invoiced anew: another takes the place of the void one."""

from datetime import datetime

from sqlalchemy.orm import Session

from calculator import ChargedLine
from portal.contracts.models import Contract
from portal.contracts.operations.locking import locked_contract
from portal.invoices.models import Invoice
from portal.invoices.operations.issuing import issue_installment, issue_later
from portal.invoices.operations.log import log_event
from portal.invoices.operations.sending import send_invoice
from portal.invoices.queries.reading import load_invoice
from portal.invoices.queries.recipients import list_recipients
from portal.invoices.queries.reissuing import find_in_its_place, find_obstacle
from portal.invoices.rules.charges import LATE_CHARGES, Charge
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.shared.auth import Actor
from portal.shared.payment_methods import Way


def issue_in_its_place(session: Session, *, invoice_id: int, actor: Actor, now: datetime) -> Invoice:
    """Issue anew what a void invoice asked for; asked again, the one that took its place.

    A month has the lines that billing would give it now; days between two due days keep theirs, which the
    customer saw when it chose the day. Late ones are due today. The void invoice and its note stay.

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
    _mail(session, issued, now=now)
    return issued


def _issue(session: Session, contract: Contract, void: Invoice, *, now: datetime) -> Invoice:
    number = void.installment_number or 0
    if void.kind is InvoiceKind.BETWEEN and void.period_from and void.period_until:
        charge = Charge(
            kind=void.kind,
            lines=tuple(
                ChargedLine(line.code, line.label, line.quantity, line.amount_cents)
                for line in void.lines
                if line.code != LATE_CHARGES
            ),
            explanation=void.explanation,
            period=(void.period_from, void.period_until),
            grace_until=void.grace_until,
        )
        due_on = void.period_from
        return issue_later(session, contract, charge, number=number, due_on=due_on, now=now)
    return issue_installment(session, contract=contract, number=number, instead_of_void=True, now=now)


def _mail(session: Session, issued: Invoice, *, now: datetime) -> None:
    """As a billing run tells of what is paid by hand; the page says whom it cannot reach."""
    loaded = load_invoice(session, issued.id)
    is_asked = loaded.state is InvoiceState.OPEN and loaded.payment_method != Way.CARD
    if is_asked and list_recipients(session, loaded):
        send_invoice(session, invoice=loaded, actor=None, now=now)
