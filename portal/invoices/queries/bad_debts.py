"""Invoices that were given up as uncollectible, and those that may be."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, SQLColumnExpression, func, select, true
from sqlalchemy.orm import Session, joinedload

from portal.contracts.queries.reading import is_left_alone
from portal.invoices.models import BadDebt, Invoice
from portal.invoices.queries.due_dates import payable_until
from portal.invoices.queries.reading import is_invoice_settling
from portal.invoices.rules.bad_debts import BadDebtEnd, DebtFacts, NotToBeGivenUp, why_not_to_give_up
from portal.invoices.rules.states import InvoiceState
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.questions import Question, ask


@dataclass(frozen=True, slots=True)
class SuspendedSince(Question[datetime | None]):
    """Since when a contract's service is suspended; None where it is not. Asked of a room downstream."""

    contract_id: int


class BadDebtSums(NamedTuple):
    """What is given up now, and what was paid since a day of what had been, in centavos."""

    many: int
    cents: int
    recovered: int
    recovered_cents: int


def find_reason_to_collect(session: Session, invoice: Invoice, *, today: date) -> NotToBeGivenUp | None:
    """Why an invoice may not be given up; None when it may."""
    since = [each for each in ask(session, SuspendedSince(invoice.contract_id)) if each is not None]
    facts = DebtFacts(
        state=invoice.state,
        kind=invoice.kind,
        is_late=payable_until(session, invoice.due_on) < today,
        is_over=is_left_alone(session, invoice.contract_id),
        suspended_days=(today - day_of(min(since))).days if since else None,
        is_settling=is_invoice_settling(session, invoice.id),
    )
    return why_not_to_give_up(invoice.label, facts)


def find_bad_debt(session: Session, invoice_id: int, *, for_update: bool = False) -> BadDebt | None:
    """That an invoice is given up now, with who did it."""
    running = select(BadDebt).where(BadDebt.invoice_id == invoice_id, BadDebt.ended_at.is_(None))
    if for_update:
        return session.scalar(running.with_for_update().execution_options(populate_existing=True))
    return session.scalar(running.options(joinedload(BadDebt.marked_by)))


def sum_bad_debts(session: Session, *, since: date) -> BadDebtSums:
    """Of all partners: what is given up now, and what of it was paid since a day after all."""
    given_up = (
        select(func.count().label("many"), _sum(Invoice.amount_cents - Invoice.paid_cents).label("cents"))
        .where(Invoice.state == InvoiceState.UNCOLLECTIBLE)
        .subquery("given_up")
    )
    recovered = (
        select(func.count().label("many"), _sum(BadDebt.open_cents).label("cents"))
        .where(BadDebt.ended_as == BadDebtEnd.PAID, BadDebt.ended_at >= at_sao_paulo(since))
        .subquery("recovered")
    )
    return BadDebtSums(*session.execute(select(given_up, recovered).join(recovered, true())).one())


def _sum(cents: SQLColumnExpression[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(cents), 0).cast(BigInteger)
