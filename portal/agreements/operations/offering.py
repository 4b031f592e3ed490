"""Making an agreement: its terms are stored, its paper is printed and sent to be signed; no more yet."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.agreements.models import Agreement, AgreementDebt, AgreementPart
from portal.agreements.operations.locking import record
from portal.agreements.pages.paper import agreement_paper
from portal.agreements.queries.debts import limits_of, list_debts, standing_of
from portal.agreements.queries.reading import find_offered, load_agreement
from portal.agreements.rules.states import (
    RENDER_AGREEMENT,
    AgreementState,
    FiguresStale,
    NoSignatory,
    NotByOneself,
)
from portal.agreements.rules.terms import Terms, Wanted, check_alone, check_discount, is_beyond, terms_of
from portal.config import CompanySettings
from portal.customers.models import Customer
from portal.customers.queries.reading import load_customer
from portal.documents.operations.storing import store_printed
from portal.documents.rules.paper import FIRST_LAYOUT, Paper
from portal.settings.queries import late_terms, value
from portal.settings.rules.names import Name
from portal.shared import audit, queue
from portal.shared.auth import Actor, Permission
from portal.shared.brazil import format_money
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.refusals import Refusal
from portal.signatures.models import Envelope
from portal.signatures.operations.asking import cancel_envelope, open_envelope
from portal.signatures.operations.locking import locked_envelope
from portal.signatures.rules.signing import Signer
from portal.subscriptions.operations.covering import A_DAY

CHANGED = "Os valores mudaram depois da simulação."


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing:
    """What is to be printed, and for whom to sign."""

    paper: Paper
    signer: Signer
    now: datetime


def make_agreement(
    session: Session,
    *,
    customer_id: int,
    invoice_ids: Collection[int],
    wanted: Wanted,
    seen: str,
    reason: str = "",
    actor: Actor | None,
    made_for: str = "",
    now: datetime,
) -> Agreement:
    """Store an agreement as it was simulated and have its paper sent to be signed.

    `actor` is who of finance makes it, with a reason where it goes beyond what the customer may do; None for
    the customer, who is at the address `made_for`. One that still waited for its signature is withdrawn.

    Raises:
        NothingToJoin, TermsRefused, NotByOneself: see `rules.terms`.
        FiguresStale: `seen` is not what would be stored now.
        NoSignatory: nobody is registered who could sign.
        Refusal: at `reason`, without one.
    """
    audit.lock_stream(session, customer_id=customer_id)
    customer, today = load_customer(session, customer_id), day_of(now)
    debts = list_debts(session, customer_id, today=today, invoice_ids=invoice_ids)
    terms = terms_of(debts, wanted, limits=limits_of(session), today=today)
    if terms.seen != seen or len(debts) != len(set(invoice_ids)):
        raise FiguresStale
    _check_who(session, terms, customer, actor=actor, reason=reason, now=now)
    former = find_offered(session, customer_id)
    if former is not None:
        withdraw_agreement(
            session, agreement_id=former, reason="Há uma simulação nova.", actor=actor, now=now
        )
    agreement = _store(session, customer, terms, reason=reason, actor=actor, made_for=made_for, now=now)
    queue.enqueue(session, RENDER_AGREEMENT, subject_id=agreement.id, now=now)
    return agreement


def withdraw_agreement(
    session: Session, *, agreement_id: int, reason: str, actor: Actor | None, now: datetime
) -> None:
    """Ask for its signature no longer; one that does not wait for it stays as it is."""
    agreement = load_agreement(session, agreement_id)
    audit.lock_stream(session, customer_id=agreement.customer_id)
    if agreement.envelope_id is not None:
        locked_envelope(session, agreement.envelope_id)
    agreement = _locked_row(session, agreement_id)
    if agreement.state is not AgreementState.OFFERED:
        return
    if agreement.envelope_id is not None:
        envelope = session.get_one(Envelope, agreement.envelope_id)
        cancel_envelope(session, envelope=envelope, reason=reason, actor=actor, now=now)
    close_offer(session, agreement, AgreementState.WITHDRAWN, reason=reason, actor=actor, now=now)


def close_offer(
    session: Session,
    agreement: Agreement,
    state: AgreementState,
    *,
    reason: str,
    actor: Actor | None,
    now: datetime,
) -> None:
    """End a locked agreement that nobody signed."""
    agreement.state, agreement.closed_at, agreement.close_reason = state, now, reason
    agreement.closed_by_id = actor.user_id if actor else None
    session.flush()
    summary = f"Acordo {{label}}: {state.label.lower()}"
    record(session, agreement, f"agreement_{state}", summary, actor=actor, now=now, reason=reason)


def withdraw_if_stale(session: Session, agreement_id: int, *, now: datetime) -> None:
    """Withdraw an offer whose invoices are not what they were: the job after money came in."""
    agreement = load_agreement(session, agreement_id)
    if agreement.state is AgreementState.OFFERED and not is_current(session, agreement):
        withdraw_agreement(session, agreement_id=agreement_id, reason=CHANGED, actor=None, now=now)


def is_current(session: Session, agreement: Agreement) -> bool:
    """Whether what is owed is still what a loaded agreement says, of the day of its figures."""
    ids = [debt.invoice_id for debt in agreement.debts]
    found = list_debts(session, agreement.customer_id, today=agreement.figures_on, invoice_ids=ids)
    now_owed = {
        debt.invoice_id: (debt.face_cents, debt.charges_cents) for debt in found if not debt.is_settling
    }
    return now_owed == {debt.invoice_id: (debt.face_cents, debt.charges_cents) for debt in agreement.debts}


def prepare_printing(
    session: Session, *, agreement_id: int, company: CompanySettings, now: datetime
) -> Printing | None:
    """What the paper says; None when it was printed already or is no longer wanted."""
    agreement = load_agreement(session, agreement_id)
    signatory = agreement.customer.signatory
    if agreement.state is not AgreementState.OFFERED or agreement.envelope_id or signatory is None:
        return None
    return Printing(
        paper=agreement_paper(agreement, company=company),
        signer=Signer(name=signatory.name, cpf=signatory.cpf, email=signatory.email, phone=signatory.phone),
        now=now,
    )


def send_to_sign(
    session: Session, *, agreement_id: int, printing: Printing, content: bytes, now: datetime
) -> None:
    """Keep the printed paper and ask for its signature, until its first payment is due; once."""
    agreement = load_agreement(session, agreement_id)
    audit.lock_stream(session, customer_id=agreement.customer_id)
    agreement = _locked_row(session, agreement_id)
    if agreement.state is not AgreementState.OFFERED or agreement.envelope_id is not None:
        return
    agreement = load_agreement(session, agreement_id)
    title = f"Acordo {agreement.label}"
    file = store_printed(
        session,
        agreement,
        title=title,
        content=content,
        reading=printing.paper,
        layout=FIRST_LAYOUT,
        now=now,
    )
    envelope = open_envelope(
        session,
        file=file,
        title=file.title,
        signer=printing.signer,
        partner=agreement.customer.partner,
        actor=None,
        now=now,
        valid_until=at_sao_paulo(agreement.parts[0].due_on + A_DAY),
    )
    agreement.envelope_id = envelope.id
    session.flush()
    summary = "Acordo {label} enviado para assinatura"
    record(session, agreement, "agreement_sent", summary, actor=None, now=now)


def _check_who(
    session: Session, terms: Terms, customer: Customer, *, actor: Actor | None, reason: str, now: datetime
) -> None:
    limits, standing, today = limits_of(session), standing_of(session, customer.id), day_of(now)
    if customer.signatory is None:
        raise NoSignatory
    if actor is None:
        check_alone(terms, limits=limits, standing=standing, today=today)
        return
    check_discount(terms, limits)
    if not is_beyond(terms, limits=limits, standing=standing, today=today):
        return
    if not actor.can(Permission.CONFIRM_PAYMENTS):
        raise NotByOneself("Este acordo vai além do que o cliente faz sozinho: peça ao financeiro.")
    if not reason.strip():
        raise Refusal("Escreva por que o acordo vai além do que o cliente faz sozinho.", field="reason")


def _store(
    session: Session,
    customer: Customer,
    terms: Terms,
    *,
    reason: str,
    actor: Actor | None,
    made_for: str,
    now: datetime,
) -> Agreement:
    whose = {"partner_id": terms.debts[0].partner_id, "customer_id": customer.id}
    agreement = Agreement(
        **whose,
        contract_id=min(debt.contract_id for debt in terms.debts),
        figures_on=day_of(now),
        face_cents=terms.divided.face_cents,
        charges_cents=terms.divided.charges_cents,
        discount_cents=terms.divided.discount_cents,
        **_agreed(session, terms),
        reason=reason.strip(),
        made_at=now,
        made_by_id=actor.user_id if actor else None,
        made_for="" if actor else made_for,
    )
    session.add(agreement)
    session.flush()
    _store_parts(session, agreement, terms)
    amount = format_money(terms.divided.total_cents)
    summary = f"Acordo {{label}} de {amount} preparado, em {len(terms.parts)} pagamentos"
    record(
        session,
        agreement,
        "agreement_made",
        summary,
        actor=actor,
        now=now,
        actor_label=made_for,
        reason=reason,
    )
    return agreement


def _agreed(session: Session, terms: Terms) -> dict[str, int]:
    """How late it may be and what that costs: what stands in its paper, whatever becomes of the settings.

    What a payment of it pays first is what one of its invoices does.
    """
    entry_days, part_days = Name.AGREEMENT_ENTRY_DAYS, Name.AGREEMENT_BROKEN_DAYS
    days = {"entry_days": value(session, entry_days), "part_days": value(session, part_days)}
    return days | late_terms(session)._replace(charges_first=terms.charges_first)._asdict()


def _store_parts(session: Session, agreement: Agreement, terms: Terms) -> None:
    """What it is about and what it asks for."""
    same = {name: getattr(agreement, name) for name in ("partner_id", "customer_id")}
    same["agreement_id"] = agreement.id
    for position, debt in enumerate(terms.debts, 1):
        row = AgreementDebt(
            **same,
            invoice_id=debt.invoice_id,
            contract_id=debt.contract_id,
            position=position,
            face_cents=debt.face_cents,
            charges_cents=debt.charges_cents,
        )
        session.add(row)
    for part in terms.parts:
        due = AgreementPart(
            **same,
            contract_id=agreement.contract_id,
            number=part.number,
            due_on=part.due_on,
            amount_cents=part.amount_cents,
            charges_cents=part.charges_cents,
        )
        session.add(due)
    session.flush()


def _locked_row(session: Session, agreement_id: int) -> Agreement:
    return session.get_one(Agreement, agreement_id, with_for_update=True, populate_existing=True)
