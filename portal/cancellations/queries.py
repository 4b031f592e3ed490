"""Reads of the cancellations room. A partner's people see the cases of their own customers."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.banking.models.boleto import Boleto
from portal.banking.queries.boletos import boletos_being_settled
from portal.cancellations.models import CancellationArgument, CancellationCase
from portal.cancellations.rules.cases import ALARM, CaseState, Offer, Reason
from portal.cancellations.rules.settlement import Facts, OpenInvoice
from portal.contracts.models import Contract
from portal.contracts.queries.coverage import paid_time
from portal.customers.models import Customer
from portal.invoices.models import Invoice
from portal.invoices.queries.due_dates import payable_days
from portal.invoices.rules.states import InvoiceState
from portal.partners.queries.actors import visible_to
from portal.partners.queries.searching import all_words
from portal.shared.auth import Actor
from portal.shared.brazil import is_company
from portal.shared.clock import day_of
from portal.shared.db import as_key
from portal.shared.lists import DAYS, ListRequest, ListSpec, Page, paginate, read_all, within_days
from portal.shared.refusals import Missing
from portal.tasks.models import Task

EXPORT_LIMIT = 50_000
CASE_LIST = ListSpec(
    sorts={"pedido": CancellationCase.requested_at, "cliente": Customer.name},
    default="-pedido",
    filters={"estado": CaseState, "motivo": Reason, **DAYS},
)


def get_case(session: Session, case_id: int, *, actor: Actor) -> CancellationCase:
    """A case with its customer, contract and people.

    Raises:
        Missing: there is none, or it is of a partner the person does not see.
    """
    found = session.scalar(
        _with_people().where(CancellationCase.id == case_id, visible_to(actor, CancellationCase.partner_id))
    )
    if found is None:
        raise Missing("Não encontramos este pedido de cancelamento.")
    return found


def load_case(session: Session, case_id: int) -> CancellationCase:
    """A case that is known to exist, for mails and the customer's own link."""
    return session.scalars(_with_people().where(CancellationCase.id == case_id)).one()


def find_open_case(session: Session, contract_id: int) -> CancellationCase | None:
    """The open case of a contract."""
    return session.scalar(
        select(CancellationCase).where(
            CancellationCase.contract_id == contract_id, CancellationCase.state == CaseState.OPEN
        )
    )


def find_case_of_contract(session: Session, contract_id: int) -> CancellationCase | None:
    """The newest case of a contract."""
    return session.scalar(
        select(CancellationCase)
        .where(CancellationCase.contract_id == contract_id)
        .order_by(CancellationCase.id.desc())
        .limit(1)
    )


def list_unsettled(session: Session, customer_id: int) -> Sequence[CancellationCase]:
    """The open cases of a customer, the oldest first."""
    return session.scalars(
        select(CancellationCase)
        .where(CancellationCase.customer_id == customer_id, CancellationCase.state == CaseState.OPEN)
        .order_by(CancellationCase.id)
        .options(joinedload(CancellationCase.opened_by))
    ).all()


def list_unalarmed(session: Session, *, today: date, now: datetime, limit: int) -> Sequence[CancellationCase]:
    """Open cases of which nobody was alarmed on this day, by id."""
    key = func.concat(ALARM, CancellationCase.id, ":", today.isoformat())
    return session.scalars(
        select(CancellationCase)
        .where(
            CancellationCase.state == CaseState.OPEN,
            CancellationCase.requested_at <= now,
            ~select(Task.id).where(Task.key == key).exists(),
        )
        .order_by(CancellationCase.id)
        .limit(limit)
    ).all()


def list_arguments(session: Session, case_id: int) -> Sequence[CancellationArgument]:
    """What was said, in its order."""
    return session.scalars(
        select(CancellationArgument)
        .where(CancellationArgument.case_id == case_id)
        .options(joinedload(CancellationArgument.said_by))
        .order_by(CancellationArgument.id)
    ).all()


def find_same_argument(
    session: Session, case_id: int, words: str, *, since: datetime
) -> CancellationArgument | None:
    """What was written down with the same words since an instant."""
    return session.scalar(
        select(CancellationArgument).where(
            CancellationArgument.case_id == case_id,
            CancellationArgument.words == words,
            CancellationArgument.said_at >= since,
        )
    )


def facts_of(session: Session, contract: Contract, *, today: date) -> Facts:
    """What the settlement of a loaded contract goes by, as it is now."""
    paid, until = paid_time(session, contract), payable_days(session)
    invoices = session.scalars(
        select(Invoice)
        .where(Invoice.contract_id == contract.id, Invoice.state == InvoiceState.OPEN)
        .order_by(Invoice.id)
    ).all()
    settling = _settling(session, [invoice.id for invoice in invoices])
    paid_cents = session.scalar(
        select(func.coalesce(func.sum(Invoice.paid_cents), 0)).where(
            Invoice.contract_id == contract.id, Invoice.state == InvoiceState.PAID
        )
    )
    return Facts(
        today=today,
        covered_until=paid.covered_until if paid else None,
        contracted_on=day_of(contract.signed_at) if contract.signed_at else today,
        is_consumer=not is_company(contract.customer.document),
        paid_cents=int(paid_cents or 0),
        invoices=[
            OpenInvoice(
                invoice_id=invoice.id,
                label=invoice.label,
                open_cents=invoice.open_cents,
                days_late=max(0, (today - until(invoice.due_on)).days),
                covers_until=invoice.period_until or today,
                is_settling=invoice.id in settling,
            )
            for invoice in invoices
        ],
    )


def _settling(session: Session, invoice_ids: Sequence[int]) -> Collection[int]:
    """Of these invoices, those whose boleto is paid and not credited yet."""
    if not invoice_ids:
        return ()
    return session.scalars(boletos_being_settled().where(Boleto.invoice_id.in_(invoice_ids))).all()


def list_cases(session: Session, request: ListRequest, *, actor: Actor) -> Page[CancellationCase]:
    """A page of cases, newest first."""
    return paginate(session, _cases(request, actor), request)


def list_for_export(request: ListRequest, *, actor: Actor) -> Iterator[CancellationCase]:
    """The whole list as filtered and sorted, read while a file is sent; at most 50.000 lines."""
    yield from read_all(request.ordered(_cases(request, actor)).limit(EXPORT_LIMIT))


def count_by_reason(session: Session, *, actor: Actor, since: datetime) -> Sequence[tuple[Reason, int, int]]:
    """Of the cases asked for since an instant: per reason, how many customers stayed, and how many left."""
    rows = session.execute(
        select(
            CancellationCase.reason,
            func.count().filter(CancellationCase.state == CaseState.RETAINED),
            func.count().filter(CancellationCase.state == CaseState.CANCELED),
        )
        .where(
            visible_to(actor, CancellationCase.partner_id),
            CancellationCase.requested_at >= since,
            CancellationCase.state != CaseState.OPEN,
        )
        .group_by(CancellationCase.reason)
    ).all()
    return [(reason, stayed, left) for reason, stayed, left in rows]


def count_by_offer(session: Session, *, actor: Actor, since: datetime) -> Sequence[tuple[Offer, int]]:
    """Of the cases asked for since an instant and ended with the customer staying: what they accepted."""
    rows = session.execute(
        select(CancellationArgument.offer, func.count(CancellationArgument.case_id.distinct()))
        .join(CancellationCase, CancellationCase.id == CancellationArgument.case_id)
        .where(
            visible_to(actor, CancellationCase.partner_id),
            CancellationCase.requested_at >= since,
            CancellationCase.state == CaseState.RETAINED,
            CancellationArgument.answer == "accepted",
        )
        .group_by(CancellationArgument.offer)
    ).all()
    return [(offer, count) for offer, count in rows if offer is not None]


def _cases(request: ListRequest, actor: Actor) -> Select[CancellationCase]:
    statement = (
        select(CancellationCase)
        .join(CancellationCase.customer)
        .options(
            joinedload(CancellationCase.customer),
            joinedload(CancellationCase.partner),
            joinedload(CancellationCase.contract),
        )
        .where(visible_to(actor, CancellationCase.partner_id))
    )
    if state := request.filter("estado"):
        statement = statement.where(CancellationCase.state == CaseState(state))
    if reason := request.filter("motivo"):
        statement = statement.where(CancellationCase.reason == Reason(reason))
    if request.search:
        by_protocol = CancellationCase.id == as_key(request.search.rpartition("-")[2])
        statement = statement.where(or_(all_words(Customer.search_text, request.search), by_protocol))
    return statement.where(*within_days(request, CancellationCase.requested_at))


def _with_people() -> Select[CancellationCase]:
    return select(CancellationCase).options(
        joinedload(CancellationCase.customer).joinedload(Customer.partner),
        joinedload(CancellationCase.customer).joinedload(Customer.signatory),
        joinedload(CancellationCase.contract).joinedload(Contract.customer),
        joinedload(CancellationCase.partner),
        joinedload(CancellationCase.opened_by),
        joinedload(CancellationCase.closed_by),
    )
