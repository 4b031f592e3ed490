"""The reseller's side of an approval: ask, take back, agree to the counter-offer."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.quotes.models import Approval, Quote, QuoteVersion
from portal.quotes.notifications.approvals import approval_requested
from portal.quotes.operations.drafting import next_draft, partner_of, supersede, writing_partner
from portal.quotes.operations.locking import locked_live_version
from portal.quotes.operations.log import log_event
from portal.quotes.operations.pricing import reprice, selection_of, todays_list_id
from portal.quotes.rules.reasons import require_length
from portal.quotes.rules.refusals import PricesNoLongerStand
from portal.quotes.rules.states import (
    ApprovalState,
    NotPossibleNow,
    QuoteState,
    has_expired,
    require_draft,
    require_transition,
)
from portal.shared.auth import Actor
from portal.shared.clock import day_of


def submit_quote(
    session: Session, *, quote: Quote, argument: str = "", actor: Actor, now: datetime
) -> Approval | None:
    """Ask the account manager; the version is locked until they answer. None when no approval is needed.

    Raises:
        NotPossibleNow: the live version is no draft (it may be pending already).
        PricesNoLongerStand: the draft is older than its prices stand, and there is a newer list.
    """
    writing_partner(session, actor, quote.partner_id)
    version = locked_live_version(session, quote)
    require_draft(version.state)
    argument = require_length(argument, field="argument")
    settle_draft(session, version, today=day_of(now))
    if not version.needs_approval:
        return None
    require_transition(version.state, QuoteState.PENDING_APPROVAL)
    version.state, version.changed_at = QuoteState.PENDING_APPROVAL, now
    approval = Approval(
        version_id=version.id,
        quote_id=version.quote_id,
        partner_id=version.partner_id,
        owner_id=version.quote.owner_id,
        requested_by_id=actor.user_id,
        requested_at=now,
        argument=argument,
        state=ApprovalState.PENDING,
    )
    session.add(approval)
    log_event(
        session,
        version,
        "quote_submitted",
        "Aprovação pedida para o orçamento {label}, versão {version}: {price}",
        actor=actor,
        now=now,
        reason=argument,
    )
    approval_requested(session, approval=approval, version=version, requested_by=actor.name, now=now)
    return approval


def withdraw_submission(session: Session, *, quote: Quote, actor: Actor, now: datetime) -> QuoteVersion:
    """Take the request back; the next version is a draft with the same selection.

    Raises:
        NotPossibleNow: nothing is pending (somebody may just have decided).
    """
    writing_partner(session, actor, quote.partner_id)
    version = locked_live_version(session, quote)
    if version.state is not QuoteState.PENDING_APPROVAL:
        raise NotPossibleNow(
            f"Este pedido já não está em aprovação: o orçamento está como “{version.state.label}”."
        )
    close_pending(session, version, now=now)
    log_event(
        session,
        version,
        "submission_withdrawn",
        "Pedido de aprovação do orçamento {label}, versão {version}, retirado",
        actor=actor,
        now=now,
    )
    return next_draft(session, version, actor=actor, now=now)


def accept_counter(session: Session, *, quote: Quote, actor: Actor, now: datetime) -> QuoteVersion:
    """Agree to the account manager's price: the next version has it and is approved at once.

    Raises:
        NotPossibleNow: there is no counter-offer on the table.
    """
    partner = writing_partner(session, actor, quote.partner_id)
    version = locked_live_version(session, quote)
    if version.state is not QuoteState.COUNTERED:
        raise NotPossibleNow(
            f"Não há contraproposta para aceitar: o orçamento está como “{version.state.label}”."
        )
    counter = session.scalars(
        select(Approval).where(Approval.version_id == version.id, Approval.state == ApprovalState.COUNTERED)
    ).one()
    selection = replace(selection_of(version), negotiated_total=counter.counter_cents, negotiated_lines=None)
    if counter.counter_setup_cents is not None:
        selection = replace(selection, negotiated_setup=counter.counter_setup_cents)
    agreed = supersede(session, version, state=QuoteState.APPROVED, actor=actor, now=now)
    reprice(
        session,
        agreed,
        selection=selection,
        price_list_id=version.price_list_id,
        partner=partner,
        today=day_of(now),
    )
    agreed.expires_on = version.expires_on
    agreed.approval_id = counter.id
    agreed.approved_cents, agreed.approved_setup_cents = agreed.negotiated_cents, agreed.setup_cents
    session.add(agreed)
    log_event(
        session,
        agreed,
        "counter_accepted",
        "Contraproposta aceita no orçamento {label}, versão {version}: {price}",
        actor=actor,
        now=now,
    )
    return agreed


def close_pending(session: Session, version: QuoteVersion, *, now: datetime) -> None:
    """Take the open request of a locked version back, if there is one."""
    session.execute(
        update(Approval)
        .where(Approval.version_id == version.id, Approval.state == ApprovalState.PENDING)
        .values(state=ApprovalState.WITHDRAWN, decided_at=now)
    )


def settle_draft(session: Session, version: QuoteVersion, *, today: date) -> None:
    """Make a locked draft fit to leave: its prices stand, and its activation day is not in the past.

    Raises:
        PricesNoLongerStand: they do not, and another list is in force.
    """
    require_standing_prices(session, version, today=today)
    selection = selection_of(version)
    if selection.on < today:
        reprice(
            session,
            version,
            selection=selection,
            price_list_id=version.price_list_id,
            partner=partner_of(session, version.partner_id),
            today=today,
        )


def require_standing_prices(session: Session, version: QuoteVersion, *, today: date) -> None:
    """Raise `PricesNoLongerStand` when the version's prices ran out and another list is in force."""
    if (
        version.expires_on is not None
        and has_expired(version.expires_on, today)
        and version.price_list_id != todays_list_id(session, today)
    ):
        raise PricesNoLongerStand(stood_until=version.expires_on)
