"""What a tester can have the bank of the tests pay."""

from datetime import date

from sqlalchemy import Integer, Select, case, cast, select
from sqlalchemy.orm import Session, joinedload

from portal.banking.models.bank_file import BankFile
from portal.banking.models.boleto import Boleto
from portal.banking.rules.bank_files import BankFileState
from portal.banking.rules.boleto import LIVE, BoletoState
from portal.customers.models import Customer
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import Payment
from portal.receipts.rules.receiving import PaymentSource
from portal.sandbox_bank.models import SandboxPayer, SandboxPayment
from portal.sandbox_bank.rules.habits import PayingHabit
from portal.shared.lists import ListRequest, ListSpec, Page, contains, paginate
from portal.shared.refusals import Missing

PAYABLE = (InvoiceState.OPEN, InvoiceState.UNCOLLECTIBLE, InvoiceState.PAID, InvoiceState.VOID)
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


def find_pix(session: Session, invoice_id: int) -> Payment | None:
    """The newest Pix that was paid for an invoice."""
    return session.scalars(
        select(Payment)
        .where(
            Payment.invoice_id == invoice_id,
            Payment.source == PaymentSource.PIX,
            Payment.facts["found_by"].astext.is_(None),
        )
        .order_by(Payment.id.desc())
        .limit(1)
    ).first()


def list_asked_of_bank(session: Session, *, limit: int) -> list[tuple[Boleto, str]]:
    """Boletos that a remittance asked the bank to register (02) or to take back (09), not answered yet."""
    statement = (
        select(Boleto, case((Boleto.withdrawal_id == BankFile.id, "09"), else_="02"))
        .join(BankFile, BankFile.id.in_((Boleto.remittance_id, Boleto.withdrawal_id)))
        .where(BankFile.state == BankFileState.SENT)
        .where(
            ((Boleto.state == BoletoState.ISSUED) & (BankFile.id == Boleto.remittance_id))
            | ((Boleto.state == BoletoState.REGISTERED) & (BankFile.id == Boleto.withdrawal_id))
        )
        .order_by(Boleto.id)
        .limit(limit)
    )
    return [(boleto, code) for boleto, code in session.execute(statement)]


def list_to_pay(
    session: Session, *, today: date, limit: int
) -> list[tuple[Invoice, SandboxPayer, Boleto | None]]:
    """Open invoices that a habit pays by this day and has not paid yet, each with its live boleto."""
    statement = (
        select(Invoice, SandboxPayer, Boleto)
        .join(SandboxPayer, SandboxPayer.customer_id == Invoice.customer_id)
        .outerjoin(Boleto, (Boleto.invoice_id == Invoice.id) & Boleto.state.in_(LIVE))
        .where(
            Invoice.state == InvoiceState.OPEN,
            SandboxPayer.habit != PayingHabit.NEVER,
            Invoice.due_on + cast(SandboxPayer.days_late, Integer) <= today,
            ~select(SandboxPayment.invoice_id).where(SandboxPayment.invoice_id == Invoice.id).exists(),
        )
        .order_by(Invoice.due_on, Invoice.id)
        .limit(limit)
    )
    return [(invoice, payer, boleto) for invoice, payer, boleto in session.execute(statement)]


HABIT_LIST = ListSpec(
    sorts={"cliente": Customer.trade_name, "habito": SandboxPayer.habit},
    default="cliente",
    filters={"habito": PayingHabit},
)


def habits_asked(request: ListRequest) -> Select[Customer, SandboxPayer]:
    """Customers with their habit, if they have one."""
    statement = select(Customer, SandboxPayer).outerjoin(
        SandboxPayer, SandboxPayer.customer_id == Customer.id
    )
    if request.search:
        statement = statement.where(contains(Customer.trade_name, request.search))
    if habit := request.filter("habito"):
        statement = statement.where(SandboxPayer.habit == PayingHabit(habit))
    return statement


def get_customer(session: Session, customer_id: int) -> tuple[Customer, SandboxPayer | None]:
    """A customer, whosever it is, and its habit. Raises `Missing`."""
    found = session.get(Customer, customer_id)
    if found is None:
        raise Missing("Não encontramos este cliente.")
    return found, session.get(SandboxPayer, customer_id)


def list_without_habit(session: Session) -> list[Customer]:
    """Customers who pay nothing by themselves."""
    known = select(SandboxPayer.customer_id)
    return list(session.scalars(select(Customer).where(Customer.id.not_in(known)).order_by(Customer.id)))
