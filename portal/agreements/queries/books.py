"""What must always be true of agreements and no constraint holds over several tables at once."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.agreements.models import Agreement, AgreementDebt, AgreementFill, AgreementPart
from portal.agreements.rules.states import HOLDING, LIVE, AgreementState
from portal.invoices.models import Invoice, Posting
from portal.invoices.queries.books import balance
from portal.invoices.rules.ledger import Account
from portal.invoices.rules.states import InvoiceState


def find_unlike_debts(session: Session) -> Sequence[int]:
    """Agreements that hold an invoice which is in none, or whose invoices are in one that does not hold (M4).

    Also those that ask for another amount than is left of what they hold, to the centavo.
    """
    held = AgreementDebt.is_held
    says_so = Invoice.state == InvoiceState.IN_AGREEMENT
    unlike = (
        select(AgreementDebt.agreement_id)
        .join(Invoice, Invoice.id == AgreementDebt.invoice_id)
        .join(Agreement, Agreement.id == AgreementDebt.agreement_id)
        .where(
            or_(
                held & ~Invoice.state.in_((InvoiceState.IN_AGREEMENT, InvoiceState.PAID)),
                held != Agreement.state.in_(HOLDING),
                says_so & ~held & ~_is_held_elsewhere(),
                says_so & held & (Agreement.state == AgreementState.FULFILLED),
            )
        )
    )
    return sorted({*session.scalars(unlike), *session.scalars(_asking_otherwise())})


def find_unbooked_agreements(session: Session) -> Sequence[int]:
    """Agreements for which the ledger says another amount is to come than their parts ask for (M4)."""
    invoices = (
        select(AgreementPart.agreement_id.label("agreement_id"), AgreementPart.invoice_id.label("invoice_id"))
        .where(AgreementPart.invoice_id.is_not(None))
        .union_all(select(AgreementDebt.agreement_id, AgreementDebt.invoice_id))
        .subquery()
    )
    booked = (
        select(invoices.c.agreement_id, balance(Account.AGREEMENTS).label("cents"))
        .join(Posting, Posting.invoice_id == invoices.c.invoice_id)
        .group_by(invoices.c.agreement_id)
        .subquery()
    )
    open_face = _unpaid_face().subquery()
    owed = func.coalesce(open_face.c.cents, 0)
    return session.scalars(
        select(booked.c.agreement_id)
        .outerjoin(open_face, open_face.c.agreement_id == booked.c.agreement_id)
        .where(-booked.c.cents != owed)
        .order_by(booked.c.agreement_id)
    ).all()


def _is_held_elsewhere() -> ColumnElement[bool]:
    other = AgreementDebt.__table__.alias("other")
    return (
        exists()
        .where(other.c.invoice_id == AgreementDebt.invoice_id, other.c.is_held)
        .correlate(AgreementDebt)
    )


def _asking_otherwise() -> Select[int]:
    left = (
        select(
            AgreementDebt.agreement_id,
            func.sum(AgreementDebt.face_cents).label("cents"),
        )
        .group_by(AgreementDebt.agreement_id)
        .subquery()
    )
    filled = (
        select(
            AgreementDebt.agreement_id,
            func.sum(AgreementFill.cents - AgreementFill.returned_cents).label("cents"),
        )
        .join(AgreementFill, AgreementFill.debt_id == AgreementDebt.id)
        .group_by(AgreementDebt.agreement_id)
        .subquery()
    )
    asked = _unpaid_face().subquery()
    return (
        select(Agreement.id)
        .join(left, left.c.agreement_id == Agreement.id)
        .outerjoin(filled, filled.c.agreement_id == Agreement.id)
        .outerjoin(asked, asked.c.agreement_id == Agreement.id)
        .where(
            Agreement.state.in_(LIVE),
            left.c.cents - func.coalesce(filled.c.cents, 0) != func.coalesce(asked.c.cents, 0),
        )
    )


def _unpaid_face() -> Select[int, int]:
    """What the parts that are not paid ask for of the invoices themselves."""
    return (
        select(
            AgreementPart.agreement_id,
            func.sum(AgreementPart.amount_cents - AgreementPart.charges_cents).label("cents"),
        )
        .join(Invoice, Invoice.id == AgreementPart.invoice_id)
        .where(Invoice.state == InvoiceState.OPEN)
        .group_by(AgreementPart.agreement_id)
    )
