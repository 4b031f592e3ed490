"""What a customer who is called may be offered: the same for a longer term, as the calculator prices it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from calculator import SelectionRefused, TermSaving, parse_selection, term_savings
from portal.catalog.queries import loaded_list, price_list_on
from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.subscriptions.models import Subscription


def cheaper_terms(session: Session, contract_id: int, *, today: date) -> Sequence[TermSaving]:
    """Longer terms of a contract in force that cost less a month than it, by today's list at Original."""
    contract = session.scalars(
        select(Contract).options(joinedload(Contract.version)).where(Contract.id == contract_id)
    ).one()
    published = price_list_on(session, today)
    monthly = session.scalar(
        select(Subscription.monthly_cents).where(Subscription.contract_id == contract_id)
    )
    if (
        published is None
        or monthly is None
        or contract.state
        not in (
            ContractState.ACTIVE,
            ContractState.SUSPENDED,
        )
    ):
        return ()
    sold = parse_selection(contract.version.selection)
    asked = replace(
        sold, on=today, setup=False, negotiated_setup=None, negotiated_total=None, negotiated_lines=None
    )
    try:
        savings = term_savings(replace(asked, installments=1), loaded_list(session, published.id))
    except SelectionRefused:  # what it has is not sold any more
        return ()
    return [
        saving
        for saving in savings
        if saving.term.months > contract.version.months and saving.monthly_cents < monthly
    ]
