"""The account manager's side of an approval. Of two who decide at once, one wins and the other is told."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from calculator import breakdown_from_json
from portal.partners.models import Partner
from portal.quotes.models import Approval, Quote, QuoteVersion
from portal.quotes.notifications.approvals import approval_decided
from portal.quotes.operations.drafting import partner_of
from portal.quotes.operations.locking import locked_live_version
from portal.quotes.operations.log import log_event
from portal.quotes.rules.approval import PriceRange, already_decided, require_counter, require_not_own
from portal.quotes.rules.reasons import require_length, require_text
from portal.quotes.rules.states import ApprovalState, QuoteState, require_transition
from portal.shared.auth import Actor, Permission, Role
from portal.shared.brazil import format_money
from portal.shared.refusals import Forbidden, Missing
from portal.users.models import User


def approve_quote(session: Session, *, approval: Approval, actor: Actor, now: datetime) -> QuoteVersion:
    """Agree to the price as asked; that price becomes the version's approved price.

    Raises:
        AlreadyDecided: somebody was faster; says who, what and when.
        CannotDecideOwn: the quote or the request is the actor's.
        Missing, Forbidden: not a partner the actor looks after; not a role that decides.
    """
    version = _decide(session, approval, ApprovalState.APPROVED, actor=actor, now=now)
    version.approval_id = approval.id
    version.approved_cents, version.approved_setup_cents = version.negotiated_cents, version.setup_cents
    summary = "Orçamento {label}, versão {version}, aprovado: {price}"
    _tell(session, approval, version, "quote_approved", summary, actor=actor, now=now)
    return version


def reject_quote(
    session: Session, *, approval: Approval, reason: str, actor: Actor, now: datetime
) -> QuoteVersion:
    """Refuse, with a reason the reseller reads. Raises as `approve_quote`, and `Refusal` at `reason`."""
    _require_decider(session, approval, actor)
    reason = require_text(reason, field="reason", message="Escreva o motivo: é o que a revenda vai ler.")
    version = _decide(session, approval, ApprovalState.REJECTED, actor=actor, now=now, reason=reason)
    summary = "Orçamento {label}, versão {version}, recusado"
    _tell(session, approval, version, "quote_rejected", summary, actor=actor, now=now)
    return version


def counter_quote(
    session: Session,
    *,
    approval: Approval,
    counter_cents: int,
    counter_setup_cents: int | None = None,
    reason: str = "",
    actor: Actor,
    now: datetime,
) -> QuoteVersion:
    """Name the price one would agree to; the reseller accepts it with one click.

    `counter_setup_cents` None leaves the setup fee as asked. Raises as `approve_quote`, and `Refusal`
    at `counter_cents` or `counter_setup_cents`, naming the limit.
    """
    _require_decider(session, approval, actor)
    reason = require_length(reason, field="reason")
    asked = session.get_one(QuoteVersion, approval.version_id)
    require_counter(
        monthly=_monthly_range(asked),
        counter_cents=counter_cents,
        setup=_setup_range(asked),
        counter_setup_cents=counter_setup_cents,
    )
    version = _decide(
        session,
        approval,
        ApprovalState.COUNTERED,
        actor=actor,
        now=now,
        reason=reason,
        counter_cents=counter_cents,
        counter_setup_cents=counter_setup_cents,
    )
    summary = "Contraproposta para o orçamento {label}, versão {version}: " + format_money(counter_cents)
    _tell(session, approval, version, "quote_countered", summary, actor=actor, now=now)
    return version


VERSION_STATE = {
    ApprovalState.APPROVED: QuoteState.APPROVED,
    ApprovalState.REJECTED: QuoteState.REJECTED,
    ApprovalState.COUNTERED: QuoteState.COUNTERED,
}


def _decide(
    session: Session,
    approval: Approval,
    decision: ApprovalState,
    *,
    actor: Actor,
    now: datetime,
    **values: Any,
) -> QuoteVersion:
    _require_decider(session, approval, actor)
    version = locked_live_version(session, session.get_one(Quote, approval.quote_id))
    won = session.execute(
        update(Approval)
        .where(Approval.id == approval.id, Approval.state == ApprovalState.PENDING)
        .values(state=decision, decided_by_id=actor.user_id, decided_at=now, **values)
        .returning(Approval.id)
    ).first()
    session.refresh(approval)
    if won is None:
        raise _told(session, approval, now=now)
    require_transition(version.state, VERSION_STATE[decision])
    version.state, version.changed_at = VERSION_STATE[decision], now
    return version


def _told(session: Session, approval: Approval, *, now: datetime) -> Exception:
    author_id = approval.decided_by_id or approval.requested_by_id
    name = session.scalars(select(User.name).where(User.id == author_id)).one()
    return already_decided(approval.state, by_name=name, at=approval.decided_at or now, now=now)


def _require_decider(session: Session, approval: Approval, actor: Actor) -> None:
    """The holder or substitute of the partner, or any admin; never in one's own matter."""
    if not actor.can(Permission.DECIDE_QUOTES):
        raise Forbidden
    partner = partner_of(session, approval.partner_id)
    if actor.role is not Role.ADMIN and not _looks_after(actor, partner):
        raise Missing
    require_not_own(actor.user_id, owner_id=approval.owner_id, requested_by_id=approval.requested_by_id)


def _looks_after(actor: Actor, partner: Partner) -> bool:
    return actor.user_id in (partner.account_manager_id, partner.substitute_id)


def _monthly_range(version: QuoteVersion) -> PriceRange:
    return PriceRange(
        asked_cents=version.negotiated_cents,
        minimum_cents=version.minimum_cents,
        original_cents=version.original_cents,
    )


def _setup_range(version: QuoteVersion) -> PriceRange | None:
    setup = breakdown_from_json(version.breakdown).setup
    if setup is None:
        return None
    return PriceRange(
        asked_cents=setup.negotiated_cents,
        minimum_cents=setup.minimum_cents,
        original_cents=setup.original_cents,
    )


def _tell(
    session: Session,
    approval: Approval,
    version: QuoteVersion,
    action: str,
    summary: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    log_event(session, version, action, summary, actor=actor, now=now, reason=approval.reason)
    approval_decided(session, approval=approval, version=version, decided_by=actor.name, now=now)
