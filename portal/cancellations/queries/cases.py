"""Cases. A partner's people see those of their own customers."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.cancellations.models import CancellationArgument, CancellationCase
from portal.cancellations.rules.cases import ALARM, SILENCE, CaseState, Reason
from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.customers.models import Customer
from portal.partners.queries.actors import visible_to
from portal.partners.queries.searching import all_words
from portal.shared.auth import Actor
from portal.shared.db import as_key
from portal.shared.lists import DAYS, ListRequest, ListSpec, Page, paginate, read_all, within_days
from portal.shared.refusals import Missing
from portal.tasks.models import Task

EXPORT_LIMIT = 50_000
OWN_CASES = 50
UNKNOWN = "Não encontramos este pedido de cancelamento."
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
        raise Missing(UNKNOWN)
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


def find_open_case_before(session: Session, contract_id: int, *, former_id: int) -> CancellationCase | None:
    """The open case of a contract that another replaces, or of an earlier change of the same."""
    replaced = select(Contract.id).where(
        or_(
            Contract.id == former_id,
            func.coalesce(Contract.base_contract_id, Contract.taken_over_from_id) == former_id,
        ),
        Contract.id != contract_id,
    )
    return session.scalar(
        select(CancellationCase)
        .where(CancellationCase.contract_id.in_(replaced), CancellationCase.state == CaseState.OPEN)
        .order_by(CancellationCase.id)
        .limit(1)
    )


def find_case_of_contract(session: Session, contract_id: int) -> CancellationCase | None:
    """The newest case of a contract."""
    return session.scalar(
        select(CancellationCase)
        .where(CancellationCase.contract_id == contract_id)
        .order_by(CancellationCase.id.desc())
        .limit(1)
    )


def may_take_back(case: CancellationCase) -> bool:
    """Whether the customer of a loaded case may still stay after all."""
    ends = case.contract.state is ContractState.ENDING
    return case.state is CaseState.CANCELED and ends and not case.services


def get_own_case(session: Session, case_id: int, *, customer_id: int) -> CancellationCase:
    """A case of this customer, loaded as `get_case`.

    Raises:
        Missing: there is none, or it is somebody else's.
    """
    found = session.scalar(
        _with_people().where(CancellationCase.id == case_id, CancellationCase.customer_id == customer_id)
    )
    if found is None:
        raise Missing(UNKNOWN)
    return found


def list_own_cases(session: Session, customer_id: int) -> Sequence[CancellationCase]:
    """The cases of a customer, the newest first, loaded as `get_case`."""
    return session.scalars(
        _with_people()
        .where(CancellationCase.customer_id == customer_id)
        .order_by(CancellationCase.id.desc())
        .limit(OWN_CASES)
    ).all()


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


def list_silent_chats(
    session: Session, *, since: datetime, limit: int
) -> Sequence[tuple[CancellationCase, CancellationArgument]]:
    """Open cases whose last word was said in a chat at an instant or before and has no answer; once each.

    The word is with its case, whose customer is loaded.
    """
    said, later = CancellationArgument, aliased(CancellationArgument)
    key = func.concat(SILENCE, said.id)
    rows = session.execute(
        select(CancellationCase, said)
        .join(said, said.case_id == CancellationCase.id)
        .where(
            CancellationCase.state == CaseState.OPEN,
            said.awaits_reply,
            said.said_at <= since,
            ~select(later.id).where(later.case_id == said.case_id, later.id > said.id).exists(),
            ~select(Task.id).where(Task.key == key).exists(),
        )
        .options(joinedload(CancellationCase.customer))
        .order_by(said.id)
        .limit(limit)
    ).all()
    return [(case, argument) for case, argument in rows]


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


def list_cases(session: Session, request: ListRequest, *, actor: Actor) -> Page[CancellationCase]:
    """A page of cases, newest first."""
    return paginate(session, _cases(request, actor), request)


def list_for_export(request: ListRequest, *, actor: Actor) -> Iterator[CancellationCase]:
    """The whole list as filtered and sorted, read while a file is sent; at most 50.000 lines."""
    yield from read_all(request.ordered(_cases(request, actor)).limit(EXPORT_LIMIT))


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
        joinedload(CancellationCase.contract).options(
            joinedload(Contract.customer), joinedload(Contract.version)
        ),
        joinedload(CancellationCase.partner),
        joinedload(CancellationCase.opened_by),
        joinedload(CancellationCase.closed_by),
        joinedload(CancellationCase.taken_back_by),
    )
