"""What this room writes to people. Every mail has the key of its cause, so it is owed once."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from calculator import breakdown_from_json
from portal.partners.models import Partner
from portal.quotes.models import Approval, Proposal, QuoteVersion
from portal.quotes.queries.deciders import people_asked, people_to_escalate_to
from portal.quotes.queries.labels import label_of
from portal.quotes.rules import DECLINE_REASONS, ApprovalState, duration_in_words, quote_label, term_label
from portal.shared.auth import Actor
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import day_of
from portal.shared.filters import percent
from portal.shared.mail import absolute_url, mail_link, queue_mail
from portal.shared.tokens import LinkToken
from portal.users.models import User


class Recipient(NamedTuple):
    """Whom a mail goes to."""

    address: str
    name: str


def approval_requested(
    session: Session, *, approval: Approval, version: QuoteVersion, requested_by: str, now: datetime
) -> None:
    """Ask whoever decides; each of several people once."""
    opening = f"{requested_by} pede sua aprovação para um orçamento."
    for person in people_asked(session, approval):
        _ask(session, person, approval, version, kind="requested", opening=opening, now=now)


def approval_reminder(session: Session, *, approval: Approval, version: QuoteVersion, now: datetime) -> None:
    """Remind whoever was asked and has not answered."""
    waited = duration_in_words(now - approval.requested_at)
    opening = f"Este pedido de aprovação espera sua resposta há {waited}."
    for person in people_asked(session, approval):
        _ask(session, person, approval, version, kind="reminder", opening=opening, now=now)


def approval_escalated(session: Session, *, approval: Approval, version: QuoteVersion, now: datetime) -> None:
    """Ask the substitute or the admins too."""
    asked = " e ".join(person.name for person in people_asked(session, approval))
    waited = duration_in_words(now - approval.requested_at)
    opening = f"{asked} ainda não respondeu a este pedido, feito há {waited}. Você também pode decidir."
    for person in people_to_escalate_to(session, approval):
        _ask(session, person, approval, version, kind="escalated", opening=opening, now=now)


def approval_decided(
    session: Session, *, approval: Approval, version: QuoteVersion, decided_by: str, now: datetime
) -> None:
    """Tell who asked, and the owner when that is somebody else."""
    label = label_of(session, version.quote)
    facts = [
        ("Cliente", version.customer.name),
        ("Mensalidade pedida", format_money(version.negotiated_cents)),
    ]
    match approval.state:
        case ApprovalState.APPROVED:
            word, next_step = "aprovado", "Ele já pode ir para o cliente."
        case ApprovalState.REJECTED:
            word, next_step = "recusado", "Você pode fazer uma nova versão."
        case _:
            word, next_step = "com contraproposta", "Aceite com um clique, ou faça uma nova versão."
            facts.append(("Contraproposta", format_money(approval.counter_cents or 0)))
            if approval.counter_setup_cents is not None:
                facts.append(("Implantação", format_money(approval.counter_setup_cents)))
    if approval.reason:
        facts.append(("Motivo", approval.reason))
    people = {version.quote.owner_id, approval.requested_by_id}
    for person in session.scalars(select(User).where(User.id.in_(people)).order_by(User.id)):
        _update(
            session,
            person,
            version,
            key=f"approval-decided:{approval.id}:{person.id}",
            subject=f"Orçamento {label} {word}",
            opening=f"{decided_by} respondeu ao pedido de aprovação: orçamento {word}. {next_step}",
            facts=facts,
            now=now,
        )


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
    token: LinkToken,
    sender: Actor,
    now: datetime,
) -> None:
    """The customer's mail: what is offered, until when, and the link.

    Once a day for the same offer and address, however often somebody presses the button.
    """
    partner = session.get_one(Partner, proposal.partner_id)
    offer = "-".join(str(version.id) for version in versions)
    last_day = max(version.expires_on for version in versions if version.expires_on is not None)
    queue_mail(
        session,
        key=f"proposal-sent:{proposal.id}:{offer}:{day_of(now)}:{to.address}",
        to=to.address,
        to_name=to.name,
        template="quote_proposal",
        context={
            "name": to.name,
            "partner": partner.trade_name,
            "sender": sender.name,
            "sender_email": sender.email,
            "number": quote_label(proposal.id),
            "offers": [_offer(version) for version in versions],
            "last_day": format_date(last_day),
            "url": mail_link(token, "quotes.proposal"),
        },
        now=now,
        partner_id=proposal.partner_id,
        link=token,
        reply_to=sender.email,
    )


def _offer(version: QuoteVersion) -> tuple[str, str]:
    breakdown = breakdown_from_json(version.breakdown)
    price = f"{format_money(version.negotiated_cents)} por mês"
    if version.setup_cents:
        price += f", mais {format_money(version.setup_cents)} de implantação"
    return f"{breakdown.lines[0].label} · {term_label(version.term)}", price


def _ask(
    session: Session,
    person: User,
    approval: Approval,
    version: QuoteVersion,
    *,
    kind: str,
    opening: str,
    now: datetime,
) -> None:
    label = label_of(session, version.quote)
    queue_mail(
        session,
        key=f"approval-{kind}:{approval.id}:{person.id}",
        to=person.email,
        to_name=person.name,
        template="quote_to_decide",
        context={
            "subject": f"Aprovação do orçamento {label}: {version.customer.name}",
            "name": person.name,
            "opening": opening,
            "facts": _facts_to_decide(session, approval, version),
            "url": absolute_url("quotes.approval_queue") + f"#pedido-{approval.id}",
        },
        now=now,
        partner_id=version.partner_id,
    )


def _facts_to_decide(session: Session, approval: Approval, version: QuoteVersion) -> list[tuple[str, str]]:
    setup = breakdown_from_json(version.breakdown).setup
    facts = [
        ("Cliente", version.customer.name),
        ("Parceiro", session.get_one(Partner, version.partner_id).trade_name),
        ("Mensalidade pedida", format_money(version.negotiated_cents)),
        (
            "Mínimo – Original",
            f"{format_money(version.minimum_cents)} – {format_money(version.original_cents)}",
        ),
        ("Alçada do parceiro até", format_money(version.free_down_to_cents)),
        ("Desconto", percent(Decimal(version.discount_basis_points) / 100)),
        ("Margem sobre o custo", percent(Decimal(version.margin_basis_points) / 100)),
        ("Valor de repasse", format_money(version.repasse_cents)),
    ]
    if setup is not None:
        span = f"{format_money(setup.minimum_cents)} – {format_money(setup.original_cents)}"
        facts.append(("Implantação pedida", f"{format_money(setup.negotiated_cents)} ({span})"))
    if approval.argument:
        facts.append(("Motivo do desconto", approval.argument))
    return facts


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
    _update(
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


def _update(
    session: Session,
    person: User,
    version: QuoteVersion,
    *,
    key: str,
    subject: str,
    opening: str,
    facts: Sequence[tuple[str, str]],
    now: datetime,
) -> None:
    """A mail about a quote to somebody of the partner; to the partner's address when that person left."""
    partner = session.get_one(Partner, version.partner_id)
    gone = person.disabled_at is not None and bool(partner.email)
    queue_mail(
        session,
        key=key,
        to=partner.email if gone else person.email,
        to_name=partner.trade_name if gone else person.name,
        template="quote_update",
        context={
            "subject": subject,
            "name": partner.trade_name if gone else person.name,
            "opening": opening,
            "facts": facts,
            "url": absolute_url("quotes.show", quote_id=version.quote_id),
        },
        now=now,
        partner_id=version.partner_id,
    )
