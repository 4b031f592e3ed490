"""What lateness adds to an invoice: so far, and if it were paid on a day."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from calculator import LateCharges, late_charges
from portal.invoices.models import Invoice, LateCharge, Posting
from portal.invoices.queries.due_dates import payable_until
from portal.invoices.queries.plain import PlainInvoice
from portal.invoices.rules.ledger import Account, PostingKind

PPM_OF_BASIS_POINT = 100
FREE_INSTALLMENT = 1
"""The first payment of a contract bears no charges: nothing is in force before it (docs/decisions/0014)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueToday:
    """What paying all that is open of an invoice costs on a day, in centavos.

    `earlier_cents` is what is left of the charges of parts that were paid late before.
    """

    face_cents: int
    days_late: int
    late_fee_cents: int
    late_interest_cents: int
    earlier_cents: int

    @property
    def charges_cents(self) -> int:
        """All that lateness adds."""
        return self.late_fee_cents + self.late_interest_cents + self.earlier_cents

    @property
    def total_cents(self) -> int:
        """All there is to pay."""
        return self.face_cents + self.charges_cents


def due_on_day(
    session: Session, invoice: Invoice, day: date, *, charges: Sequence[LateCharge] | None = None
) -> DueToday:
    """What an invoice asks for when it is paid on a day. `charges`: all its late ones, when read already."""
    if charges is None:
        charges = list_late_charges(session, invoice)
    price_cents = face_within(invoice, invoice.open_cents)
    late = lateness_of(session, invoice, cents=price_cents, day=day, charges=charges)
    return DueToday(
        face_cents=invoice.open_cents,
        days_late=late.days_late,
        late_fee_cents=late.late_fee_cents,
        late_interest_cents=late.late_interest_cents,
        earlier_cents=sum(charge.open_cents for charge in charges),
    )


def due_of_each(session: Session, invoices: Sequence[Invoice], day: date) -> Sequence[DueToday]:
    """As `due_on_day`, of many: what is left of their earlier charges is read at once."""
    left: defaultdict[int, list[LateCharge]] = defaultdict(list)
    late = [invoice.id for invoice in invoices if invoice.installment_number != FREE_INSTALLMENT]
    if late:
        whole = [invoice.id for invoice in invoices if invoice.charges_first]
        counts = or_(is_open(), LateCharge.invoice_id.in_(whole)) if whole else is_open()
        for charge in session.scalars(select(LateCharge).where(LateCharge.invoice_id.in_(late), counts)):
            left[charge.invoice_id].append(charge)
    return [due_on_day(session, invoice, day, charges=left[invoice.id]) for invoice in invoices]


def lateness_of(
    session: Session,
    invoice: Invoice,
    *,
    cents: int,
    day: date,
    charges: Sequence[LateCharge] | None = None,
) -> LateCharges:
    """What paying so much of an invoice's own price on a day adds; charges bear no charges.

    Where charges come first, a payment is charged for all that was open, so that what it left open bears
    interest from then on alone. `charges`: all its late ones, when read already.
    """
    if not cents or invoice.installment_number == FREE_INSTALLMENT:
        return LateCharges(0, 0, 0)
    if charges is None and invoice.charges_first:
        charges = list_late_charges(session, invoice)
    counted = max((each.days_late for each in charges or () if invoice.charges_first), default=0)
    until = payable_until(session, invoice.due_on)
    return charges_by_terms(invoice, cents=cents, day=day, until=until, counted=counted)


def charges_by_terms(
    invoice: Invoice | PlainInvoice, *, cents: int, day: date, until: date, counted: int = 0
) -> LateCharges:
    """What so much of an invoice costs more on a day, by the terms it was issued with.

    With `counted` days charged for already, so is the fee; interest is for the days after them.
    """
    late = late_charges(
        open_cents=cents,
        due_on=invoice.due_on,
        paid_on=day - timedelta(days=counted),
        payable_until=until,
        late_fee_ppm=0 if counted else invoice.late_fee_basis_points * PPM_OF_BASIS_POINT,
        monthly_interest_ppm=invoice.late_interest_basis_points * PPM_OF_BASIS_POINT,
    )
    return late._replace(days_late=late.days_late + counted) if late.days_late else late


def list_late_charges(session: Session, invoice: Invoice) -> Sequence[LateCharge]:
    """All charges of an invoice, the oldest first. A contract's first one has none: none are sought."""
    if invoice.installment_number == FREE_INSTALLMENT:
        return []
    return session.scalars(select(LateCharge).filter_by(invoice_id=invoice.id).order_by(LateCharge.id)).all()


def list_open_charges(session: Session, invoice_id: int) -> Sequence[LateCharge]:
    """Those of an invoice that are neither paid nor waived nor carried over, the oldest first."""
    return session.scalars(
        select(LateCharge).where(LateCharge.invoice_id == invoice_id, is_open()).order_by(LateCharge.id)
    ).all()


def is_open() -> ColumnElement[bool]:
    """Whether something is left of charges."""
    return _settled() < LateCharge.late_fee_cents + LateCharge.late_interest_cents


def left_of_charges() -> ColumnElement[int]:
    """What is left of charges, in centavos: `LateCharge.open_cents` in SQL."""
    return LateCharge.late_fee_cents + LateCharge.late_interest_cents - _settled()


def _settled() -> ColumnElement[int]:
    kept = LateCharge.paid_cents - LateCharge.returned_cents
    return kept + LateCharge.waived_cents + LateCharge.carried_cents + LateCharge.dropped_cents


def face_within(invoice: Invoice | PlainInvoice, cents: int) -> int:
    """How much of the next `cents` paid of an invoice is its own price.

    Charges of earlier ones that it carries come last or, where charges come first, before it.
    """
    if invoice.charges_first:
        return max(0, cents - max(0, invoice.carried_cents - invoice.paid_cents))
    price = invoice.amount_cents - invoice.carried_cents
    return max(0, min(cents, price - invoice.paid_cents))


def find_broken_late_charges(session: Session) -> Sequence[int]:
    """Invoices whose charges paid by the ledger are not those paid by their rows (invariant M4)."""
    cents = case((Posting.kind == PostingKind.RETURNED, -Posting.amount_cents), else_=Posting.amount_cents)
    booked = (
        select(Posting.invoice_id, func.sum(cents).label("cents"))
        .where(
            Posting.kind.in_((PostingKind.LATE_CHARGES, PostingKind.RETURNED)),
            (Posting.credit_account == Account.LATE_CHARGES)
            | (Posting.debit_account == Account.LATE_CHARGES),
        )
        .group_by(Posting.invoice_id)
        .subquery()
    )
    kept = (
        select(
            LateCharge.invoice_id,
            func.sum(LateCharge.paid_cents - LateCharge.returned_cents).label("cents"),
        )
        .group_by(LateCharge.invoice_id)
        .subquery()
    )
    both = kept.outerjoin(booked, booked.c.invoice_id == kept.c.invoice_id, full=True)
    which = func.coalesce(kept.c.invoice_id, booked.c.invoice_id)
    differs = func.coalesce(kept.c.cents, 0) != func.coalesce(booked.c.cents, 0)
    return session.scalars(select(which).select_from(both).where(differs).order_by(which)).all()
