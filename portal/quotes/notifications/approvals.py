"""Mails between the reseller and the approver."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from calculator import breakdown_from_json
from portal.partners.models import Partner
from portal.quotes.models import Approval, QuoteVersion
from portal.quotes.notifications.updates import tell
from portal.quotes.queries.deciders import people_asked, people_to_escalate_to
from portal.quotes.queries.labels import label_of
from portal.quotes.rules.approval import duration_in_words
from portal.quotes.rules.states import ApprovalState
from portal.shared.brazil import format_money
from portal.shared.filters import percent
from portal.shared.mail import absolute_url, queue_notice
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, NoticeKind
from portal.users.models import User


def approval_requested(
    session: Session, *, approval: Approval, version: QuoteVersion, requested_by: str, now: datetime
) -> None:
    """Ask the approver; each of several people once."""
    opening = f"{requested_by} pede sua aprovação para um orçamento."
    for person in people_asked(session, approval):
        _ask(session, person, approval, version, cause="requested", opening=opening, now=now)


def approval_reminder(session: Session, *, approval: Approval, version: QuoteVersion, now: datetime) -> None:
    """Remind whoever was asked and has not answered."""
    waited = duration_in_words(now - approval.requested_at)
    opening = f"Este pedido de aprovação espera sua resposta há {waited}."
    for person in people_asked(session, approval):
        _ask(session, person, approval, version, cause="reminder", opening=opening, now=now)


def approval_escalated(session: Session, *, approval: Approval, version: QuoteVersion, now: datetime) -> None:
    """Ask the substitute or the admins too."""
    asked = " e ".join(person.name for person in people_asked(session, approval))
    waited = duration_in_words(now - approval.requested_at)
    opening = f"{asked} ainda não respondeu a este pedido, feito há {waited}. Você também pode decidir."
    for person in people_to_escalate_to(session, approval):
        _ask(session, person, approval, version, cause="escalated", opening=opening, now=now)


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
        tell(
            session,
            person,
            version,
            key=f"approval-decided:{approval.id}:{person.id}",
            subject=f"Orçamento {label} {word}",
            opening=f"{decided_by} respondeu ao pedido de aprovação: orçamento {word}. {next_step}",
            facts=facts,
            now=now,
        )


def _ask(
    session: Session,
    person: User,
    approval: Approval,
    version: QuoteVersion,
    *,
    cause: str,
    opening: str,
    now: datetime,
) -> None:
    queue_notice(
        session,
        kind="quote_to_decide",
        subject_id=approval.id,
        key=f"approval-{cause}:{approval.id}:{person.id}",
        to=person.email,
        to_name=person.name,
        facts={"opening": opening},
        now=now,
        partner_id=version.partner_id,
    )


def _waits_for_decision(session: Session, notice: MailMessage, _now: datetime) -> bool:
    approval = session.get(Approval, notice.subject_id)
    return approval is not None and approval.state is ApprovalState.PENDING


def _to_decide(session: Session, notice: MailMessage, _now: datetime) -> Letter:
    approval = session.get_one(Approval, notice.subject_id)
    version = session.scalars(
        select(QuoteVersion)
        .where(QuoteVersion.id == approval.version_id)
        .options(joinedload(QuoteVersion.quote), joinedload(QuoteVersion.customer))
        .execution_options(populate_existing=True)
    ).one()
    label = label_of(session, version.quote)
    return Letter(
        template="quote_to_decide",
        context={
            "subject": f"Aprovação do orçamento {label}: {version.customer.name}",
            "name": notice.to_name,
            "opening": notice.facts["opening"],
            "facts": _facts_to_decide(session, approval, version),
            "url": absolute_url("quotes.approval_queue") + f"#pedido-{approval.id}",
        },
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


NOTICES = (NoticeKind(name="quote_to_decide", is_needed=_waits_for_decision, write=_to_decide),)
