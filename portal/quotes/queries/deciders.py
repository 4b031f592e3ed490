"""Who decides about a partner's quotes, and how long that person takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ScalarSelect, Select, bindparam, extract, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from calculator import ApprovalReason
from portal.partners.models import Partner
from portal.quotes.models import Approval, QuoteVersion
from portal.quotes.queries.deals import DEAL_COLUMNS, WAS_AGREED, deals_of_rows
from portal.quotes.rules.approval import ApprovalPreview, Decider, approval_preview, choose_decider
from portal.quotes.rules.deals import AgreedDeal, Deal, price_still_approved
from portal.shared.auth import Role
from portal.users.models import User

RECENT_ANSWERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPath:
    """What must be known to say, before submitting, who would be asked."""

    decider: Decider
    average_answer: timedelta | None
    agreed: Sequence[AgreedDeal]

    def preview(self, deal: Deal, reasons: Sequence[ApprovalReason]) -> ApprovalPreview:
        """Whether this deal needs an approval, by whom and why; `reasons` are the calculator's."""
        return approval_preview(
            reasons,
            covered=price_still_approved(self.agreed, deal) is not None,
            decider=self.decider,
            average_answer=self.average_answer,
        )


def approval_path(
    session: Session, *, partner_id: int, owner_id: int, quote_id: int | None = None
) -> ApprovalPath:
    """Who would decide about a quote of this owner, and what is agreed about it. One statement."""
    rows = session.execute(_PATH, {"partner_id": partner_id, "quote_id": quote_id}).all()
    people = _people(rows[0])
    decider = choose_decider(people, barred=[owner_id])
    return ApprovalPath(
        decider=decider,
        average_answer=people.get(decider),
        agreed=deals_of_rows([row for row in rows if row.approval_id is not None]),
    )


def people_asked(session: Session, approval: Approval) -> list[User]:
    """Whom a request goes to: the account manager, else the substitute, else every admin."""
    looking_after = list_looking_after(session, approval.partner_id)
    decider = choose_decider(
        (Decider(person.id, person.name) for person in looking_after), barred=_own(approval)
    )
    if decider.user_id is None:
        return list_admins(session, except_for=_own(approval))
    return [person for person in looking_after if person.id == decider.user_id]


def people_to_escalate_to(session: Session, approval: Approval) -> list[User]:
    """Who gets an unanswered request too: the substitute, or the admins when there is none."""
    asked = {person.id for person in people_asked(session, approval)}
    others = [
        person
        for person in list_looking_after(session, approval.partner_id)
        if person.id not in {*asked, *_own(approval)}
    ]
    return others or list_admins(session, except_for={*asked, *_own(approval)})


def list_looking_after(session: Session, partner_id: int) -> list[User]:
    """Account manager, then substitute, unless disabled."""
    partner = session.get_one(Partner, partner_id)
    ids = [each for each in (partner.account_manager_id, partner.substitute_id) if each is not None]
    active = session.scalars(select(User).where(User.id.in_(ids), User.disabled_at.is_(None)))
    return sorted(active, key=lambda person: ids.index(person.id))


def list_admins(session: Session, *, except_for: Iterable[int] = ()) -> list[User]:
    """Administrators who can sign in."""
    return list(
        session.scalars(
            select(User)
            .where(
                User.role == Role.ADMIN,
                User.disabled_at.is_(None),
                User.activated_at.is_not(None),
                User.id.not_in(list(except_for)),
            )
            .order_by(User.id)
        )
    )


def _own(approval: Approval) -> set[int]:
    return {approval.owner_id, approval.requested_by_id}


def _people(row: Any) -> dict[Decider, timedelta | None]:
    people = {}
    for name in ("holder", "substitute"):
        user_id, seconds = getattr(row, f"{name}_id"), getattr(row, f"{name}_seconds")
        if user_id is not None and getattr(row, f"{name}_disabled_at") is None:
            taken = timedelta(seconds=float(seconds)) if seconds is not None else None
            people[Decider(user_id, getattr(row, f"{name}_name"))] = taken
    return people


def _average_seconds(person: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    recent = (
        select(
            (extract("epoch", Approval.decided_at) - extract("epoch", Approval.requested_at)).label("seconds")
        )
        .where(Approval.decided_by_id == person)
        .order_by(Approval.decided_at.desc())
        .limit(RECENT_ANSWERS)
        .correlate(Partner)
        .subquery()
    )
    return select(func.avg(recent.c.seconds)).correlate(Partner).scalar_subquery()


def _path() -> Select[Any]:
    holder, substitute = aliased(User), aliased(User)
    return (
        select(
            holder.id.label("holder_id"),
            holder.name.label("holder_name"),
            holder.disabled_at.label("holder_disabled_at"),
            substitute.id.label("substitute_id"),
            substitute.name.label("substitute_name"),
            substitute.disabled_at.label("substitute_disabled_at"),
            _average_seconds(Partner.account_manager_id).label("holder_seconds"),
            _average_seconds(Partner.substitute_id).label("substitute_seconds"),
            *DEAL_COLUMNS,
        )
        .select_from(Partner)
        .join(holder, holder.id == Partner.account_manager_id)
        .outerjoin(substitute, substitute.id == Partner.substitute_id)
        .outerjoin(
            QuoteVersion,
            (QuoteVersion.quote_id == bindparam("quote_id"))
            & (QuoteVersion.partner_id == Partner.id)
            & WAS_AGREED,
        )
        .where(Partner.id == bindparam("partner_id"))
        .order_by(QuoteVersion.number.desc())
    )


_PATH = _path()  # made once: building it takes longer than running it, and every page of the builder asks
