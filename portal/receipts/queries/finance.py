"""What finance sees of money. Only the vendor's finance and admins may ask: they see every partner's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, or_, select, union_all
from sqlalchemy.orm import Session, joinedload

from portal.invoices.models import Invoice, Posting
from portal.invoices.queries.listing import InvoicesByNumber
from portal.invoices.rules.numbers import read_number
from portal.invoices.rules.states import OWED
from portal.receipts.models.payment import ParkedPayment, Payment
from portal.receipts.models.ted import TedTransfer
from portal.receipts.models.ted_credit import TedCredit
from portal.receipts.rules.receiving import PaymentOutcome, PaymentSource
from portal.receipts.rules.ted import PENDING
from portal.shared.brazil import parse_money
from portal.shared.db import as_key
from portal.shared.lists import DAYS, ListRequest, ListSpec, Page, contains, paginate, read_all, within_days
from portal.shared.questions import ask
from portal.shared.refusals import Missing

PAYMENT_LIST = ListSpec(
    sorts={"recebido": Payment.paid_at, "valor": Payment.amount_cents},
    default="-recebido",
    filters={
        "forma": PaymentSource,
        "situacao": PaymentOutcome,
        **DAYS,
    },
)
NAMES_IN_FACTS = ("txid", "origin_id")
PARTS = ("", *(f"/{number}" for number in range(2, 25)))
EXPORT_LIMIT = 50_000
SUGGESTIONS = 10
MOST_DOUBTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How much waits for finance."""

    teds: int
    parked: int


def list_payments(session: Session, request: ListRequest) -> Page[Payment]:
    """A page of the payments, with customer and invoice."""
    return paginate(session, _payments(session, request), request)


def list_for_export(session: Session, request: ListRequest) -> Iterator[Payment]:
    """The whole list as filtered and sorted, read while a file is sent; at most 50.000 lines."""
    yield from read_all(request.ordered(_payments(session, request)).limit(EXPORT_LIMIT))


def get_payment(session: Session, payment_id: int) -> Payment:
    """A payment with customer, invoice, and what finance decided about it. Raises `Missing`."""
    found = session.scalar(
        select(Payment)
        .where(Payment.id == payment_id)
        .options(
            joinedload(Payment.customer),
            joinedload(Payment.invoice),
            joinedload(Payment.parked).joinedload(ParkedPayment.resolved_by),
        )
    )
    if found is None:
        raise Missing("Não encontramos este pagamento.")
    return found


def list_postings(session: Session, payment: Payment) -> Sequence[Posting]:
    """What was booked about a payment, in order."""
    return session.scalars(
        select(Posting).where(Posting.payment_key == payment.key).order_by(Posting.id)
    ).all()


def count_waiting(session: Session) -> Waiting:
    """How many TEDs, those in doubt too, and parked payments wait."""
    doubts = select(func.count(TedCredit.id)).where(_is_in_doubt()).scalar_subquery()
    teds = select(func.count(TedTransfer.id) + doubts).where(TedTransfer.state.in_(PENDING))
    parked = select(func.count(ParkedPayment.id)).where(ParkedPayment.resolved_at.is_(None))
    return Waiting(teds=session.scalar(teds) or 0, parked=session.scalar(parked) or 0)


def get_ted(session: Session, transfer_id: int) -> TedTransfer:
    """A TED with all that is shown of it. Raises `Missing`."""
    found = session.scalar(_teds().where(TedTransfer.id == transfer_id))
    if found is None:
        raise Missing("Não encontramos esta TED.")
    return found


def list_ted_doubts(session: Session) -> Sequence[TedCredit]:
    """TEDs that may be ones a person confirmed, with those, the oldest first."""
    confirmed = joinedload(TedCredit.doubts).joinedload(TedCredit.transfer).joinedload(TedTransfer.invoice)
    statement = select(TedCredit).where(_is_in_doubt()).options(confirmed)
    return session.scalars(statement.order_by(TedCredit.told_at, TedCredit.id).limit(MOST_DOUBTS)).all()


def _is_in_doubt() -> ColumnElement[bool]:
    return TedCredit.doubts_id.is_not(None) & TedCredit.is_same.is_(None)


def get_parked(session: Session, parked_id: int) -> ParkedPayment:
    """A parked payment, decided or not. Raises `Missing`."""
    found = session.scalar(_parked().where(ParkedPayment.id == parked_id))
    if found is None:
        raise Missing("Não encontramos este pagamento.")
    return found


def list_fitting_invoices(session: Session, parked: ParkedPayment) -> Sequence[Invoice]:
    """Owed invoices a parked payment may be for: the one it named, of its payer, or of its amount."""
    payment = parked.payment
    fits: list[ColumnElement[bool]] = [Invoice.amount_cents - Invoice.paid_cents == payment.amount_cents]
    if payment.payer_document:
        fits.append(Invoice.payer_document == payment.payer_document)
    if parked.meant_invoice_id:
        fits.append(Invoice.id == parked.meant_invoice_id)
    return session.scalars(
        select(Invoice)
        .where(Invoice.state.in_(OWED), or_(*fits))
        .options(joinedload(Invoice.customer))
        .order_by(Invoice.payer_document != payment.payer_document, Invoice.due_on, Invoice.id)
        .limit(SUGGESTIONS)
    ).all()


def find_invoice_by_number(session: Session, number: int) -> Invoice | None:
    """An issued invoice, with its customer."""
    return session.scalar(
        select(Invoice).where(Invoice.number == number).options(joinedload(Invoice.customer))
    )


def is_payer(paid: type[Payment | TedTransfer], text: str) -> Iterator[ColumnElement[bool]]:
    """The ways a search may mean a payer as the money's source said it: the name or the document."""
    yield contains(func.lower(paid.payer_name), text.lower())
    if compact := _compact(text):
        yield contains(paid.payer_document, compact)


def invoices_by_payment(_session: Session, asked: InvoicesByNumber) -> Select[int | None]:
    """The invoices that money was for which its source, or the bank's notice, calls so.

    A Pix for several invoices is a payment of each: the first bears its name, the others a number after it.
    """
    names = [name + part for name in asked.typed.names for part in PARTS]
    paid = select(Payment.invoice_id).where(
        Payment.source.in_(list(PaymentSource)), Payment.external_id.in_(names)
    )
    announced = select(TedTransfer.invoice_id).where(TedTransfer.bank_reference.in_(asked.typed.names))
    return select(union_all(paid, announced).subquery().c.invoice_id)


def number_meant(text: str) -> int:
    """The number of an invoice as a search says it; 0, which no invoice has, for anything else."""
    return as_key(_compact(text))


def _payments(session: Session, request: ListRequest) -> Select[Payment]:
    statement = select(Payment).options(joinedload(Payment.customer), joinedload(Payment.invoice))
    if source := request.filter("forma"):
        statement = statement.where(Payment.source == PaymentSource(source))
    if outcome := request.filter("situacao"):
        statement = statement.where(Payment.outcome == PaymentOutcome(outcome))
    if request.search:
        statement = statement.where(or_(*_meant(session, request.search)))
    return statement.where(*within_days(request, Payment.paid_at))


def _meant(session: Session, text: str) -> Iterator[ColumnElement[bool]]:
    """A payer, a document, an amount, what the source calls the payment, or a number of what it paid.

    That is the invoice's, its contract's, or one the invoice bears elsewhere: its boleto's number, bar code
    or typed line, its Pix', its charge's.
    """
    yield from is_payer(Payment, text)
    if _compact(text):
        yield contains(func.lower(Payment.external_id), text.lower())
    if cents := _amount(text):
        yield Payment.amount_cents == cents
    typed = read_number(text)
    if typed.names:
        yield or_(*(Payment.facts[fact].astext.in_(typed.names) for fact in NAMES_IN_FACTS))
        for ids in ask(session, InvoicesByNumber(typed=typed)):
            yield Payment.invoice_id.in_(ids)
    if typed.own:
        of_invoice = or_(Invoice.number == typed.own, Invoice.contract_id == typed.own)
        yield Payment.invoice_id.in_(select(Invoice.id).where(of_invoice))


def _amount(text: str) -> int:
    """Centavos of what reads as an amount: with a comma or R$; 0 for anything else."""
    if "," not in text and "R$" not in text:
        return 0
    try:
        return parse_money(text)
    except ValueError:
        return 0


def _compact(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum()).upper()


def _teds() -> Select[TedTransfer]:
    return select(TedTransfer).options(
        joinedload(TedTransfer.invoice),
        joinedload(TedTransfer.customer),
        joinedload(TedTransfer.proof),
        joinedload(TedTransfer.confirmed_by),
    )


def _parked() -> Select[ParkedPayment]:
    return select(ParkedPayment).options(
        joinedload(ParkedPayment.payment),
        joinedload(ParkedPayment.meant_invoice).joinedload(Invoice.customer),
        joinedload(ParkedPayment.proposed_invoice).joinedload(Invoice.customer),
        joinedload(ParkedPayment.proposed_by),
        joinedload(ParkedPayment.resolved_by),
    )
