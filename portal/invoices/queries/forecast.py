"""What is invoiced already of the months to come."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calculator import day_in_month, month_number
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.partners.queries.actors import visible_to
from portal.partners.queries.searching import partners_named
from portal.shared.auth import Actor
from portal.subscriptions.rules import FORECAST_MONTHS

COUNTS = (InvoiceState.OPEN, InvoiceState.PAID, InvoiceState.UNCOLLECTIBLE)


def invoiced_by_month(
    session: Session,
    *,
    actor: Actor,
    partner: str = "",
    contract_id: int | None = None,
    today: date,
) -> Mapping[date, int]:
    """Centavos of the invoices that fall due in this month and the eleven after it, by its first day.

    Of one contract, or of the partners meant by words of a name or a CNPJ.
    """
    first = month_number(today)
    statement = (
        select(Invoice.due_month, func.sum(Invoice.amount_cents))
        .where(
            visible_to(actor, Invoice.partner_id),
            Invoice.due_on >= day_in_month(first, 1),
            Invoice.due_on < day_in_month(first + FORECAST_MONTHS, 1),
            Invoice.state.in_(COUNTS),
        )
        .group_by(Invoice.due_month)
    )
    if partner:
        statement = statement.where(Invoice.partner_id.in_(partners_named(partner)))
    if contract_id is not None:
        statement = statement.where(Invoice.contract_id == contract_id)
    return {month: int(cents) for month, cents in session.execute(statement)}
