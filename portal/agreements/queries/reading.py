"""Reading agreements. Foreign rows are missing."""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, any_, case, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager, joinedload, selectinload

from portal.agreements.models import Agreement, AgreementDebt, AgreementFill, AgreementPart
from portal.agreements.rules.states import ENTRY, LIVE, AgreementState
from portal.customers.models import Customer
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.partners.queries.actors import visible_to
from portal.partners.queries.searching import all_words
from portal.receipts.queries.held import PaidInstead
from portal.shared.arrays import IDS
from portal.shared.auth import Actor
from portal.shared.db import as_key
from portal.shared.lists import DAYS, ListRequest, ListSpec, Page, paginate, read_all, within_days
from portal.shared.refusals import Missing

UNKNOWN = "Não encontramos este acordo."
EXPORT_LIMIT = 50_000
TOTAL = Agreement.face_cents + Agreement.charges_cents - Agreement.discount_cents
AGREEMENT_LIST = ListSpec(
    sorts={"data": Agreement.made_at, "valor": TOTAL, "cliente": Customer.search_text},
    default="-data",
    filters={"estado": AgreementState, **DAYS},
)


def get_agreement(session: Session, agreement_id: int, *, actor: Actor) -> Agreement:
    """An agreement with everything its page shows.

    Raises:
        Missing: there is none, or it is not the actor's to see.
    """
    return _one(session, Agreement.id == agreement_id, visible_to(actor, Agreement.partner_id))


def get_own_agreement(session: Session, agreement_id: int, *, customer_id: int) -> Agreement:
    """An agreement of a customer, as `get_agreement` gives it. Raises `Missing`."""
    return _one(session, Agreement.id == agreement_id, Agreement.customer_id == customer_id)


def load_agreement(session: Session, agreement_id: int) -> Agreement:
    """An agreement as `get_agreement` gives it, for reactions and jobs. Raises `Missing`."""
    return _one(session, Agreement.id == agreement_id)


def list_of_customer(session: Session, customer_id: int) -> Sequence[Agreement]:
    """The agreements of a customer with their parts, the newest first."""
    return session.scalars(
        select(Agreement)
        .where(Agreement.customer_id == customer_id)
        .options(selectinload(Agreement.parts).joinedload(AgreementPart.invoice))
        .order_by(Agreement.id.desc())
    ).all()


def list_agreements(session: Session, request: ListRequest, *, actor: Actor) -> Page[Agreement]:
    """A page of agreements."""
    return paginate(session, _wanted(request, actor), request)


def list_for_export(request: ListRequest, *, actor: Actor) -> Iterator[Agreement]:
    """The whole list as filtered and sorted, read while a file is sent; up to a limit."""
    yield from read_all(request.ordered(_wanted(request, actor)).limit(EXPORT_LIMIT))


def find_by_envelope(session: Session, envelope_id: int) -> int | None:
    """The agreement that a signature is asked for."""
    return session.scalar(select(Agreement.id).where(Agreement.envelope_id == envelope_id))


def find_by_part(session: Session, invoice_id: int) -> int | None:
    """The agreement that an invoice is a part of."""
    return session.scalar(select(AgreementPart.agreement_id).where(AgreementPart.invoice_id == invoice_id))


def find_offered(session: Session, customer_id: int) -> int | None:
    """The agreement of a customer that waits for its signature."""
    return session.scalar(
        select(Agreement.id).where(
            Agreement.customer_id == customer_id, Agreement.state == AgreementState.OFFERED
        )
    )


def list_offered_about(session: Session, invoice_ids: Sequence[int]) -> Sequence[int]:
    """The agreements that wait for a signature and would hold one of these invoices."""
    named = literal(invoice_ids, IDS)
    return session.scalars(
        select(Agreement.id)
        .join(AgreementDebt, AgreementDebt.agreement_id == Agreement.id)
        .where(Agreement.state == AgreementState.OFFERED, AgreementDebt.invoice_id == any_(named))
        .distinct()
        .order_by(Agreement.id)
    ).all()


def list_fills(session: Session, agreement_id: int) -> Sequence[AgreementFill]:
    """What paid parts gave to the invoices, in their order."""
    return session.scalars(
        select(AgreementFill)
        .join(AgreementDebt, AgreementDebt.id == AgreementFill.debt_id)
        .where(AgreementDebt.agreement_id == agreement_id)
        .order_by(AgreementFill.id)
    ).all()


def list_maybe_broken(session: Session, *, today: date) -> Sequence[tuple[int, int, int, date]]:
    """The parts past their due date of agreements that hold: agreement, invoice, days allowed, due date."""
    days = case((AgreementPart.number == ENTRY, Agreement.entry_days), else_=Agreement.part_days)
    rows = session.execute(
        select(AgreementPart.agreement_id, Invoice.id, days, Invoice.due_on)
        .join(Agreement, Agreement.id == AgreementPart.agreement_id)
        .join(Invoice, Invoice.id == AgreementPart.invoice_id)
        .where(Agreement.state.in_(LIVE), Invoice.state == InvoiceState.OPEN, Invoice.due_on < today)
        .order_by(AgreementPart.agreement_id, AgreementPart.number)
    ).all()
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def part_to_pay(session: Session, asked: PaidInstead) -> int | None:
    """The invoice of the part that is open for longest, of the agreement that holds an invoice."""
    return session.scalar(
        select(Invoice.id)
        .join(AgreementPart, AgreementPart.invoice_id == Invoice.id)
        .join(Agreement, Agreement.id == AgreementPart.agreement_id)
        .join(AgreementDebt, AgreementDebt.agreement_id == Agreement.id)
        .where(
            AgreementDebt.invoice_id == asked.invoice_id,
            AgreementDebt.is_held,
            Agreement.state.in_(LIVE),
            Invoice.state == InvoiceState.OPEN,
        )
        .order_by(AgreementPart.number)
        .limit(1)
    )


def awaits_entry(contract_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether an agreement over a contract waits for its entry: what is suspended stays so until then."""
    return (
        select(AgreementDebt.id)
        .join(Agreement, Agreement.id == AgreementDebt.agreement_id)
        .where(
            AgreementDebt.contract_id == contract_id,
            AgreementDebt.is_held,
            Agreement.state == AgreementState.AWAITING_ENTRY,
        )
        .exists()
    )


def _one(session: Session, *conditions: ColumnElement[bool]) -> Agreement:
    found = session.scalar(
        select(Agreement)
        .where(*conditions)
        .options(
            joinedload(Agreement.customer).joinedload(Customer.partner),
            joinedload(Agreement.customer).joinedload(Customer.signatory),
            joinedload(Agreement.envelope),
            joinedload(Agreement.made_by),
            selectinload(Agreement.debts).joinedload(AgreementDebt.invoice),
            selectinload(Agreement.parts).joinedload(AgreementPart.invoice),
        )
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise Missing(UNKNOWN)
    return found


def _wanted(request: ListRequest, actor: Actor) -> Select[Agreement]:
    statement = (
        select(Agreement)
        .join(Agreement.customer)
        .options(
            contains_eager(Agreement.customer),
            joinedload(Agreement.partner),
            selectinload(Agreement.parts).joinedload(AgreementPart.invoice),
        )
        .where(visible_to(actor, Agreement.partner_id))
    )
    if state := request.filter("estado"):
        statement = statement.where(Agreement.state == AgreementState(state))
    if request.search:
        by_number = Agreement.id == as_key(request.search.rpartition("-")[2])
        statement = statement.where(or_(all_words(Customer.search_text, request.search), by_number))
    return statement.where(*within_days(request, Agreement.made_at))
