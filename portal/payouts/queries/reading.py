"""Reads of the payouts room."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from calculator import (
    AccruedLine,
    accrue_difference,
    accrue_first_period,
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
from portal.partners.models import Partner
from portal.partners.queries.actors import visible_to
from portal.payouts.models import RepasseAccrual
from portal.payouts.rules import MonthTotals, parse_month
from portal.quotes.models import QuoteVersion
from portal.shared.auth import Actor
from portal.shared.db import as_key
from portal.shared.lists import ListRequest, ListSpec, Page, paginate

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
    """The repasse of a paid invoice as the frozen breakdown gives it: what accrues, and what must have."""
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
    """A page of accruals."""
    return paginate(session, accruals_for(actor, request), request, per_page=50)


def totals_for(session: Session, request: ListRequest, *, actor: Actor) -> MonthTotals:
    """The sums of everything a list asks for, whatever page is shown."""
    sums = select(
        *(
            func.coalesce(func.sum(column), 0)
            for column in (
                RepasseAccrual.paid_cents,
                RepasseAccrual.cost_cents,
                RepasseAccrual.central_fee_cents,
                RepasseAccrual.vendor_share_cents,
                RepasseAccrual.repasse_cents,
            )
        ),
        func.count(RepasseAccrual.customer_id.distinct()),
    ).join(RepasseAccrual.customer)
    row = session.execute(_narrowed(sums, actor, request)).one()
    return MonthTotals(*(int(value) for value in row))


def list_months(session: Session, *, actor: Actor) -> Sequence[date]:
    """The months in which something accrued, the newest first."""
    return session.scalars(
        select(RepasseAccrual.month)
        .where(visible_to(actor, RepasseAccrual.partner_id))
        .distinct()
        .order_by(RepasseAccrual.month.desc())
    ).all()


def list_partners(session: Session, *, actor: Actor) -> Sequence[Row[int, str]]:
    """The partners something accrued for, as (id, trade name)."""
    known = select(RepasseAccrual.partner_id).distinct()
    return session.execute(
        select(Partner.id, Partner.trade_name)
        .where(visible_to(actor, Partner.id), Partner.id.in_(known))
        .order_by(Partner.trade_name, Partner.id)
    ).all()


def _narrowed[S: Select[*tuple[Any, ...]]](statement: S, actor: Actor, request: ListRequest) -> S:
    statement = statement.where(visible_to(actor, RepasseAccrual.partner_id), matching(request.search))
    if month := parse_month(request.filter("mes")):
        statement = statement.where(RepasseAccrual.month == month)
    if partner_id := request.filter("parceiro"):
        statement = statement.where(RepasseAccrual.partner_id == as_key(partner_id))
    return statement
