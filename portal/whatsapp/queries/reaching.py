"""Who can be written to: the same words of SQL for one customer and for all of a run."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from portal.customers.models import Customer, Signatory
from portal.whatsapp.models import WhatsAppChoice, WhatsAppContact
from portal.whatsapp.rules.reaching import NotReached

C, S = Customer.__table__.alias("reached"), Signatory.__table__.alias("reached_signatory")
CHOICE = WhatsAppChoice.__table__.alias("reached_choice")
BY_PHONE = WhatsAppContact.__table__.alias("reached_number")
TOLD = WhatsAppContact.__table__.alias("reached_told")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How a customer is written to: `phone` or `user_id`, or `why` not."""

    customer_id: int
    partner_id: int
    name: str
    phone: str
    user_id: str
    why: NotReached | None
    wants: bool | None
    chosen_reason: str
    chosen_at: datetime | None
    opted_out_at: datetime | None
    unreachable_at: datetime | None


def mobile_in_sql(phone: ColumnElement[str]) -> ColumnElement[Any]:
    """As `rules.reaching.mobile_number`, of a column; NULL for what is no mobile."""
    return case(
        (phone.regexp_match("^[1-9][1-9]9[0-9]{8}$"), func.concat("55", phone)),
        (
            phone.regexp_match("^[1-9][1-9][6-9][0-9]{7}$"),
            func.concat("55", func.left(phone, 2), "9", func.substr(phone, 3)),
        ),
    )


def _number() -> ColumnElement[Any]:
    """The responsible person's mobile, else the customer's own."""
    return func.coalesce(mobile_in_sql(S.c.phone), mobile_in_sql(C.c.phone))


def _why(*, needs_consent: bool) -> ColumnElement[Any]:
    number, contact_id = _number(), func.coalesce(BY_PHONE.c.id, TOLD.c.id)
    opted_out = func.coalesce(BY_PHONE.c.opted_out_at, TOLD.c.opted_out_at)
    unreachable = func.coalesce(BY_PHONE.c.unreachable_at, TOLD.c.unreachable_at)
    consent = [(CHOICE.c.wants.is_not(True), NotReached.NO_CONSENT.value)] if needs_consent else []
    return case(
        (and_(number.is_(None), contact_id.is_(None)), NotReached.NO_NUMBER.value),
        (or_(CHOICE.c.wants.is_(False), opted_out.is_not(None)), NotReached.OPTED_OUT.value),
        *consent,
        (unreachable.is_not(None), NotReached.UNREACHABLE.value),
    )


def _from(*columns: Any) -> Select[*tuple[Any, ...]]:
    number = _number()
    return select(*columns).select_from(
        C.outerjoin(S, S.c.customer_id == C.c.id)
        .outerjoin(CHOICE, CHOICE.c.customer_id == C.c.id)
        .outerjoin(BY_PHONE, BY_PHONE.c.phone == number)
        .outerjoin(TOLD, and_(number.is_(None), TOLD.c.customer_id == C.c.id, TOLD.c.user_id.is_not(None)))
    )


def why_not_reached(customer_id: Any, *, needs_consent: bool) -> ColumnElement[Any]:
    """Why the customer of a column is not written to, as a part of a larger statement; NULL when it is."""
    found = _from(_why(needs_consent=needs_consent)).where(C.c.id == customer_id)
    return found.correlate_except(C, S, CHOICE, BY_PHONE, TOLD).scalar_subquery()


def reach_of(session: Session, customer_ids: Collection[int], *, needs_consent: bool) -> Mapping[int, Reach]:
    """How each customer is written to, by its id. One statement."""
    number = _number()
    rows = session.execute(
        _from(
            C.c.id.label("customer_id"),
            C.c.partner_id,
            func.coalesce(func.nullif(S.c.name, ""), func.nullif(C.c.trade_name, ""), C.c.name).label("name"),
            func.coalesce(number, "").label("phone"),
            case((number.is_(None), func.coalesce(TOLD.c.user_id, "")), else_="").label("user_id"),
            _why(needs_consent=needs_consent).label("why"),
            CHOICE.c.wants,
            func.coalesce(CHOICE.c.reason, "").label("chosen_reason"),
            CHOICE.c.chosen_at,
            func.coalesce(BY_PHONE.c.opted_out_at, TOLD.c.opted_out_at).label("opted_out_at"),
            func.coalesce(BY_PHONE.c.unreachable_at, TOLD.c.unreachable_at).label("unreachable_at"),
        ).where(C.c.id.in_(customer_ids))
    ).mappings()
    return {
        row["customer_id"]: Reach(**{**row, "why": NotReached(row["why"]) if row["why"] else None})
        for row in rows
    }
