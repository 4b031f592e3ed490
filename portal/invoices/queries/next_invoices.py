"""What the next invoice of each subscription of a set says, as a statement.

What it computes is what `operations/issuing.py` and `rules/charges.py` say of one.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Select,
    String,
    Subquery,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    true,
)

from portal.customers.models import Customer
from portal.invoices.queries.billing import SET, fits, is_invoiced, sum_up
from portal.invoices.rules import charges
from portal.invoices.rules.states import InvoiceKind
from portal.partners.models import Partner
from portal.settings.rules.late_terms import LateTerms
from portal.subscriptions.models import Subscription
from portal.subscriptions.queries.periods import period_of
from portal.subscriptions.rules import BilledTo

RATES = ("late_fee_basis_points", "late_interest_basis_points")


def next_invoices(lines: CTE, left_over: Subquery | None) -> Select[*tuple[Any, ...]]:
    """The next invoices of what `SET` names, by its `lines`, with what is `left_over` of late charges.

    One that is made late is due when it is made: `today` is a parameter, as are the late terms in force.
    """
    sums, period = sum_up(lines), period_of(Subscription.next_number.expression)
    partner, customer = _payers()
    pays_partner = Subscription.billed_to == BilledTo.PARTNER
    carried: ColumnElement[int] = literal(0, BigInteger)
    if left_over is not None:
        carried = func.coalesce(left_over.c.cents, 0)
    invoices = (
        select(
            Subscription.contract_id,
            Subscription.partner_id,
            Subscription.customer_id,
            literal(InvoiceKind.INSTALLMENT, String).label("kind"),
            Subscription.billed_to,
            case((pays_partner, partner.c.name), else_=customer.c.name).label("payer_name"),
            case((pays_partner, partner.c.document), else_=customer.c.document).label("payer_document"),
            Subscription.payment_method,
            Subscription.next_number.label("installment_number"),
            *_of_period(period),
            (sums.c.amount_cents + carried).label("amount_cents"),
            carried.label("carried_cents"),
            literal("BRL").label("currency"),
            _explanation(period).label("explanation"),
            *_late_terms(),
        )
        .select_from(Subscription)
        .join(sums, sums.c.subscription_id == Subscription.id)
        .join(period, true())
        .outerjoin(partner, true())
        .outerjoin(customer, true())
        .where(SET.condition, fits(sums), ~is_invoiced())
    )
    if left_over is None:
        return invoices
    return invoices.outerjoin(left_over, left_over.c.contract_id == Subscription.contract_id)


def _of_period(period: FromClause) -> Iterator[ColumnElement[Any]]:
    """What an invoice has of the period it is for."""
    due_on = func.greatest(period.c.due_on, bindparam("today", type_=Date), type_=Date)
    yield period.c.term.label("term_number")
    yield period.c.payment.label("payment_number")
    yield cast(func.date_trunc("month", due_on), Date).label("due_month")
    yield due_on.label("due_on")
    yield period.c.starts_on.label("period_from")
    yield period.c.ends_on.label("period_until")
    yield period.c.grace_until


def _late_terms() -> Iterator[ColumnElement[Any]]:
    """What `LateTerms.within` says of those in force, which are parameters, and those agreed."""
    for name in RATES:
        in_force = bindparam(f"{name}_now", type_=BigInteger)
        yield func.least(in_force, getattr(Subscription, name), type_=BigInteger).label(name)
    yield Subscription.charges_first.expression


def in_force_now(terms: LateTerms) -> dict[str, int]:
    """The late terms in force as parameters; by their own names, they would be taken for columns to write."""
    return {f"{name}_now": getattr(terms, name) for name in RATES}


def _payers() -> tuple[FromClause, FromClause]:
    """Whoever pays a subscription: its partner or its customer, each looked up by its key.

    Of plain joins, PostgreSQL takes the sums for one row, and then reads all customers for each subscription.
    """
    partner = (
        select(Partner.name, Partner.document)
        .where(Partner.id == Subscription.partner_id, Subscription.billed_to == BilledTo.PARTNER)
        .limit(1)
    )
    customer = (
        select(Customer.name, Customer.document)
        .where(Customer.id == Subscription.customer_id, Subscription.billed_to == BilledTo.CUSTOMER)
        .limit(1)
    )
    return partner.lateral("partner"), customer.lateral("customer")


def _explanation(period: FromClause) -> ColumnElement[str]:
    """What `rules.charges.later_installment` says."""
    months, count = Subscription.months, Subscription.payments_in_term
    several = func.concat("Parcela ", period.c.payment, " de ", count, ", de ", months, " meses")
    name = case(
        (Subscription.billed_to == BilledTo.PARTNER, charges.PARTNERS_COST[:-1]),
        (months == 1, "Mensalidade"),
        (count == 1, func.concat("Parcela única de ", months, " meses")),
        else_=several,
    )
    return func.concat(
        name,
        ". Período de ",
        _day(period.c.starts_on),
        " até ",
        _day(period.c.ends_on),
        ". Libera o serviço até ",
        _day(period.c.grace_until),
        ".",
    )


def _day(day: ColumnElement[Any]) -> ColumnElement[str]:
    return func.to_char(day, "DD/MM/YYYY")
