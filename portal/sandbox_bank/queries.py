"""What a tester can have the bank of the tests pay."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.shared.lists import ListRequest, ListSpec, Page, contains, paginate
from portal.shared.refusals import Missing

PAYABLE = (InvoiceState.OPEN, InvoiceState.PAID, InvoiceState.VOID)
INVOICE_LIST = ListSpec(
    sorts={"vencimento": Invoice.due_on}, default="-vencimento", filters={"situacao": InvoiceState}
)


def list_invoices(session: Session, request: ListRequest) -> Page[Invoice]:
    """A page of the invoices in the state asked for, else of the open ones."""
    state = InvoiceState(request.filter("situacao") or InvoiceState.OPEN)
    statement = select(Invoice).where(Invoice.state == state)
    if request.search.isascii() and request.search.isdigit() and len(request.search) <= 12:
        statement = statement.where(Invoice.number == int(request.search))
    elif request.search:
        statement = statement.where(contains(Invoice.payer_name, request.search))
    return paginate(session, statement, request)


def get_invoice(session: Session, invoice_id: int) -> Invoice:
    """An issued invoice with its customer. Raises `Missing`."""
    found = session.scalar(
        select(Invoice)
        .where(Invoice.id == invoice_id, Invoice.state.in_(PAYABLE))
        .options(joinedload(Invoice.customer))
    )
    if found is None:
        raise Missing("Esta fatura não foi emitida.")
    return found
