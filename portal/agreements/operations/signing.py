"""What a signature does: in its own transaction the invoices are held and the agreement's are owed."""

from datetime import datetime

from sqlalchemy.orm import Session

from calculator import ChargedLine
from portal.agreements import notifications
from portal.agreements.events import AgreementBegan, AgreementSigned
from portal.agreements.models import Agreement, AgreementPart
from portal.agreements.operations.locking import contracts_of, lock_agreement, record
from portal.agreements.operations.offering import close_offer, is_current
from portal.agreements.queries.reading import find_by_envelope
from portal.agreements.rules.states import ENTRY, AgreementState, FiguresStale
from portal.contracts.queries.reading import load_contract
from portal.invoices.models import Invoice
from portal.invoices.operations.agreed import hold_invoice
from portal.invoices.operations.covering import cover_invoice
from portal.invoices.operations.issuing import draft_invoice, issue_invoice
from portal.invoices.queries.reading import load_invoice
from portal.invoices.rules.charges import Charge, carried_line
from portal.invoices.rules.states import InvoiceKind
from portal.shared.brazil import format_money
from portal.shared.clock import day_of
from portal.shared.events import publish


def take_effect(session: Session, *, envelope_id: int, now: datetime) -> Agreement | None:
    """The signatory signs the agreement of this envelope, whose row is taken; None when it is about another.

    Its invoices are held, its own are issued. With an entry the services return when that is paid.

    Raises:
        FiguresStale: what is owed is not what was signed, or its first payment is past: nothing is signed.
    """
    found = find_by_envelope(session, envelope_id)
    if found is None:
        return None
    agreement = lock_agreement(session, found)
    is_late = day_of(now) > agreement.parts[0].due_on
    if agreement.state is not AgreementState.OFFERED or is_late or not is_current(session, agreement):
        raise FiguresStale
    by = f"acordo {agreement.label}"
    agreement.signed_at, agreement.state = now, AgreementState.AWAITING_ENTRY
    for debt in agreement.debts:
        debt.is_held = True
    session.flush()
    for debt in agreement.debts:
        hold_invoice(session, debt.invoice, by=by, now=now)
    drafts = [(part, _draft(session, agreement, part, now=now)) for part in agreement.parts]
    for part, invoice in drafts:
        part.invoice_id = invoice.id
    session.flush()
    for part, invoice in drafts:
        issue_invoice(session, invoice=invoice, due_on=part.due_on, now=now)
    _record_signature(session, agreement, now=now)
    notifications.agreement_signed(session, agreement=agreement, now=now)
    publish(session, AgreementSigned(agreement_id=agreement.id, contract_ids=contracts_of(agreement), at=now))
    if agreement.parts[0].number != ENTRY:
        begin(session, agreement, now=now)
    return agreement


def begin(session: Session, agreement: Agreement, *, now: datetime) -> None:
    """The entry is paid, or there is none: the time of the held invoices is given, the services return."""
    agreement.state, agreement.began_at = AgreementState.RUNNING, now
    session.flush()
    for debt in agreement.debts:
        invoice = load_invoice(session, debt.invoice_id)
        key = f"agreement:{agreement.id}:{invoice.id}"
        cover_invoice(session, invoice, payment_key=key, today=day_of(now), now=now)
    record(session, agreement, "agreement_began", "Acordo {label} em andamento", actor=None, now=now)
    publish(session, AgreementBegan(agreement_id=agreement.id, contract_ids=contracts_of(agreement), at=now))


def drop_offer(
    session: Session, *, envelope_id: int, state: AgreementState, reason: str, now: datetime
) -> None:
    """The signatory declined, or let the time pass; nothing when the envelope is about something else."""
    found = find_by_envelope(session, envelope_id)
    if found is None:
        return
    agreement = lock_agreement(session, found)
    if agreement.state is AgreementState.OFFERED:
        close_offer(session, agreement, state, reason=reason, actor=None, now=now)


def _draft(session: Session, agreement: Agreement, part: AgreementPart, *, now: datetime) -> Invoice:
    labels = [debt.invoice.label for debt in agreement.debts]
    name = f"Acordo {agreement.label}, {part.name_of(agreement.last_part).lower()}"
    about = f"{'da fatura' if len(labels) == 1 else 'das faturas'} {', '.join(labels)}"
    charge = Charge(
        kind=InvoiceKind.AGREEMENT,
        lines=(ChargedLine("agreement", name, 1, part.face_cents),),
        explanation=f"{name}, {about}.",
        carried=carried_line(labels, part.charges_cents) if part.charges_cents else None,
    )
    contract = load_contract(session, agreement.contract_id)
    return draft_invoice(
        session,
        contract,
        charge,
        number=None,
        due_on=part.due_on,
        agreed=agreement.late_terms,
        now=now,
    )


def _record_signature(session: Session, agreement: Agreement, *, now: datetime) -> None:
    signatory = agreement.customer.signatory
    who = f"Cliente: {signatory.name if signatory else agreement.customer.name}"
    summary = f"Acordo {{label}} de {format_money(agreement.total_cents)} assinado"
    record(session, agreement, "agreement_signed", summary, actor=None, actor_label=who, now=now)
