"""Contracts with invoices for tests, made by the operations themselves."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.invoices.models import Invoice
from portal.invoices.operations.issuing import issue_first_invoice
from portal.quotes.rules.states import QuoteState
from portal.shared.clock import day_of
from tests.factories.quotes import NOON, House, live, make_house, sent
from tests.support.remembered import remembered

FIRST_PAYMENT_DAYS = timedelta(days=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """A house, a contract of its customer and the contract's first invoice."""

    house: House
    contract: Contract
    invoice: Invoice


@remembered
def make_contract_row(
    session: Session, house: House, *, now: datetime = NOON, on: date | None = None, **changes: Any
) -> Contract:
    """A contract as a row alone, a draft: `changes` are fields of the quote's selection.

    Nobody signed or generated it; for what begins with that, see `tests.factories.contracts`.
    """
    quote, _token = sent(session, house, now=now, on=on or day_of(now), **changes)
    version = live(session, quote)
    version.state, version.answered_at = QuoteState.ACCEPTED, now
    contract = Contract(
        partner_id=version.partner_id,
        customer_id=version.customer_id,
        quote_id=quote.id,
        version_id=version.id,
        kind=ContractKind.ACTIVATION,
        state=ContractState.DRAFT,
        created_at=now,
        changed_at=now,
    )
    session.add(contract)
    session.flush()
    return load_contract(session, contract.id)


@remembered
def make_invoice(
    session: Session,
    *,
    house: House | None = None,
    contract: Contract | None = None,
    now: datetime = NOON,
    **changes: Any,
) -> Invoice:
    """The first invoice of a contract, open: R$ 199,90 by boleto, due five days after `now`.

    `changes` are fields of the selection: `payment_method="ted"`, `setup=True`, `term="annual"`. One to be
    paid by card is a draft (see `issue_first_invoice`); `operations.issue_invoice` issues it.
    """
    if contract is None:
        contract = make_contract_row(session, house or make_house(session), now=now, **changes)
    invoice = issue_first_invoice(session, contract=contract, now=now)
    assert invoice is not None
    return invoice


@remembered
def make_billed(session: Session, *, now: datetime = NOON, **changes: Any) -> Billed:
    """A new house with a contract and its first invoice."""
    house = make_house(session)
    contract = make_contract_row(session, house, now=now, **changes)
    return Billed(house=house, contract=contract, invoice=make_invoice(session, contract=contract, now=now))
