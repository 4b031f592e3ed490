"""What follows for agreements from signatures, and from money of the invoices they hold or ask for."""

from sqlalchemy.orm import Session

from portal.agreements.operations import following, signing
from portal.agreements.queries.reading import find_by_part, list_offered_about
from portal.agreements.rules.states import WITHDRAW_STALE, AgreementState
from portal.invoices.events import (
    InvoiceGivenUp,
    InvoicePaid,
    InvoicePartPaid,
    InvoiceReopened,
    InvoicesPaid,
    InvoiceVoided,
)
from portal.shared import queue
from portal.signatures.events import SignatureDeclined, SignatureExpired, SignatureGiven


def take_effect(session: Session, event: SignatureGiven) -> None:
    """The signatory's act itself holds the invoices: nothing can come between."""
    signing.take_effect(session, envelope_id=event.envelope_id, now=event.at)


def record_decline(session: Session, event: SignatureDeclined) -> None:
    """Nothing was agreed."""
    signing.drop_offer(
        session,
        envelope_id=event.envelope_id,
        state=AgreementState.DECLINED,
        reason=event.reason,
        now=event.at,
    )


def record_expiry(session: Session, event: SignatureExpired) -> None:
    """Nothing was agreed in time."""
    signing.drop_offer(
        session,
        envelope_id=event.envelope_id,
        state=AgreementState.EXPIRED,
        reason="Não foi assinado até o primeiro vencimento.",
        now=event.at,
    )


def follow_payment(session: Session, event: InvoicePaid) -> None:
    """A part is paid; or an invoice that an unsigned agreement is about."""
    if event.installment_number is None:
        agreement_id = find_by_part(session, event.invoice_id)
        if agreement_id is not None:
            following.follow_payment(
                session,
                agreement_id=agreement_id,
                invoice_id=event.invoice_id,
                at=event.paid_at,
                now=event.at,
            )
        return
    withdraw_overtaken(session, event)


def follow_return(session: Session, event: InvoiceReopened) -> None:
    """Money of a part, or of an invoice that an unsigned agreement is about, went back."""
    agreement_id = find_by_part(session, event.invoice_id)
    if agreement_id is not None:
        following.follow_return(session, agreement_id=agreement_id, event=event)
        return
    withdraw_overtaken(session, event)


def withdraw_overtaken(
    session: Session,
    event: InvoicePaid | InvoicePartPaid | InvoiceReopened | InvoiceVoided | InvoiceGivenUp,
) -> None:
    """What an unsigned agreement says is owed may not be: it is looked at after the commit."""
    _look_at(session, [event.invoice_id], event)


def withdraw_all_overtaken(session: Session, event: InvoicesPaid) -> None:
    """As `withdraw_overtaken`, of many."""
    _look_at(session, [each.invoice_id for each in event.paid], event)


def _look_at(
    session: Session,
    invoice_ids: list[int],
    event: InvoicePaid | InvoicePartPaid | InvoiceReopened | InvoiceVoided | InvoiceGivenUp | InvoicesPaid,
) -> None:
    for agreement_id in list_offered_about(session, invoice_ids):
        queue.enqueue(session, WITHDRAW_STALE, subject_id=agreement_id, now=event.at)
