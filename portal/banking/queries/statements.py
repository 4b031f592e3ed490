"""Statements of our accounts, their lines, and whose money a line may be."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.banking.models.account import BankAccount
from portal.banking.models.statement import BankStatement, StatementLine
from portal.banking.rules.statement import LineOutcome, documents_in, invoice_numbers_in
from portal.invoices.models import Invoice
from portal.invoices.queries.late_charges import due_on_day
from portal.invoices.rules.states import OWED
from portal.receipts.models.ted import TedTransfer
from portal.receipts.models.ted_credit import TedCredit
from portal.receipts.rules.receiving import Payer
from portal.shared.environment import environment
from portal.shared.lists import ListRequest, ListSpec, Page, contains, paginate, read_all
from portal.shared.refusals import Missing

STATEMENT_LIST = ListSpec(sorts={"enviado": BankStatement.created_at}, default="-enviado")
LINE_LIST = ListSpec(
    sorts={"dia": StatementLine.posted_on, "valor": StatementLine.amount_cents, "linha": StatementLine.line},
    default="linha",
    filters={"situacao": LineOutcome},
)
MOST_OPEN = 60  # invoices of one payer that are looked at


def list_statements(session: Session, request: ListRequest) -> Page[BankStatement]:
    """A page of the statements, without their contents."""
    people = (BankStatement.account, BankStatement.created_by)
    return paginate(session, select(BankStatement).options(*map(joinedload, people)), request)


def get_statement(session: Session, statement_id: int) -> BankStatement:
    """A statement with its account and who brought it. Raises `Missing`."""
    found = session.scalar(
        select(BankStatement)
        .where(BankStatement.id == statement_id)
        .options(joinedload(BankStatement.account), joinedload(BankStatement.created_by))
    )
    if found is None:
        raise Missing("Não encontramos este extrato.")
    return found


def list_lines(session: Session, statement_id: int, request: ListRequest) -> Page[StatementLine]:
    """A page of the credits a statement told of first."""
    return paginate(session, _lines(statement_id, request), request)


def list_lines_for_export(statement_id: int, request: ListRequest) -> Iterator[StatementLine]:
    """All of them as filtered and sorted."""
    yield from read_all(request.ordered(_lines(statement_id, request)))


def get_line(session: Session, statement_id: int, line_id: int) -> StatementLine:
    """A credit of this statement. Raises `Missing`."""
    found = session.scalar(
        select(StatementLine).where(StatementLine.id == line_id, StatementLine.statement_id == statement_id)
    )
    if found is None:
        raise Missing("Não encontramos este lançamento.")
    return found


def count_by_outcome(session: Session, statement_id: int) -> Mapping[LineOutcome, int]:
    """How many of its lines became what; what is not there counts none."""
    counted = (
        select(StatementLine.outcome, func.count(StatementLine.id).label("count"))
        .where(StatementLine.statement_id == statement_id)
        .group_by(StatementLine.outcome)
    )
    return {LineOutcome(outcome): count for outcome, count in session.execute(counted)}


def find_statement(session: Session, sha256: str) -> BankStatement | None:
    """The statement with this content."""
    return session.scalar(select(BankStatement).where(BankStatement.sha256 == sha256))


def known_lines(session: Session, account: BankAccount, fitids: Iterable[str]) -> Mapping[str, StatementLine]:
    """Credits of an account that an earlier statement told of, by FITID."""
    known = select(StatementLine).where(
        StatementLine.account_id == account.id, StatementLine.fitid.in_(list(fitids))
    )
    return {line.fitid: line for line in session.scalars(known)}


def payers_of(session: Session, texts: Sequence[str]) -> list[Payer]:
    """Who paid, text by text: the only document in it that an invoice is made out to, else the only one.

    Never ourselves; "" where more than one would do. A name is none: people share them.
    """
    own = environment().company.document
    found = [[document for document in documents_in(text) if document != own] for text in texts]
    every = {document for documents in found for document in documents}
    asked = select(Invoice.payer_document, func.min(Invoice.payer_name).label("name")).where(
        Invoice.payer_document.in_(every)
    )
    rows = session.execute(asked.group_by(Invoice.payer_document))
    names = {row.payer_document: row.name for row in rows}
    return [_payer(documents, names) for documents in found]


def find_own_invoice(
    session: Session, document: str, *, text: str, amount_cents: int, on: date
) -> Invoice | None:
    """The payer's open invoice that costs exactly this that day: the one its text names, else the only one.

    None where the text names another one of this payer, or more than one would do: that is for a person to
    say (M17).
    """
    if not document:
        return None
    own = select(Invoice).where(Invoice.payer_document == document, Invoice.state.in_(OWED))
    rows = session.scalars(own.order_by(Invoice.due_on, Invoice.id).limit(MOST_OPEN)).all()
    numbers = set(invoice_numbers_in(text))
    named = [invoice for invoice in rows if invoice.number in numbers]
    fits = [invoice for invoice in named or rows if amount_cents in _asked(session, invoice, on)]
    return fits[0] if len(fits) == 1 else None


def customers_about(
    session: Session, lines: Sequence[StatementLine], documents: Iterable[str]
) -> Sequence[int]:
    """Whose money these lines may be: to be locked before any of it moves."""
    of_payer = select(Invoice.customer_id).where(
        Invoice.payer_document.in_([each for each in documents if each]), Invoice.state.in_(OWED)
    )
    told = or_(
        *(
            (TedCredit.credited_on == line.posted_on) & (TedCredit.amount_cents == line.amount_cents)
            for line in lines
        )
    )
    of_ted = (
        select(TedTransfer.customer_id).join(TedCredit, TedCredit.transfer_id == TedTransfer.id).where(told)
    )
    return session.scalars(of_payer.union(of_ted)).all()


def _asked(session: Session, invoice: Invoice, on: date) -> tuple[int, int]:
    due = due_on_day(session, invoice, on)
    return due.face_cents, due.total_cents


def _payer(documents: Sequence[str], names: Mapping[str, str]) -> Payer:
    known = [document for document in documents if document in names]
    if len(known) == 1:
        return Payer(name=names[known[0]], document=known[0])
    written = [document for document in documents if document.isdigit()]
    return Payer(document=written[0]) if len(written) == 1 and not known else Payer()


def _lines(statement_id: int, request: ListRequest) -> Select[StatementLine]:
    statement = (
        select(StatementLine)
        .where(StatementLine.statement_id == statement_id)
        .options(
            joinedload(StatementLine.credit).joinedload(TedCredit.transfer).joinedload(TedTransfer.invoice),
            joinedload(StatementLine.credit).joinedload(TedCredit.payment),
        )
    )
    if outcome := request.filter("situacao"):
        statement = statement.where(StatementLine.outcome == LineOutcome(outcome))
    if request.search:
        statement = statement.where(contains(func.lower(StatementLine.text), request.search.lower()))
    return statement
