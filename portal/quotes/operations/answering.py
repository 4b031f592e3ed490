"""The customer's side: open the link, accept one alternative, or decline."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.partners.models import Partner
from portal.quotes.events import QuoteAccepted
from portal.quotes.models import ProposalView, Quote, QuoteVersion
from portal.quotes.notifications.proposals import proposal_declined, proposal_viewed, quote_accepted
from portal.quotes.operations.drafting import partner_of
from portal.quotes.operations.locking import locked_alternatives, locked_live_version
from portal.quotes.operations.log import log_event
from portal.quotes.operations.sending import void_version
from portal.quotes.rules.reasons import DECLINE_REASONS, OTHER_ALTERNATIVE, require_reason
from portal.quotes.rules.refusals import AlreadyAnswered, PartnerNoLongerServes, ProposalClosed
from portal.quotes.rules.states import VOIDABLE, QuoteState, require_transition
from portal.shared import tokens
from portal.shared.brazil import format_date
from portal.shared.clock import day_of
from portal.shared.events import publish
from portal.shared.refusals import Missing
from portal.shared.tokens import LinkToken

ONE_VISIT = timedelta(minutes=30)


def record_view(session: Session, *, token: LinkToken, device: str = "", now: datetime) -> bool:
    """Remember that somebody opened a page of a sent proposal; True when it counted.

    Opening it again with the same kind of device within half an hour is the same visit. The first
    visit ever is told to the owner.
    """
    alternatives = locked_alternatives(session, token.subject_id)
    shown = [version for version in alternatives if version.state is QuoteState.SENT]
    views = select(ProposalView.id).where(ProposalView.proposal_id == token.subject_id)
    again = views.where(ProposalView.device == device, ProposalView.at > now - ONE_VISIT)
    if not shown or session.scalar(again.limit(1)) is not None:
        return False
    if partner_of(session, shown[0].partner_id).disabled_at:
        return False  # the customer saw no proposal, and there is nobody to tell
    is_first = session.scalar(views.limit(1)) is None
    session.add(
        ProposalView(proposal_id=token.subject_id, partner_id=shown[0].partner_id, at=now, device=device)
    )
    session.flush()
    if is_first:
        summary = "O cliente abriu a proposta {label} pela primeira vez"
        log_event(
            session, shown[0], "proposal_viewed", summary, actor=None, actor_label=_who(shown[0]), now=now
        )
        proposal_viewed(session, version=shown[0], now=now)
    return True


def accept_quote(session: Session, *, token: LinkToken, quote_id: int, now: datetime) -> QuoteVersion:
    """The customer takes one alternative; the others become void, and the link is used up.

    Raises:
        AlreadyAnswered: the proposal was accepted or declined before, also by a second click.
        ProposalClosed: it expired, was withdrawn, is being revised, or its reseller no longer serves.
        Missing: no such alternative in this proposal.
    """
    alternatives = locked_alternatives(session, token.subject_id)
    chosen = next((version for version in alternatives if version.quote_id == quote_id), None)
    if chosen is None:
        raise Missing
    _require_acceptable(alternatives, [chosen], now=now)
    _require_serving(session, chosen.partner_id)
    _use_up(session, token, now=now)
    require_transition(chosen.state, QuoteState.ACCEPTED)
    chosen.state, chosen.answered_at, chosen.changed_at = QuoteState.ACCEPTED, now, now
    summary = "O cliente aceitou o orçamento {label}, versão {version}: {price}"
    log_event(session, chosen, "quote_accepted", summary, actor=None, actor_label=_who(chosen), now=now)
    for other in alternatives:
        if other is not chosen and other.state in VOIDABLE:
            void_version(session, other, reason=OTHER_ALTERNATIVE, now=now)
            summary = "Orçamento {label} anulado: o cliente aceitou outra alternativa"
            log_event(session, other, "quote_voided", summary, actor=None, now=now)
    quote_accepted(session, version=chosen, now=now)
    publish(
        session,
        QuoteAccepted(
            quote_id=chosen.quote_id,
            version_id=chosen.id,
            proposal_id=token.subject_id,
            customer_id=chosen.customer_id,
            partner_id=chosen.partner_id,
            at=now,
        ),
    )
    return chosen


def decline_proposal(
    session: Session, *, token: LinkToken, reason: str, note: str = "", now: datetime
) -> list[QuoteVersion]:
    """The customer takes none of what was sent, and says why.

    Raises as `accept_quote`, and `Refusal` at `reason` or `note`.
    """
    require_reason(reason, DECLINE_REASONS, note=note)
    alternatives = locked_alternatives(session, token.subject_id)
    sent = [version for version in alternatives if version.state is QuoteState.SENT]
    _require_acceptable(alternatives, sent, now=now)
    _require_serving(session, sent[0].partner_id)
    _use_up(session, token, now=now)
    for version in sent:
        require_transition(version.state, QuoteState.DECLINED)
        version.state, version.answered_at, version.changed_at = QuoteState.DECLINED, now, now
        version.decline_reason, version.close_note = reason, note.strip()
        summary = f"O cliente não aceitou o orçamento {{label}}: {DECLINE_REASONS[reason]}"
        log_event(
            session,
            version,
            "quote_declined",
            summary,
            actor=None,
            actor_label=_who(version),
            now=now,
            reason=note.strip(),
        )
    proposal_declined(session, versions=sent, now=now)
    return sent


def mark_contracted(session: Session, *, quote: Quote, now: datetime) -> None:
    """The contract of an accepted quote went to its signatory; told again, nothing more happens.

    Raises:
        NotPossibleNow: the customer has not accepted it.
    """
    version = locked_live_version(session, quote)
    if version.state is QuoteState.CONTRACTED:
        return
    require_transition(version.state, QuoteState.CONTRACTED)
    version.state, version.changed_at = QuoteState.CONTRACTED, now
    summary = "Orçamento {label} contratado: {price}"
    log_event(session, version, "quote_contracted", summary, actor=None, now=now)


def _require_acceptable(
    alternatives: list[QuoteVersion], wanted: list[QuoteVersion], *, now: datetime
) -> None:
    """Whether the wanted versions are before the customer and still stand."""
    for version in alternatives:
        if version.state in (QuoteState.ACCEPTED, QuoteState.CONTRACTED):
            raise AlreadyAnswered("Esta proposta já foi aceita. Não é preciso fazer mais nada.")
    if any(version.state is QuoteState.DECLINED for version in wanted or alternatives):
        raise AlreadyAnswered("Esta proposta já foi respondida: você escolheu não aceitar.")
    for version in wanted:
        if version.expires_on is not None and version.is_expired_on(day_of(now)):
            raise ProposalClosed(f"Esta proposta valia até {format_date(version.expires_on)}.")
    if not wanted or any(version.state is not QuoteState.SENT for version in wanted):
        raise ProposalClosed("Esta proposta está sendo revista. Fale com quem a enviou.")


def _require_serving(session: Session, partner_id: int) -> None:
    """Locked, so that the partner is not disabled between this look and our commit."""
    serving = select(Partner.disabled_at).where(Partner.id == partner_id).with_for_update(read=True)
    if session.scalars(serving).one() is not None:
        raise PartnerNoLongerServes


def _use_up(session: Session, token: LinkToken, *, now: datetime) -> None:
    if not tokens.consume(session, token, now=now):
        raise AlreadyAnswered("Este link já foi usado ou não vale mais. Fale com quem o enviou.")


def _who(version: QuoteVersion) -> str:
    return f"Cliente: {version.customer.name}"
