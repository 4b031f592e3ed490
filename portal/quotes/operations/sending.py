"""Towards the customer: send, void, expire."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.customers.models import Customer
from portal.customers.queries.reading import recipient_of
from portal.customers.rules import Recipient
from portal.quotes.models import Proposal, Quote, QuoteVersion
from portal.quotes.notifications.proposals import proposal_sent, quote_expired
from portal.quotes.operations.drafting import prices_stand_for, writing_partner
from portal.quotes.operations.locking import lock_proposals, locked_alternatives, locked_live_version
from portal.quotes.operations.log import log_event
from portal.quotes.operations.submitting import close_pending, require_standing_prices, settle_draft
from portal.quotes.queries.labels import label_of
from portal.quotes.rules.labels import quote_label
from portal.quotes.rules.reasons import VOID_REASONS, require_reason
from portal.quotes.rules.refusals import NobodyToWriteTo, StillNeedsApproval
from portal.quotes.rules.states import NotPossibleNow, QuoteState, require_transition, waits_for_approval
from portal.shared import tokens
from portal.shared.auth import Actor
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.tokens import LinkToken, Purpose
from portal.shared.whatsapp import Person, prepared_for

EXPIRED_AT_ONCE = 500
SENT = "quote_sent", "Orçamento {label}, versão {version}, enviado ao cliente: {price}"
RELEASED = "quote_released", "Orçamento {label}, versão {version}, liberado para o cliente: {price}"


def send_proposal(session: Session, *, proposal: Proposal, actor: Actor, now: datetime) -> LinkToken:
    """Mail the customer the link to every alternative that is ready; a proposal sent before is mailed again.

    The link stays the same for the whole life of a proposal. What is sent can be accepted until the
    end of the last day of its validity.

    Raises:
        StillNeedsApproval: an alternative waits for an approval, or its approval was refused.
        NobodyToWriteTo: the customer has no e-mail.
        PricesNoLongerStand: an alternative is older than its prices stand, and there is a newer list.
        NotPossibleNow: there is nothing to send.
    """
    writing_partner(session, actor, proposal.partner_id)
    alternatives = locked_alternatives(session, proposal.id)
    to = _recipient(session, proposal.customer_id)
    sent = _released(session, alternatives, SENT, actor=actor, now=now)
    token = _link(session, proposal, sent, now=now)
    proposal = session.get_one(Proposal, proposal.id)
    proposal.sent_at = now
    proposal_sent(session, proposal=proposal, versions=sent, to=to, sender=actor, now=now)
    return token


def prepare_proposal(
    session: Session, *, proposal: Proposal, to: Person, actor: Actor, now: datetime
) -> LinkToken:
    """The link to every alternative that is ready, for the seller to pass on by WhatsApp; no mail leaves.

    From now on the customer may open and accept it, as after `send_proposal`; whether the message was ever
    sent nobody here knows.

    Raises:
        StillNeedsApproval, PricesNoLongerStand, NotPossibleNow: as `send_proposal`.
    """
    writing_partner(session, actor, proposal.partner_id)
    alternatives = locked_alternatives(session, proposal.id)
    sent = _released(session, alternatives, RELEASED, actor=actor, now=now)
    token = _link(session, proposal, sent, now=now)
    label = quote_label(proposal.id)
    log_event(
        session, sent[0], "whatsapp_prepared", prepared_for(to, f"proposta {label}"), actor=actor, now=now
    )
    return token


def void_quote(
    session: Session, *, quote: Quote, reason: str, note: str = "", actor: Actor, now: datetime
) -> QuoteVersion:
    """Close a quote that will not be sold; an open request for approval is taken back with it.

    Raises:
        Refusal: at `reason` or `note`.
        NotPossibleNow: it was answered, expired or voided already.
    """
    writing_partner(session, actor, quote.partner_id)
    require_reason(reason, VOID_REASONS, note=note)
    version = locked_live_version(session, quote)
    void_version(session, version, reason=reason, note=note, now=now)
    summary = f"Orçamento {{label}} anulado: {VOID_REASONS[reason]}"
    log_event(session, version, "quote_voided", summary, actor=actor, now=now, reason=note.strip())
    return version


def void_version(
    session: Session, version: QuoteVersion, *, reason: str, note: str = "", now: datetime
) -> None:
    """Void a locked version, with its open request if it has one."""
    require_transition(version.state, QuoteState.VOIDED)
    close_pending(session, version, now=now)
    version.state, version.void_reason, version.changed_at = QuoteState.VOIDED, reason, now
    version.close_note = note.strip()


def expire_quotes(session: Session, *, now: datetime) -> int:
    """Expire what was sent and not answered in time; says how many, `EXPIRED_AT_ONCE` when more may wait."""
    overdue = (
        QuoteVersion.is_live,
        QuoteVersion.state == QuoteState.SENT,
        QuoteVersion.expires_on < day_of(now),
    )
    proposal_ids = session.scalars(
        select(Quote.proposal_id)
        .join(QuoteVersion, QuoteVersion.quote_id == Quote.id)
        .where(*overdue)
        .order_by(QuoteVersion.expires_on)
        .limit(EXPIRED_AT_ONCE)
    ).all()
    lock_proposals(session, proposal_ids)
    versions = [
        version
        for proposal_id in sorted(set(proposal_ids))
        for version in locked_alternatives(session, proposal_id)
        if version.state is QuoteState.SENT and version.is_expired_on(day_of(now))
    ]
    # Logs are locked one after the other, always in the order of their customers.
    for version in sorted(versions, key=lambda each: (each.customer_id, each.id)):
        version.state, version.changed_at = QuoteState.EXPIRED, now
        log_event(
            session, version, "quote_expired", "Orçamento {label} expirou sem resposta", actor=None, now=now
        )
        quote_expired(session, version=version, now=now)
    return len(versions)


def _released(
    session: Session, alternatives: list[QuoteVersion], how: tuple[str, str], *, actor: Actor, now: datetime
) -> list[QuoteVersion]:
    """Let the customer have every locked alternative that is ready; all that it can answer now."""
    _require_approvals(session, alternatives)
    for version in alternatives:
        if version.state in (QuoteState.DRAFT, QuoteState.APPROVED):
            _send_version(session, version, how, actor=actor, now=now)
    sent = [version for version in alternatives if version.state is QuoteState.SENT]
    if not sent:
        raise NotPossibleNow("Não há nada para enviar nesta proposta. Faça uma nova versão ou uma cópia.")
    if all(version.is_expired_on(day_of(now)) for version in sent):
        raise NotPossibleNow("Esta proposta expirou. Faça uma nova versão e envie de novo.")
    return sent


def _send_version(
    session: Session, version: QuoteVersion, how: tuple[str, str], *, actor: Actor, now: datetime
) -> None:
    today = day_of(now)
    if version.state is QuoteState.DRAFT:
        settle_draft(session, version, today=today)
        if version.needs_approval:  # its activation day was moved, or the partner's tier is another
            raise StillNeedsApproval({label_of(session, version.quote): version.state.label})
    else:
        require_standing_prices(session, version, today=today)
    require_transition(version.state, QuoteState.SENT)
    version.expires_on = prices_stand_for(session, today)
    version.state, version.sent_at, version.changed_at = QuoteState.SENT, now, now
    action, summary = how
    log_event(session, version, action, summary, actor=actor, now=now)


def _require_approvals(session: Session, alternatives: list[QuoteVersion]) -> None:
    waiting = {
        label_of(session, version.quote): version.state.label
        for version in alternatives
        if waits_for_approval(version.state, needs_approval=version.needs_approval)
    }
    if waiting:
        raise StillNeedsApproval(waiting)


def _recipient(session: Session, customer_id: int) -> Recipient:
    customer = select(Customer).options(joinedload(Customer.signatory)).where(Customer.id == customer_id)
    recipient = recipient_of(session.scalars(customer).one())
    if recipient is None:
        raise NobodyToWriteTo
    return recipient


def _link(session: Session, proposal: Proposal, sent: list[QuoteVersion], *, now: datetime) -> LinkToken:
    last_day = max(version.expires_on for version in sent if version.expires_on is not None)
    ends_at = at_sao_paulo(last_day + timedelta(days=1))
    token = tokens.find_shared(session, purpose=Purpose.PROPOSAL, subject_id=proposal.id)
    if token is None:
        return tokens.issue(
            session,
            purpose=Purpose.PROPOSAL,
            subject_id=proposal.id,
            partner_id=proposal.partner_id,
            now=now,
            valid_for=ends_at - now,
        )
    token.expires_at = ends_at
    return token
