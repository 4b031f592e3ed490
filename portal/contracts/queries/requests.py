"""What a quote is for: a change of a running contract, or nothing known before."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from calculator import Breakdown, FirstPeriod, breakdown_from_json, first_period
from portal.catalog.rules import FirstPeriodPolicy
from portal.contracts.models import Contract, ContractRequest
from portal.contracts.queries.coverage import paid_time
from portal.contracts.queries.paper import Change
from portal.contracts.queries.reading import breakdown_of, load_contract
from portal.contracts.rules.changes import AmendmentTerms, Rhythm, amendment_terms
from portal.contracts.rules.states import ContractKind
from portal.partners.queries.actors import visible_to
from portal.partners.rules import Arrangement
from portal.quotes.models import QuoteVersion
from portal.shared.auth import Actor
from portal.shared.refusals import Missing


def find_request_of_quote(session: Session, quote_id: int) -> ContractRequest | None:
    """What this quote changes; None for a new activation."""
    return session.scalar(select(ContractRequest).where(ContractRequest.quote_id == quote_id))


def list_open_changes(session: Session, customer_id: int, *, actor: Actor) -> Sequence[ContractRequest]:
    """The changes of partner towards this customer whose quote is still to be written."""
    return session.scalars(
        select(ContractRequest)
        .where(
            ContractRequest.customer_id == customer_id,
            ContractRequest.quote_id.is_(None),
            visible_to(actor, ContractRequest.partner_id),
        )
        .order_by(ContractRequest.id)
    ).all()


def get_change(session: Session, request_id: int, *, customer_id: int, actor: Actor) -> ContractRequest:
    """A change of partner towards this customer. Raises `Missing`."""
    request = session.scalar(
        select(ContractRequest).where(
            ContractRequest.id == request_id,
            ContractRequest.customer_id == customer_id,
            ContractRequest.kind == ContractKind.PARTNER_CHANGE,
            visible_to(actor, ContractRequest.partner_id),
        )
    )
    if request is None:
        raise Missing("Não encontramos esta troca de parceiro.")
    return request


def find_open_change_of(session: Session, contract: Contract) -> ContractRequest | None:
    """The change of partner that was begun for a contract and has no quote yet."""
    return session.scalar(
        select(ContractRequest).where(
            ContractRequest.taken_over_from_id == contract.id, ContractRequest.quote_id.is_(None)
        )
    )


def change_of(session: Session, contract: Contract, *, today: date) -> Change | None:
    """What an amendment changes, as its document says, or will if it is made today; None for other kinds."""
    if contract.kind is not ContractKind.AMENDMENT or contract.base_contract_id is None:
        return None
    base = load_contract(session, contract.base_contract_id)
    terms = _terms(session, base, breakdown_of(contract), contract=contract, today=today)
    return Change(label=base.label, before=breakdown_of(base), terms=terms)


def rhythm_of(session: Session, contract: Contract) -> Rhythm:
    """On which day the payments of a loaded contract that is running fall due, as frozen with it."""
    paid = paid_time(session, contract)
    ends_before = paid is not None and paid.ends_before_due_date
    return Rhythm(contract.version.due_day, ends_before_due_date=ends_before)


def _terms(
    session: Session, base: Contract, new: Breakdown, *, contract: Contract | None, today: date
) -> AmendmentTerms:
    """What an amendment of `base` costs: as the paper of its `contract` says or, before that, from today."""
    paid = paid_time(session, base)
    covered_until = paid.covered_until if paid else None
    if contract is not None and contract.terms_on:
        today, covered_until = contract.terms_on, contract.covers_until
    return amendment_terms(
        old=breakdown_of(base),
        new=new,
        signed_on=today,
        covered_until=covered_until,
        rhythm=rhythm_of(session, base),
    )


def first_days_of(version: QuoteVersion, *, kind: ContractKind, today: date) -> FirstPeriod | None:
    """The part of a month that a contract of a version begins with, where its plan is charged so.

    None for an amendment, and where the partner bills its customer itself.
    """
    if kind is ContractKind.AMENDMENT or version.arrangement == Arrangement.HIPERADOR:
        return None
    if version.first_period is not FirstPeriodPolicy.PROPORTIONAL:
        return None
    breakdown = breakdown_from_json(version.breakdown)
    return first_period(
        monthly_cents=breakdown.monthly.negotiated_cents,
        installed_on=max(breakdown.payments[0].due_on, today),
        due_day=version.due_day,
    )


def change_of_quote(
    session: Session,
    request: ContractRequest,
    version: QuoteVersion,
    *,
    contract: Contract | None,
    today: date,
) -> Change | None:
    """What the amendment of a quote changes: by its `contract`'s paper, or if it were signed today.

    None for every other kind.
    """
    if request.kind is not ContractKind.AMENDMENT or request.base_contract_id is None:
        return None
    base = load_contract(session, request.base_contract_id)
    new = breakdown_from_json(version.breakdown)
    terms = _terms(session, base, new, contract=contract, today=today)
    return Change(label=base.label, before=breakdown_of(base), terms=terms)
