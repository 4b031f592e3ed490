"""Reads of the payouts room."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, null, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from calculator import (
    AccruedLine,
    accrue_difference,
    accrue_first_period,
    accrue_lines,
    accrue_part_of_month,
    accrue_repasse,
    breakdown_from_json,
)
from portal.contracts.models import Contract
from portal.contracts.queries.reading import breakdown_of
from portal.customers.models import Customer
from portal.customers.queries.reading import matching
from portal.invoices.models import Invoice
from portal.invoices.rules.charges import DIFFERENCE, DIFFERENCE_LABEL
from portal.invoices.rules.states import InvoiceKind
from portal.partners.queries.actors import visible_to
from portal.partners.queries.searching import partners_named
from portal.payouts.models import RepasseAccrual, RepasseSum
from portal.payouts.rules import MonthTotals, parse_month
from portal.quotes.models import QuoteVersion
from portal.shared.auth import Actor
from portal.shared.lists import ListRequest, ListSpec, Page, paginate
from portal.subscriptions.models import SubscriptionLine
from portal.subscriptions.queries.reading import find_subscription, list_lines_on
from portal.subscriptions.rules import FIRST, FIRST_VERSION

ACCRUAL_LIST = ListSpec(
    sorts={
        "cliente": Customer.search_text,
        "data": RepasseAccrual.accrued_at,
        "repasse": RepasseAccrual.repasse_cents,
    },
    default="cliente",
    filters={"mes": None, "parceiro": None},
)


def expected_lines(session: Session, invoice: Invoice, contract: Contract) -> tuple[AccruedLine, ...]:
    """The repasse of a paid invoice: what accrues, and what must have.

    As the frozen breakdown gives it or, where the price changed or services ended since, as the lines do that
    it was billed by.
    """
    if changed := _changed_lines(session, invoice):
        return _accrued_by(changed, invoice)
    breakdown = breakdown_of(contract)
    setup = breakdown.setup.negotiated_cents if breakdown.setup else 0
    match invoice.kind:
        case InvoiceKind.INSTALLMENT:
            return accrue_repasse(
                breakdown,
                payment_number=invoice.payment_number or 1,
                with_setup=invoice.installment_number == 1,
            )
        case InvoiceKind.FIRST_PERIOD:
            return accrue_first_period(breakdown, amount_cents=invoice.amount_cents - setup)
        case InvoiceKind.BETWEEN:
            return accrue_first_period(
                breakdown, amount_cents=invoice.amount_cents - invoice.carried_cents, with_setup=False
            )
        case InvoiceKind.AGREEMENT:
            return ()  # what it pays are the invoices of the agreement, whose repasse accrues by them
        case InvoiceKind.DIFFERENCE:
            base = session.scalar(
                select(QuoteVersion.breakdown)
                .join(Contract, Contract.version_id == QuoteVersion.id)
                .where(Contract.id == contract.base_contract_id)
            )
            return accrue_difference(
                breakdown_from_json(base or contract.version.breakdown),
                breakdown,
                amount_cents=invoice.amount_cents - setup,
                code=DIFFERENCE,
                label=DIFFERENCE_LABEL,
            )


def _changed_lines(session: Session, invoice: Invoice) -> Sequence[SubscriptionLine]:
    """The lines that an invoice was billed by, if they are not those its contract began with."""
    if invoice.kind not in (InvoiceKind.INSTALLMENT, InvoiceKind.BETWEEN) or invoice.due_on is None:
        return []
    subscription = find_subscription(session, invoice.contract_id)
    if subscription is None or invoice.installment_number == FIRST:  # also where it was issued anew later
        return []
    number, due_on = invoice.installment_number or 1, invoice.due_on
    if invoice.kind is InvoiceKind.INSTALLMENT and number > 1:  # one that was issued late is due later
        due_on = subscription.place.period(number).due_on
    lines = list_lines_on(session, subscription.id, due_on=due_on)
    return lines if lines and lines[0].version > FIRST_VERSION else []


def _accrued_by(lines: Sequence[SubscriptionLine], invoice: Invoice) -> tuple[AccruedLine, ...]:
    if invoice.kind is InvoiceKind.BETWEEN:
        amount_cents = invoice.amount_cents - invoice.carried_cents
        return accrue_part_of_month([line.as_term_line for line in lines], amount_cents=amount_cents)
    number = invoice.installment_number or 1
    return accrue_lines(
        [line.as_term_line for line in lines if line.is_charged_with(number)],
        payment_number=invoice.payment_number or 1,
        payments=lines[0].payments,
    )


def accruals_for(actor: Actor, request: ListRequest) -> Select[RepasseAccrual]:
    """The accruals a list asks for, unsorted, with customer, its partner, and invoice."""
    return _narrowed(
        select(RepasseAccrual)
        .join(RepasseAccrual.customer)
        .options(
            contains_eager(RepasseAccrual.customer).joinedload(Customer.partner),
            joinedload(RepasseAccrual.invoice),
        ),
        actor,
        request,
    )


def list_accruals(session: Session, request: ListRequest, *, actor: Actor) -> Page[RepasseAccrual]:
    """A page of accruals. Without a search they are counted without their customers."""
    statement = accruals_for(actor, request)
    if not request.search:
        alone = _within(select(RepasseAccrual.id), RepasseAccrual, actor, request)
        statement = statement.execution_options(counted=alone)
    return paginate(session, statement, request, per_page=50)


def totals_for(session: Session, request: ListRequest, *, actor: Actor) -> MonthTotals:
    """The sums of everything a list asks for, whatever page is shown.

    Without a search they are added up from what is kept by partner and month; the customers are counted for
    one partner only.
    """
    of = RepasseAccrual if request.search else RepasseSum
    columns = [func.coalesce(func.sum(column), 0) for column in _waterfall(of)]
    sums = select(*columns, _customers(actor, request).label("customers"))
    if request.search:
        sums = sums.join(RepasseAccrual.customer).where(matching(request.search))
    row = session.execute(_within(sums, of, actor, request)).one()
    paid, cost, central_fee, vendor_share, repasse = (int(value) for value in row[:-1])
    return MonthTotals(paid, cost, central_fee, vendor_share, repasse, row.customers)


def _customers(actor: Actor, request: ListRequest) -> ColumnElement[Any]:
    """How many customers there are, as part of the sums; NULL for more than one partner."""
    if not (actor.role.of_partner or request.filter("parceiro")):
        return null()
    counted = select(func.count(RepasseAccrual.customer_id.distinct())).join(RepasseAccrual.customer)
    customers = _narrowed(counted, actor, request).correlate(None).scalar_subquery()
    if actor.role.of_partner:
        return customers
    meant = partners_named(request.filter("parceiro")).subquery()
    is_one = select(func.count()).select_from(meant).scalar_subquery() == 1
    return case((is_one, customers))


def _waterfall(of: Any) -> tuple[Any, ...]:
    return (of.paid_cents, of.cost_cents, of.central_fee_cents, of.vendor_share_cents, of.repasse_cents)


def list_months(session: Session, *, actor: Actor) -> Sequence[date]:
    """The months in which something accrued, the newest first: one step down an index for each of them."""
    newest = select(func.max(RepasseSum.month).label("month")).where(visible_to(actor, RepasseSum.partner_id))
    months = newest.cte("months", recursive=True)
    before = newest.where(RepasseSum.month < months.c.month).correlate(months).scalar_subquery()
    months = months.union_all(select(before).where(months.c.month.is_not(None)))
    found = select(months.c.month).where(months.c.month.is_not(None)).order_by(months.c.month.desc())
    return session.scalars(found).all()


def _narrowed[S: Select[*tuple[Any, ...]]](statement: S, actor: Actor, request: ListRequest) -> S:
    if request.search:
        statement = statement.where(matching(request.search))
    statement = statement.where(Customer.partner_id == RepasseAccrual.partner_id)  # said again for its index
    return _within(statement, RepasseAccrual, actor, request)


def _within[S: Select[*tuple[Any, ...]]](statement: S, of: Any, actor: Actor, request: ListRequest) -> S:
    """The partner and the month asked for, of accruals or their sums."""
    statement = statement.where(visible_to(actor, of.partner_id))
    if month := parse_month(request.filter("mes")):
        statement = statement.where(of.month == month)
    if request.filter("parceiro"):
        statement = statement.where(of.partner_id.in_(partners_named(request.filter("parceiro"))))
    return statement
