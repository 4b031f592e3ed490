"""Lateness for tests: contracts that owe, the days of a life, and what each day's work does."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.rules import ServiceState
from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.invoices.models import BillingChunk, Invoice
from portal.invoices.operations.billing_runs import bill_chunk, plan_run
from portal.invoices.operations.issuing import issue_installment
from portal.overdue.models import OverdueChunk, OverdueNotice, Suspension
from portal.overdue.operations.nights import do_chunk, plan_night, tell_chunk
from portal.shared import tokens
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.tokens import Purpose
from portal.subscriptions.models import Subscription
from tests.factories.contracts import make_contract
from tests.factories.customers import make_customer
from tests.factories.dunning import dunning_of
from tests.factories.payments import pay
from tests.factories.quotes import NOON, House, make_house
from tests.support.remembered import remembered

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
LONG = timedelta(days=36_500)
MENTORING: dict[str, Any] = {"plan": "mentoria", "quantities": {}}


def active(session: Session, house: House | None = None, **selection: Any) -> Contract:
    """A contract active since 01/06/2026, monthly unless said: paid until 31/07, due next on 15/07."""
    return make_contract(
        session,
        house or make_house(session),
        state=ContractState.ACTIVE,
        now=FIRST_OF_JUNE,
        **selection,
    )


def night(session: Session, day: date) -> list[OverdueChunk]:
    """What the night before a day does: lateness first, then the billing, as the queue would."""
    now = at_sao_paulo(day, 1)
    plan_night(session, day=day, now=now)
    waiting = select(OverdueChunk).where(OverdueChunk.done_at.is_(None)).order_by(OverdueChunk.id)
    chunks = list(session.scalars(waiting))
    for chunk in chunks:
        do_chunk(session, chunk.id, now=now)
        tell_chunk(session, chunk.id, now=now)
    plan_run(session, day=day, now=now)
    for chunk_id in session.scalars(select(BillingChunk.id).where(BillingChunk.done_at.is_(None))).all():
        bill_chunk(session, chunk_id, now=now)
    session.flush()
    session.expire_all()
    return chunks


def nights(session: Session, first: date, last: date) -> None:
    """Every night from one day to another, both included."""
    _live_nights(session, first, last)
    session.expire_all()


@remembered
def _live_nights(session: Session, first: date, last: date) -> None:
    day = first
    while day <= last:
        night(session, day)
        day += timedelta(days=1)


def paid(session: Session, invoice: Invoice, now: datetime) -> None:
    """A Pix over all that is open of an invoice's face."""
    pay(session, invoice_id=invoice.id, amount_cents=invoice.open_cents, now=now)
    session.flush()
    session.expire_all()


def subscription_of(session: Session, contract: Contract) -> Subscription:
    return session.scalars(select(Subscription).where(Subscription.contract_id == contract.id)).one()


def state_of(session: Session, contract: Contract) -> str:
    """The words people read."""
    return subscription_of(session, contract).service_state.label


def invoices_of(session: Session, contract: Contract) -> list[Invoice]:
    """Those after a contract's first, in order."""
    statement = select(Invoice).where(Invoice.contract_id == contract.id, Invoice.installment_number > 1)
    return list(session.scalars(statement.order_by(Invoice.installment_number)))


def notices_of(session: Session, contract: Contract) -> list[OverdueNotice]:
    statement = select(OverdueNotice).where(OverdueNotice.contract_id == contract.id)
    return list(session.scalars(statement.order_by(OverdueNotice.id)))


def suspensions_of(session: Session, contract: Contract) -> list[Suspension]:
    statement = select(Suspension).where(Suspension.contract_id == contract.id)
    return list(session.scalars(statement.order_by(Suspension.id)))


def contract_state(session: Session, contract: Contract) -> ContractState:
    return load_contract(session, contract.id).state


@remembered
def suspended(session: Session, house: House, *, now: datetime = NOON) -> Contract:
    """A contract of a house whose second month was not paid, and whose service is suspended for it."""
    first = now - timedelta(days=75)
    contract = make_contract(session, house, state=ContractState.ACTIVE, now=first)
    invoice = issue_installment(session, contract=contract, number=2, now=first)
    whose = {name: getattr(contract, name) for name in ("partner_id", "customer_id")}
    notice = OverdueNotice(
        contract_id=contract.id,
        invoice_id=invoice.id,
        reason=f"Fatura {invoice.label}, vencida em {invoice.due_on:%d/%m/%Y}",
        amount_cents=invoice.open_cents,
        suspends_on=day_of(now - timedelta(days=5)),
        noticed_at=now - timedelta(days=15),
        **whose,
    )
    session.add(notice)
    session.flush()
    session.add(
        Suspension(
            contract_id=contract.id, notice_id=notice.id, suspended_at=now - timedelta(days=5), **whose
        )
    )
    session.flush()
    contract.state = ContractState.SUSPENDED
    subscription_of(session, contract).service_state = ServiceState.SUSPENDED
    session.flush()
    return contract


def suspended_of(session: Session, word: str, house: House) -> dict[str, str]:
    """Another customer of a house, whose service is suspended, and the link to what it owes."""
    customer = make_customer(session, partner_id=house.partner.id, name=f"Mercearia {word}")
    contract = suspended(session, replace(house, customer=customer))
    (invoice,) = invoices_of(session, contract)
    paying = tokens.issue(session, purpose=Purpose.INVOICE, subject_id=invoice.id, now=NOON, valid_for=LONG)
    return {
        "suspended_customer": str(customer.id),
        "paying_suspended": paying.secret(),
        **dunning_of(session, house, invoice, house.customer),
    }
