"""Mails to the customer, and to the owner about what the customer did."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from calculator import breakdown_from_json
from portal.customers.rules import Recipient
from portal.partners.models import Partner
from portal.quotes.models import Proposal, QuoteVersion
from portal.quotes.notifications.updates import tell
from portal.quotes.queries.labels import label_of
from portal.quotes.rules.labels import quote_label, term_label
from portal.quotes.rules.reasons import DECLINE_REASONS
from portal.quotes.rules.states import QuoteState
from portal.shared.auth import Actor
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.mail import queue_notice
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, Link, NoticeKind
from portal.shared.tokens import Purpose


def proposal_viewed(session: Session, *, version: QuoteVersion, now: datetime) -> None:
    """Tell the owner that the customer opened the proposal for the first time."""
    _tell_owner(
        session,
        version,
        key=f"proposal-viewed:{version.quote.proposal_id}",
        what="aberto pelo cliente",
        opening=f"{version.customer.name} abriu a proposta pela primeira vez. É boa hora para conversar.",
        now=now,
    )


def quote_accepted(session: Session, *, version: QuoteVersion, now: datetime) -> None:
    """Tell the owner."""
    _tell_owner(
        session,
        version,
        key=f"quote-accepted:{version.id}",
        what="aceito pelo cliente",
        opening=f"{version.customer.name} aceitou sua proposta.",
        now=now,
    )


def proposal_declined(session: Session, *, versions: Sequence[QuoteVersion], now: datetime) -> None:
    """Tell the owner once, with the reason."""
    version = versions[0]
    facts = [("Motivo", DECLINE_REASONS[version.decline_reason or "other"])]
    if version.close_note:
        facts.append(("Nas palavras do cliente", version.close_note))
    _tell_owner(
        session,
        version,
        key=f"quote-declined:{version.id}",
        what="não aceito pelo cliente",
        opening=f"{version.customer.name} não aceitou sua proposta. Você pode fazer uma nova versão.",
        facts=facts,
        now=now,
    )


def quote_expired(session: Session, *, version: QuoteVersion, now: datetime) -> None:
    """Tell the owner."""
    _tell_owner(
        session,
        version,
        key=f"quote-expired:{version.id}",
        what="expirado",
        opening=f"{version.customer.name} não respondeu no prazo. Você pode fazer uma nova versão.",
        now=now,
    )


def proposal_sent(
    session: Session,
    *,
    proposal: Proposal,
    versions: Sequence[QuoteVersion],
    to: Recipient,
    sender: Actor,
    now: datetime,
) -> None:
    """The customer's mail: what is offered, until when, and the link.

    Once a day for the same offer and address, however often somebody presses the button.
    """
    offered = [version.id for version in versions]
    offer = "-".join(map(str, offered))
    queue_notice(
        session,
        kind="quote_proposal",
        subject_id=proposal.id,
        key=f"proposal-sent:{proposal.id}:{offer}:{day_of(now)}:{to.address}",
        to=to.address,
        to_name=to.name,
        facts={"versions": offered, "sender": sender.name, "sender_email": sender.email},
        now=now,
        partner_id=proposal.partner_id,
        reply_to=sender.email,
    )


def _can_be_answered(session: Session, notice: MailMessage, now: datetime) -> bool:
    return bool(_still_offered(session, notice, now))


def _proposal(session: Session, notice: MailMessage, now: datetime) -> Letter:
    """What can still be accepted of what was sent."""
    proposal = session.get_one(Proposal, notice.subject_id)
    versions = _still_offered(session, notice, now)
    last_day = max(version.expires_on for version in versions if version.expires_on is not None)
    return Letter(
        template="quote_proposal",
        context={
            "name": notice.to_name,
            "partner": session.get_one(Partner, proposal.partner_id).trade_name,
            "sender": notice.facts["sender"],
            "sender_email": notice.facts["sender_email"],
            "number": quote_label(proposal.id),
            "offers": [_offer(version) for version in versions],
            "last_day": format_date(last_day),
        },
        link=Link(
            purpose=Purpose.PROPOSAL,
            subject_id=proposal.id,
            partner_id=proposal.partner_id,
            endpoint="quotes.proposal",
            ends_at=at_sao_paulo(last_day + timedelta(days=1)),
        ),
    )


def _still_offered(session: Session, notice: MailMessage, now: datetime) -> list[QuoteVersion]:
    offered = notice.facts["versions"]
    found = session.scalars(
        select(QuoteVersion).where(
            QuoteVersion.id.in_(offered), QuoteVersion.is_live, QuoteVersion.state == QuoteState.SENT
        )
    )
    versions = [version for version in found if not version.is_expired_on(day_of(now))]
    return sorted(versions, key=lambda version: offered.index(version.id))


def _offer(version: QuoteVersion) -> tuple[str, str]:
    breakdown = breakdown_from_json(version.breakdown)
    price = f"{format_money(version.negotiated_cents)} por mês"
    if version.setup_cents:
        price += f", mais {format_money(version.setup_cents)} de implantação"
    return f"{breakdown.lines[0].label} · {term_label(version.term)}", price


def _tell_owner(
    session: Session,
    version: QuoteVersion,
    *,
    key: str,
    what: str,
    opening: str,
    now: datetime,
    facts: Sequence[tuple[str, str]] = (),
) -> None:
    tell(
        session,
        version.quote.owner,
        version,
        key=key,
        subject=f"Orçamento {label_of(session, version.quote)} {what}",
        opening=opening,
        facts=[
            ("Cliente", version.customer.name),
            ("Mensalidade", format_money(version.negotiated_cents)),
            *facts,
        ],
        now=now,
    )


NOTICES = (NoticeKind(name="quote_proposal", is_needed=_can_be_answered, write=_proposal),)
