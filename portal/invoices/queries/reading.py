"""Reading invoices. Foreign rows are missing."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Row, Select, bindparam, func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from portal.contracts.models import Contract
from portal.contracts.queries.reading import lock_contract
from portal.customers.models import Customer
from portal.invoices.models import Invoice, Posting
from portal.invoices.queries.credit import CreditLeft, credit_column, list_credit
from portal.invoices.rules.ledger import SETTLING
from portal.invoices.rules.states import InvoiceState
from portal.partners.queries.actors import visible_to
from portal.quotes.models import Quote
from portal.shared.audit import LogEntry
from portal.shared.auth import Actor
from portal.shared.lists import ListRequest, ListSpec, Page, paginate
from portal.shared.refusals import Missing

UNKNOWN = "Não encontramos esta fatura."
INVOICE_LIST = ListSpec(
    sorts={"vencimento": Invoice.due_on, "valor": Invoice.amount_cents},
    default="-vencimento",
    filters={"estado": InvoiceState},
)


def get_invoice(session: Session, invoice_id: int, *, actor: Actor) -> Invoice:
    """An invoice with its lines, its contract, and the customer with partner and signatory.

    Raises:
        Missing: there is none, or it is not the actor's to see.
    """
    found = session.scalar(
        _with_everything().where(Invoice.id == invoice_id, visible_to(actor, Invoice.partner_id))
    )
    if found is None:
        raise Missing(UNKNOWN)
    return found


def load_invoice(session: Session, invoice_id: int) -> Invoice:
    """An invoice as `get_invoice` gives it, for reactions, jobs and pages behind a link.

    Raises:
        Missing: there is none.
    """
    found = session.scalar(_one(), {"invoice_id": invoice_id})
    if found is None:
        raise Missing(UNKNOWN)
    return found


@cache
def _one() -> Select[Invoice]:
    return _with_everything().where(Invoice.id == bindparam("invoice_id", type_=BigInteger))


def find_first_invoice(session: Session, contract_id: int) -> Invoice | None:
    """A contract's first invoice, in whatever state; also as a draft."""
    return find_invoice_of_contract(session, contract_id, 1)


def find_invoice_of_contract(session: Session, contract_id: int, number: int) -> Invoice | None:
    """The invoice of a contract's payment `number`, counted from 1 over all its terms, in whatever state.

    A void one only where no other took its place.
    """
    return session.scalar(
        select(Invoice)
        .where(Invoice.contract_id == contract_id, Invoice.installment_number == number)
        .order_by(Invoice.state == InvoiceState.VOID, Invoice.id.desc())
        .limit(1)
    )


def find_open_invoice_of_contract(session: Session, contract_id: int) -> Invoice | None:
    """The open invoice of a contract that falls due first."""
    return session.scalar(
        select(Invoice)
        .where(Invoice.contract_id == contract_id, Invoice.state == InvoiceState.OPEN)
        .order_by(Invoice.due_on, Invoice.id)
        .limit(1)
    )


def list_invoices_of_contract(session: Session, contract_id: int) -> Sequence[Invoice]:
    """All invoices of a contract, the first due first."""
    return session.scalars(
        select(Invoice).where(Invoice.contract_id == contract_id).order_by(Invoice.due_on, Invoice.id)
    ).all()


def is_boleto_settling(session: Session, contract_id: int) -> bool:
    """Whether the bank reported a contract's boleto as paid and has not credited it yet.

    Nobody is charged another way meanwhile, nor suspended (M13, M20).
    """
    return bool(session.scalar(select(func.is_boleto_settling(contract_id))))


def is_invoice_settling(session: Session, invoice_id: int) -> bool:
    """Whether the bank reported a boleto of the invoice as paid and has not credited it yet."""
    return bool(session.scalar(select(func.is_invoice_settling(invoice_id))))


def list_settling(session: Session, invoice_ids: Collection[int]) -> Collection[int]:
    """Those of invoices of which `is_invoice_settling` says so."""
    found = select(Invoice.id).where(Invoice.id.in_(invoice_ids), func.is_invoice_settling(Invoice.id))
    return set(session.scalars(found)) if invoice_ids else ()


def open_cents(session: Session, invoice_id: int) -> int:
    """What is still owed on an invoice, in centavos; 0 when it is paid, void, a draft or not there."""
    invoice = session.get(Invoice, invoice_id)
    return invoice.open_cents if invoice else 0


def lock_invoice(session: Session, invoice_id: int) -> Invoice | None:
    """An invoice under the lock of its contract, read afresh: money moves one at a time. None: no such."""
    contract_id = session.scalar(select(Invoice.contract_id).where(Invoice.id == invoice_id))
    if contract_id is None:
        return None
    lock_contract(session, contract_id)
    return session.get(Invoice, invoice_id, with_for_update=True, populate_existing=True)


def lock_open_invoices(session: Session, invoice_ids: Collection[int]) -> Sequence[Invoice]:
    """Those of the invoices that are open, under the locks of their contracts, read afresh, by id."""
    of_contracts = select(Invoice.contract_id).where(Invoice.id.in_(invoice_ids))
    session.execute(
        select(Contract.id)
        .where(Contract.id.in_(of_contracts))
        .order_by(Contract.id)
        .with_for_update(key_share=True)
    )
    return session.scalars(
        select(Invoice)
        .where(Invoice.id.in_(invoice_ids), Invoice.state == InvoiceState.OPEN)
        .order_by(Invoice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def list_of_customer(
    session: Session, customer: Customer, request: ListRequest, *, actor: Actor
) -> tuple[Page[Row[Invoice, Any]], Sequence[CreditLeft]]:
    """A page of a customer's invoices, the first of each row, and the credit the customer has left."""
    credit = credit_column(session, customer.id)
    statement = (
        select(Invoice, credit.column)
        .options(joinedload(Invoice.contract))
        .where(Invoice.customer_id == customer.id, visible_to(actor, Invoice.partner_id))
    )
    if state := request.filter("estado"):
        statement = statement.where(Invoice.state == InvoiceState(state))
    page = paginate(session, statement, request)
    if page.items:
        return page, credit.read(page.items[0][1])
    return page, list_credit(session, customer.id)  # no line says it


def list_postings(session: Session, invoice: Invoice) -> Sequence[Posting]:
    """What was booked about an invoice, in order."""
    return session.scalars(select(Posting).where(Posting.invoice_id == invoice.id).order_by(Posting.id)).all()


def find_closing_posting(session: Session, invoice_id: int) -> Posting | None:
    """The payment that came last of those that paid an invoice; None before any did."""
    return session.scalar(
        select(Posting)
        .where(Posting.invoice_id == invoice_id, Posting.kind.in_(SETTLING))
        .order_by(Posting.id.desc())
        .limit(1)
    )


def list_activity(session: Session, invoice: Invoice) -> Sequence[LogEntry]:
    """What happened to an invoice, the newest first."""
    return session.scalars(
        select(LogEntry)
        .where(LogEntry.subject_type == Invoice.__tablename__, LogEntry.subject_id == invoice.id)
        .order_by(LogEntry.id.desc())
    ).all()


def with_seller() -> ExecutableOption:
    """Invoices with their contract, its quote and who wrote that."""
    return joinedload(Invoice.contract).joinedload(Contract.quote).joinedload(Quote.owner)


def _with_everything() -> Select[Invoice]:
    customer = joinedload(Invoice.customer)
    return select(Invoice).options(
        selectinload(Invoice.lines),
        with_seller(),
        customer.joinedload(Customer.partner),
        customer.joinedload(Customer.signatory),
    )
