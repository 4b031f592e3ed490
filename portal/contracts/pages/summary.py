"""What the pages of quotes and customers say of contracts."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from calculator import breakdown_from_json
from portal.contracts.models import Contract, ContractRequest
from portal.contracts.queries.listing import list_contracts_of_customer
from portal.contracts.queries.reading import facts_of
from portal.contracts.queries.requests import change_of_quote, find_request_and_contract, first_days_of
from portal.contracts.rules.changes import amendment_words, changed_units
from portal.contracts.rules.progress import what_is_missing
from portal.contracts.rules.states import ContractKind, ContractState, contract_label
from portal.quotes.models import QuoteVersion
from portal.quotes.pages.contracts import (
    ContractEntry,
    ContractOfVersion,
    ContractsOfCustomer,
    ContractSummary,
)
from portal.quotes.rules.labels import term_label
from portal.shared.auth import Actor, Permission
from portal.shared.clock import day_of


def contract_of_version(session: Session, asked: ContractOfVersion) -> ContractSummary:
    """What a quote changes, and which contract came of it. One statement, some more for a change."""
    version, actor, now = asked.version, asked.actor, asked.now
    request, contract = find_request_and_contract(session, version)
    amends = request is not None and request.kind is ContractKind.AMENDMENT
    change: Sequence[str] = ()
    if request is not None:
        change = _change(session, request, version, contract, actor=actor, today=day_of(now))
    if actor is None:
        kind = request.kind if request else ContractKind.ACTIVATION
        first_days = first_days_of(version, kind=kind, today=day_of(now))
        return ContractSummary(change=change, amends=amends, first_days=first_days)
    if contract is None:
        return ContractSummary(change=change, amends=amends)
    missing = what_is_missing(facts_of(contract))
    may_generate = actor.can(Permission.WRITE_CONTRACTS) and _is_untouched(contract)
    return ContractSummary(
        change=change,
        amends=amends,
        label=contract.label,
        state=contract.state,
        missing=missing.words if missing else "",
        since=missing.since if missing else None,
        endpoint="contracts.show",
        values={"contract_id": contract.id},
        generate="contracts.generate" if may_generate else "",
    )


def contracts_of_customer(session: Session, asked: ContractsOfCustomer) -> Sequence[ContractEntry]:
    """A customer's contracts, the newest first. One statement."""
    contracts = list_contracts_of_customer(session, asked.customer_id, actor=asked.actor)
    return [_entry(contract) for contract in contracts]


def _is_untouched(contract: Contract) -> bool:
    return contract.state is ContractState.DRAFT and not contract.is_being_generated


def _change(
    session: Session,
    request: ContractRequest,
    version: QuoteVersion,
    contract: Contract | None,
    *,
    actor: Actor | None,
    today: date,
) -> Sequence[str]:
    """What a quote changes at a running contract, in sentences. Its customer reads nothing of repasse."""
    amendment = change_of_quote(session, request, version, contract=contract, today=today)
    if amendment is not None:
        units = changed_units(amendment.before, breakdown_from_json(version.breakdown))
        return (f"Aditivo ao contrato {amendment.label}.", amendment_words(amendment.terms), *units)
    if request.kind is ContractKind.PARTNER_CHANGE:
        if actor is None:
            partner = version.customer.partner.trade_name
            return (f"Troca de parceiro: há uma cobrança na troca, e a partir dela {partner} atende você.",)
        return ("Troca de parceiro: há uma cobrança na troca, e a partir dela o repasse é do novo parceiro.",)
    return (f"{request.kind.label}, no lugar do contrato {contract_label(request.base_contract_id or 0)}.",)


def _entry(contract: Contract) -> ContractEntry:
    missing, version = what_is_missing(facts_of(contract)), contract.version
    return ContractEntry(
        label=contract.label,
        kind=contract.kind.label,
        state=contract.state,
        plan=f"{version.breakdown['lines'][0]['label']} · {term_label(version.term)}",
        monthly_cents=version.negotiated_cents,
        missing=missing.words if missing else "",
        since=missing.since if missing else None,
        changed_at=contract.changed_at,
        endpoint="contracts.show",
        values={"contract_id": contract.id},
    )
