"""Credits of a payer with something left, where they came from and on what they were used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from portal.customers.queries.history import facts
from portal.invoices.models import CreditNote, Invoice
from portal.partners.models import Partner
from portal.partners.queries.actors import visible_to
from portal.receipts.models.credit_use import CreditUse
from portal.receipts.models.payment import CustomerCredit, Payment
from portal.receipts.models.returning import CreditReturn
from portal.receipts.queries.credits import used_cents
from portal.receipts.rules.receiving import CreditReason, PaymentSource
from portal.shared.auth import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCredit:
    """A credit and what is left of it, in centavos; what it came of as far as there is such.

    `uses` are the invoices it paid a part of, as (id, number, centavos that still pay it).
    """

    reason: CreditReason
    amount_cents: int
    left_cents: int
    created_at: datetime
    payment_id: int | None
    paid_cents: int | None
    paid_at: datetime | None
    source: PaymentSource | None
    note_number: int | None
    invoice_id: int | None
    invoice_number: int | None
    uses: Sequence[tuple[int, int, int]]


type Key = int | InstrumentedAttribute[int] | InstrumentedAttribute[int | None]


def open_credits(customer_id: Key) -> ScalarSelect[Any]:
    """What a customer has left of its own credits, the oldest first, as a column of a page's statement.

    Few have any: this way a page asks nothing more for it. `read_open_credits` reads it. A credit of the
    partner for an invoice it owes itself is none of its customer's.
    """
    return _told(CustomerCredit.customer_id == customer_id, of=customer_id)


def open_credits_of_partner(partner_id: Key) -> ScalarSelect[Any]:
    """What a partner has left of its own credits, for invoices it owed itself, as `open_credits`."""
    return _told(_is_partners(partner_id), of=partner_id)


def list_credit_of_partner(session: Session, partner_id: int) -> Sequence[OpenCredit]:
    """What a partner has left of its own credits, the oldest first."""
    return read_open_credits(session.scalar(select(open_credits_of_partner(partner_id))))


def partner_credit_cents(session: Session, partner_id: int) -> int:
    """What a partner has left of its own credits, in centavos."""
    left = select(func.sum(CustomerCredit.amount_cents - used_cents())).where(_is_partners(partner_id))
    return int(session.scalar(left) or 0)


def list_partners_with_credit(
    session: Session, *, actor: Actor
) -> Sequence[tuple[Partner, Sequence[OpenCredit]]]:
    """The partners a person may see that have credit of their own left, by name, each with it."""
    has_left = select(CustomerCredit.partner_id).where(
        CustomerCredit.customer_id.is_(None), CustomerCredit.amount_cents > used_cents()
    )
    rows = session.execute(
        select(Partner, open_credits_of_partner(Partner.id))
        .where(visible_to(actor, Partner.id), Partner.id.in_(has_left))
        .order_by(Partner.trade_name, Partner.id)
    )
    return [(partner, read_open_credits(column)) for partner, column in rows]


def _is_partners(partner_id: Key) -> ColumnElement[bool]:
    return and_(CustomerCredit.partner_id == partner_id, CustomerCredit.customer_id.is_(None))


def _told(is_wanted: ColumnElement[bool], *, of: Key) -> ScalarSelect[Any]:
    cause = aliased(Invoice)
    left = CustomerCredit.amount_cents - used_cents()
    told = facts(
        reason=CustomerCredit.reason,
        amount_cents=CustomerCredit.amount_cents,
        left_cents=left,
        created_at=CustomerCredit.created_at,
        payment_id=CustomerCredit.payment_id,
        paid_cents=Payment.amount_cents,
        paid_at=Payment.paid_at,
        source=Payment.source,
        note_number=CreditNote.number,
        invoice_id=cause.id,
        invoice_number=cause.number,
        uses=_uses(),
    )
    each = (
        select(CustomerCredit.id, told.label("told"))
        .outerjoin(Payment, Payment.id == CustomerCredit.payment_id)
        .outerjoin(CreditNote, CreditNote.id == CustomerCredit.credit_note_id)
        .outerjoin(
            cause,
            cause.id == func.coalesce(Payment.invoice_id, CreditNote.invoice_id, CustomerCredit.invoice_id),
        )
        .where(is_wanted, left > 0)
    )
    if isinstance(of, InstrumentedAttribute):
        each = each.correlate(of.class_)
    found = each.subquery() if isinstance(of, int) else each.lateral()
    oldest_first: Any = aggregate_order_by(found.c.told, found.c.id)
    return select(func.jsonb_agg(oldest_first, type_=JSONB)).select_from(found).scalar_subquery()


def _uses() -> ColumnElement[Any]:
    undone = select(func.coalesce(func.sum(CreditReturn.amount_cents), 0)).where(
        CreditReturn.credit_use_id == CreditUse.id
    )
    cents = CreditUse.amount_cents - undone.correlate(CreditUse).scalar_subquery()
    in_order: Any = aggregate_order_by(
        func.jsonb_build_array(Invoice.id, Invoice.number, cents), CreditUse.id
    )
    uses = select(func.jsonb_agg(in_order, type_=JSONB)).join(Invoice, Invoice.id == CreditUse.invoice_id)
    return (
        uses.where(CreditUse.credit_id == CustomerCredit.id, cents > 0)
        .correlate(CustomerCredit)
        .scalar_subquery()
    )


def read_open_credits(column: Sequence[dict[str, Any]] | None) -> Sequence[OpenCredit]:
    """The column `open_credits` of a row."""
    return [_open_credit(told) for told in column or ()]


def _open_credit(told: dict[str, Any]) -> OpenCredit:
    values = dict(told)
    return OpenCredit(
        reason=CreditReason(values.pop("reason")),
        created_at=datetime.fromisoformat(values.pop("created_at")),
        paid_at=datetime.fromisoformat(told["paid_at"]) if values.pop("paid_at") else None,
        source=PaymentSource(told["source"]) if values.pop("source") else None,
        uses=[(invoice_id, number, cents) for invoice_id, number, cents in values.pop("uses") or ()],
        **values,
    )
