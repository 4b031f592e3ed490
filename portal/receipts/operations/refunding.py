"""Finance gives money of a payment back: asked once, sent by a job or paid by hand, or dropped."""

from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.documents.operations.storing import store_file
from portal.documents.rules.files import FileKind
from portal.invoices.models import Invoice
from portal.receipts.events import RefundAsked
from portal.receipts.models.payment import Payment
from portal.receipts.models.refund import Refund
from portal.receipts.operations.locking import lock_placed
from portal.receipts.operations.refund_progress import (
    finish_refund,
    lock_refund,
    refuse_refund,
)
from portal.receipts.queries.four_eyes import limit_reais
from portal.receipts.queries.refunds import find_refund_by_key, list_stale_refunds, refundable_cents
from portal.receipts.rules.four_eyes import needs_two
from portal.receipts.rules.refunds import (
    PAY_WITHIN,
    AccountOfAnother,
    AskerMayNotPay,
    NotByHand,
    RefundOrigin,
    RefundOver,
    RefundState,
    Wanted,
    task_key,
)
from portal.receipts.rules.returning import MoreThanLeft, StillParked
from portal.receipts.rules.ted import proof_type
from portal.shared import audit
from portal.shared.auth import Actor, Role
from portal.shared.brazil import format_money
from portal.shared.clock import day_of
from portal.shared.events import publish
from portal.shared.refusals import Refusal
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind


def ask_refund(session: Session, *, payment_id: int, wanted: Wanted, actor: Actor, now: datetime) -> Refund:
    """Have money of a payment given back by the way it came; with a destination, by hand.

    The books change when it is certain. What is asked for is taken: nobody can ask for it again meanwhile.

    Raises:
        StillParked: nobody said yet whose the payment is.
        MoreThanLeft: more than is left of it, with what is under way.
        AccountOfAnother: the destination is not of who paid.
    """
    payment, invoice = lock_placed(session, payment_id)
    if invoice is None:
        raise StillParked
    if (known := find_refund_by_key(session, wanted.key)) is not None and known.payment_id == payment.id:
        return known
    left = refundable_cents(session, payment)
    if wanted.amount_cents > left:
        raise MoreThanLeft(left)
    refund = _write(session, payment, invoice, wanted, actor=actor, now=now)
    if refund.by_hand:
        _ask_a_person(session, refund, invoice, actor=actor, now=now)
    else:
        publish(session, RefundAsked(refund_id=refund.id, way=refund.way.value, at=now))
    return refund


def pay_refund(
    session: Session,
    *,
    refund: Refund,
    paid_on: date,
    reference: str,
    proof: bytes,
    actor: Actor,
    now: datetime,
) -> Refund:
    """A person transferred it, and keeps the bank's proof: it is certain.

    Raises:
        NotByHand, RefundOver: nothing is to be transferred, or not any more.
        AskerMayNotPay: a large one, by who asked for it.
        Refusal: at `paid_on`, a day to come; UnusableProof at `proof`.
    """
    locked = lock_refund(session, refund.id)
    if not locked.by_hand:
        raise NotByHand
    if locked.state is not RefundState.ASKED:
        raise RefundOver
    if locked.needs_two and locked.asked_by_id == actor.user_id:
        raise AskerMayNotPay
    if paid_on > day_of(now) or paid_on < day_of(locked.asked_at):
        raise Refusal("O dia não pode estar no futuro nem ser anterior ao pedido.", field="paid_on")
    locked.proof_id, locked.paid_on = _keep_proof(session, locked, proof, actor=actor, now=now), paid_on
    finish_refund(session, refund_id=locked.id, reference=reference, actor=actor, now=now)
    return locked


def _keep_proof(session: Session, refund: Refund, proof: bytes, *, actor: Actor, now: datetime) -> int:
    kind = proof_type(proof)
    invoice = session.get_one(Invoice, refund.invoice_id)
    file = store_file(
        session,
        partner_id=invoice.partner_id,
        customer_id=invoice.customer_id,
        kind=FileKind.REFUND_PROOF,
        title=f"Comprovante de devolução, fatura {invoice.label}",
        file_name=f"devolucao-{invoice.label}-{refund.id}.{kind.extension}",
        media_type=kind.media_type,
        content=proof,
        actor=actor,
        now=now,
    )
    return file.id


def drop_refund(session: Session, *, refund: Refund, reason: str, actor: Actor, now: datetime) -> Refund:
    """Give a refund up that nobody began to carry out.

    Raises:
        RefundOver: it was begun, or ended.
    """
    locked = lock_refund(session, refund.id)
    if locked.state is not RefundState.ASKED:
        raise RefundOver
    refuse_refund(session, refund_id=locked.id, refusal=reason, actor=actor, now=now)
    return locked


def ask_again(session: Session, *, now: datetime) -> int:
    """Have the processor and the bank asked about refunds they did not answer for a while (S6); how many."""
    stale = list_stale_refunds(session, now=now)
    for refund in stale:
        publish(session, RefundAsked(refund_id=refund.id, way=refund.way.value, at=now))
    return len(stale)


def _write(
    session: Session, payment: Payment, invoice: Invoice, wanted: Wanted, *, actor: Actor, now: datetime
) -> Refund:
    to = wanted.destination
    if to is not None and to.holder_document != (payment.payer_document or invoice.payer_document):
        raise AccountOfAnother
    limit = limit_reais(session)
    refund = Refund(
        payment_id=payment.id,
        invoice_id=payment.invoice_id,
        partner_id=payment.partner_id,
        customer_id=payment.customer_id,
        way=payment.source,
        origin=RefundOrigin.FINANCE,
        key=wanted.key,
        amount_cents=wanted.amount_cents,
        reason=wanted.reason,
        state=RefundState.ASKED,
        asked_at=now,
        asked_by_id=actor.user_id,
        by_hand=to is not None,
        needs_two=to is not None and needs_two(wanted.amount_cents, from_reais=limit),
        **(asdict(to) if to else {}),
    )
    session.add(refund)
    session.flush()
    audit.record(
        session,
        action="refund_asked",
        summary=f"Devolução de {format_money(refund.amount_cents)} pedida, "
        f"{payment.source.label} da fatura {invoice.label}",
        subject=refund,
        actor=actor,
        now=now,
        reason=refund.reason,
    )
    return refund


def _ask_a_person(session: Session, refund: Refund, invoice: Invoice, *, actor: Actor, now: datetime) -> None:
    open_task(
        session,
        key=task_key(refund.id),
        kind=TaskKind.REFUND,
        team=Role.FINANCE,
        title=f"Devolver {format_money(refund.amount_cents)} por transferência, fatura {invoice.label}",
        detail=refund.reason,
        subject=refund,
        due_at=now + PAY_WITHIN,
        actor=actor,
        now=now,
    )
