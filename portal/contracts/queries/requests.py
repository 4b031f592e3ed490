"""What a quote is for: a change of a running contract, or nothing known before."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from calculator import DUE_DAY, FirstPeriod, breakdown_from_json, first_period
from portal.catalog.queries import first_period_of
from portal.catalog.rules import FirstPeriodPolicy
from portal.contracts.models import Contract, ContractRequest
from portal.contracts.queries.coverage import covered_until
from portal.contracts.queries.paper import Change
from portal.contracts.queries.reading import breakdown_of, load_contract
from portal.contracts.rules import ContractKind, amendment_terms
from portal.partners.queries import visible_to
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
    terms = amendment_terms(
        old=breakdown_of(base),
        new=breakdown_of(contract),
        signed_on=contract.terms_on or today,
        covered_until=contract.covers_until if contract.terms_on else covered_until(session, base.id),
    )
    return Change(label=base.label, before=breakdown_of(base), terms=terms)


def first_days_of(
    session: Session, version: QuoteVersion, *, kind: ContractKind, today: date
) -> FirstPeriod | None:
    """The part of a month that a contract of a version begins with, where its plan is charged so.

    None for an amendment, and where the partner bills its customer itself.
    """
    if kind is ContractKind.AMENDMENT or version.arrangement == Arrangement.HIPERADOR:
        return None
    if first_period_of(session, version.plan) is not FirstPeriodPolicy.PROPORTIONAL:
        return None
    breakdown = breakdown_from_json(version.breakdown)
    return first_period(
        monthly_cents=breakdown.monthly.negotiated_cents,
        installed_on=max(breakdown.payments[0].due_on, today),
        due_day=DUE_DAY,
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
    fixed_on = contract.terms_on if contract else None
    terms = amendment_terms(
        old=breakdown_of(base),
        new=breakdown_from_json(version.breakdown),
        signed_on=fixed_on or today,
        covered_until=contract.covers_until if contract and fixed_on else covered_until(session, base.id),
    )
    return Change(label=base.label, before=breakdown_of(base), terms=terms)
