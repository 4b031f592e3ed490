"""What a customer owes that an agreement may join, and what decides about joining it."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.agreements.models import Agreement
from portal.agreements.rules.states import LIVE, AgreementState
from portal.agreements.rules.terms import Debt, Limits, Standing
from portal.invoices.models import Invoice
from portal.invoices.queries.due_dates import payable_days
from portal.invoices.queries.late_charges import DueToday, due_of_each
from portal.invoices.queries.reading import list_settling
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.settings.queries import values
from portal.settings.rules.names import Name
from portal.shared.clock import day_of
from portal.subscriptions.rules import FIRST, BilledTo


def limits_of(session: Session) -> Limits:
    """The settings in force."""
    numbers = values(session)
    return Limits(
        parts=numbers[Name.AGREEMENT_PARTS],
        parts_alone=min(numbers[Name.AGREEMENT_PARTS_ALONE], numbers[Name.AGREEMENT_PARTS]),
        entry_alone_percent=numbers[Name.AGREEMENT_ENTRY_ALONE_PERCENT],
        discount_percent=numbers[Name.AGREEMENT_DISCOUNT_PERCENT],
        discount_alone_percent=numbers[Name.AGREEMENT_DISCOUNT_ALONE_PERCENT],
        least_part_cents=numbers[Name.AGREEMENT_LEAST_PART_REAIS] * 100,
        first_due_days=numbers[Name.AGREEMENT_FIRST_DUE_DAYS],
        again_days=numbers[Name.AGREEMENT_AGAIN_DAYS],
    )


def standing_of(session: Session, customer_id: int) -> Standing:
    """How the agreements stand that a customer made before."""
    live, broken_at = session.execute(
        select(
            func.count().filter(Agreement.state.in_(LIVE)),
            func.max(Agreement.closed_at).filter(Agreement.state == AgreementState.BROKEN),
        ).where(Agreement.customer_id == customer_id)
    ).one()
    return Standing(bool(live), day_of(broken_at) if broken_at else None)


def list_debts(
    session: Session, customer_id: int, *, today: date, invoice_ids: Collection[int] | None = None
) -> Sequence[Debt]:
    """The overdue invoices of a customer with what they cost on a day, the oldest first; all, or some.

    Not a contract's first, which no service depends on yet, nor what another agreement asks for. Those of one
    partner: that of the oldest.
    """
    statement = (
        select(Invoice)
        .where(
            Invoice.customer_id == customer_id,
            Invoice.billed_to == BilledTo.CUSTOMER,
            Invoice.state == InvoiceState.OPEN,
            Invoice.kind != InvoiceKind.AGREEMENT,
            or_(Invoice.installment_number > FIRST, Invoice.kind == InvoiceKind.DIFFERENCE),
            Invoice.due_on < today,
        )
        .order_by(Invoice.due_on, Invoice.id)
    )
    if invoice_ids is not None:
        statement = statement.where(Invoice.id.in_(invoice_ids))
    until = payable_days(session)
    late = [each for each in session.scalars(statement).all() if until(each.due_on) < today]
    joined = [each for each in late if each.partner_id == late[0].partner_id]
    settling = list_settling(session, [each.id for each in joined])
    costs = due_of_each(session, joined, today)
    return [_debt(each, due, each.id in settling) for each, due in zip(joined, costs, strict=True)]


def _debt(invoice: Invoice, due: DueToday, is_settling: bool) -> Debt:
    return Debt(
        invoice_id=invoice.id,
        contract_id=invoice.contract_id,
        partner_id=invoice.partner_id,
        label=invoice.label,
        due_on=invoice.due_on,
        face_cents=due.face_cents,
        charges_cents=due.charges_cents,
        is_settling=is_settling,
        charges_first=invoice.charges_first,
    )
