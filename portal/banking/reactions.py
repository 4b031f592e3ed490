"""What the banking room does when something happened elsewhere."""

from sqlalchemy.orm import Session

from portal.banking.operations.boleto import issue_boleto, withdraw_boletos
from portal.banking.queries.account import boleto_account
from portal.banking.rules.boleto import GIVE_BOLETOS, CannotIssueBoleto
from portal.invoices.events import (
    InvoiceCollectedAgain,
    InvoiceIssued,
    InvoiceLetGo,
    InvoiceReopened,
    InvoicesIssued,
)
from portal.invoices.queries.reading import load_invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.events import CreditUsed, RefundAsked
from portal.receipts.rules.refunds import RETURN_PIX
from portal.shared.payment_methods import Way
from portal.shared.queue import enqueue


def give_boleto(
    session: Session,
    fact: InvoiceIssued | InvoiceReopened | InvoiceLetGo | InvoiceCollectedAgain | CreditUsed,
) -> None:
    """An invoice paid by boleto gets one at once, so that the bank registers it in time.

    Without a whole address there is none; the customer pays by Pix, and may ask for one when there is.
    """
    invoice = load_invoice(session, fact.invoice_id)
    if invoice.payment_method != Way.BOLETO or invoice.state is not InvoiceState.OPEN:
        return
    try:
        issue_boleto(session, invoice_id=invoice.id, account=boleto_account(session), now=fact.at)
    except CannotIssueBoleto:
        return


def renew_boleto(session: Session, fact: CreditUsed) -> None:
    """What credit paid a part of has another boleto, for the rest."""
    withdraw_boletos(session, invoice_id=fact.invoice_id, now=fact.at)
    give_boleto(session, fact)


def give_boletos(session: Session, fact: InvoicesIssued) -> None:
    """The invoices of a billing chunk get theirs together, right after it."""
    enqueue(session, GIVE_BOLETOS, subject_id=fact.chunk_id, now=fact.at)


def return_pix(session: Session, fact: RefundAsked) -> None:
    """What came by Pix goes back by the bank."""
    if fact.way == Way.PIX:
        enqueue(session, RETURN_PIX, subject_id=fact.refund_id, now=fact.at)
