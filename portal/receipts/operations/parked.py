"""Finance decides about money that did not find its invoice by itself."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.operations.ledger import post
from portal.invoices.queries.reading import lock_invoice
from portal.invoices.queries.recipients import InvoicePayer, payer_of
from portal.invoices.rules.ledger import Account, PostingKind
from portal.invoices.rules.states import OWED
from portal.receipts.models.payment import ParkedPayment, Payment
from portal.receipts.operations.allocating import credit_payer, owed_by, settle_with
from portal.receipts.operations.disputing import place_disputes
from portal.receipts.queries.disputes import is_contested
from portal.receipts.queries.four_eyes import attested_cents, limit_reais
from portal.receipts.queries.returns import returned_cents
from portal.receipts.rules.disputes import HeldByDispute
from portal.receipts.rules.four_eyes import SecondMustBeAnother, WaitsForSecond, needs_two
from portal.receipts.rules.receiving import (
    CURRENCY,
    AlreadyResolved,
    CannotAssign,
    CreditReason,
    PaymentOutcome,
    is_same_document,
)
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_money
from portal.shared.clock import day_of
from portal.shared.refusals import Refusal
from portal.users.models import User

TWO_PEOPLE = "Este valor precisa de duas pessoas"
OTHER_PAYER = "Quem pagou tem outro documento: o dinheiro não vira crédito deste cliente. Devolva-o."


def decide(
    session: Session,
    *,
    parked: ParkedPayment,
    decision: PaymentOutcome,
    invoice: Invoice | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> ParkedPayment:
    """Say what becomes of a parked payment. From a set amount on another person must carry it out.

    `decision` is SETTLED (for the invoice), CREDITED (to the invoice's payer) or RETURNED (no invoice).

    Raises:
        AlreadyResolved: somebody decided first.
        WaitsForSecond: somebody proposed already.
        HeldByDispute: who paid contests it.
        CannotAssign, Refusal: see the three decisions below.
    """
    locked = _lock(session, parked)
    if locked.proposal is not None:
        raise WaitsForSecond(session.get_one(User, locked.proposed_by_id).name)
    _require_uncontested(session, locked)
    payment = session.get_one(Payment, locked.payment_id)
    if not _needs_two(session, payment, invoice):
        _carry_out(session, locked, decision, invoice, reason=reason, actor=actor, now=now)
        return locked
    if not reason.strip():
        raise Refusal("Escreva o motivo.", field="reason")
    locked.needs_two, locked.proposal, locked.proposal_note = True, decision, reason.strip()
    locked.proposed_invoice_id = invoice.id if invoice else None
    locked.proposed_by_id, locked.proposed_at = actor.user_id, now
    session.flush()
    summary = f"{_words(payment)}: primeira decisão ({decision.label.lower()})"
    _log(session, payment, "payment_proposed", summary, reason, actor=actor, now=now)
    return locked


def confirm_proposal(
    session: Session, *, parked: ParkedPayment, actor: Actor, now: datetime
) -> ParkedPayment:
    """The second person carries out what the first one proposed.

    Raises:
        AlreadyResolved: nothing is proposed any more.
        SecondMustBeAnother: by the first person.
    """
    locked = _lock(session, parked)
    if locked.proposal is None:
        raise AlreadyResolved
    invoice = session.get(Invoice, locked.proposed_invoice_id) if locked.proposed_invoice_id else None
    note = locked.proposal_note
    _carry_out(session, locked, locked.proposal, invoice, reason=note, actor=actor, now=now)
    return locked


def drop_proposal(session: Session, *, parked: ParkedPayment, actor: Actor, now: datetime) -> ParkedPayment:
    """The first person changes their mind, or the second one disagrees.

    Raises:
        AlreadyResolved: nothing is proposed any more.
    """
    locked = _lock(session, parked)
    if locked.proposal is None:
        raise AlreadyResolved
    locked.needs_two, locked.proposal, locked.proposal_note = False, None, ""
    locked.proposed_invoice_id = locked.proposed_by_id = locked.proposed_at = None
    payment = session.get_one(Payment, locked.payment_id)
    summary = f"{_words(payment)}: decisão desfeita"
    _log(session, payment, "payment_proposal_dropped", summary, "", actor=actor, now=now)
    return locked


def assign_to_invoice(
    session: Session, *, parked: ParkedPayment, invoice_id: int, reason: str, actor: Actor, now: datetime
) -> Payment:
    """Let a parked payment pay an invoice and its late charges: what is more becomes credit, less keeps the
    rest open.

    Raises:
        AlreadyResolved: somebody decided first.
        CannotAssign: the invoice is not open, the money is not in its currency, or more than the invoice asks
            for and somebody else's.
        Refusal: at `reason`, without one.
        SecondMustBeAnother: from the set amount on, without the proposal of another person.
    """
    invoice = lock_invoice(session, invoice_id)
    payment = _take(session, parked, PaymentOutcome.SETTLED, invoice, reason=reason, actor=actor, now=now)
    if invoice is None or invoice.state not in OWED:
        raise CannotAssign("Esta fatura não está em aberto. Escolha outra ou faça um crédito para o cliente.")
    if payment.currency != invoice.currency:
        raise CannotAssign("Este pagamento não é em reais. Devolva-o.")
    owed = owed_by(session, invoice, day_of(payment.paid_at))
    left = payment.amount_cents - returned_cents(session, payment.id)
    spread = owed.spread(left)
    if spread.credit_cents and not is_same_document(payment.payer_document, invoice.payer_document):
        raise CannotAssign(f"O valor passa do que a fatura espera. {OTHER_PAYER}")
    settle_with(session, payment, invoice, spread, now=now, was_parked=True)
    place_disputes(session, payment)
    summary = f"{_words(payment)} usado para a fatura {invoice.label}"
    _log(session, payment, "payment_assigned", summary, reason, actor=actor, now=now)
    return payment


def make_credit(
    session: Session, *, parked: ParkedPayment, payer: InvoicePayer, reason: str, actor: Actor, now: datetime
) -> Payment:
    """Keep a parked payment as the credit of who owes, or owed, an invoice.

    Raises:
        AlreadyResolved: somebody decided first.
        Refusal: at `reason`, without one; or the money is not in reais, or somebody else's (M17).
    """
    payment = _take(session, parked, PaymentOutcome.CREDITED, None, reason=reason, actor=actor, now=now)
    if payment.currency != CURRENCY:
        raise Refusal("Este pagamento não é em reais. Devolva-o.")
    if not is_same_document(payment.payer_document, payer.document):
        raise Refusal(OTHER_PAYER)
    payment.customer_id, payment.partner_id = payer.customer_id, payer.partner_id
    payment.outcome = PaymentOutcome.CREDITED
    session.flush()
    credit_payer(
        session,
        payment,
        amount_cents=payment.amount_cents - returned_cents(session, payment.id),
        reason=CreditReason.BY_FINANCE,
        now=now,
        was_parked=True,
    )
    place_disputes(session, payment)
    summary = f"{_words(payment)} virou crédito {'do parceiro' if payer.is_partner else 'do cliente'}"
    _log(session, payment, "payment_credited", summary, reason, actor=actor, now=now)
    return payment


def mark_returned(
    session: Session, *, parked: ParkedPayment, reason: str, actor: Actor, now: datetime
) -> Payment:
    """Finance sent the money of a parked payment back.

    Raises:
        AlreadyResolved: somebody decided first.
        Refusal: at `reason`, without one.
    """
    payment = _take(session, parked, PaymentOutcome.RETURNED, None, reason=reason, actor=actor, now=now)
    payment.outcome = PaymentOutcome.RETURNED
    if payment.currency == CURRENCY:
        post(
            session,
            kind=PostingKind.RESOLVED,
            debit=Account.UNIDENTIFIED,
            credit=Account.cash_of(payment.key),
            amount_cents=payment.amount_cents - returned_cents(session, payment.id),
            payment_key=payment.key,
            now=now,
        )
    _log(session, payment, "payment_returned", f"{_words(payment)} devolvido", reason, actor=actor, now=now)
    return payment


def _take(
    session: Session,
    parked: ParkedPayment,
    resolution: PaymentOutcome,
    invoice: Invoice | None,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Payment:
    """Mark it as decided; the second of two is told so."""
    if not reason.strip():
        raise Refusal("Escreva o motivo.", field="reason")
    locked = _lock(session, parked)
    _require_uncontested(session, locked)
    payment = session.get_one(Payment, locked.payment_id)
    if locked.proposed_by_id == actor.user_id or (
        locked.proposal is None and _needs_two(session, payment, invoice)
    ):
        raise SecondMustBeAnother(TWO_PEOPLE)
    locked.resolution, locked.resolution_note = resolution, reason.strip()
    locked.resolved_at, locked.resolved_by_id = now, actor.user_id
    return payment


def _lock(session: Session, parked: ParkedPayment) -> ParkedPayment:
    """As it is now, with its payment, whose row who opens a dispute holds; the second of two is told so."""
    session.get_one(Payment, parked.payment_id, with_for_update=True, populate_existing=True)
    locked = session.get_one(ParkedPayment, parked.id, with_for_update=True, populate_existing=True)
    if locked.resolution is not None:
        raise AlreadyResolved
    return locked


def _require_uncontested(session: Session, parked: ParkedPayment) -> None:
    if is_contested(session, parked.payment_id):
        raise HeldByDispute


def _needs_two(session: Session, payment: Payment, invoice: Invoice | None) -> bool:
    """By the larger of the invoice's amount and all that people attest for it, this payment included."""
    attested = payment.amount_cents + (attested_cents(session, invoice.id) if invoice else 0)
    asked = invoice.amount_cents if invoice else 0
    return needs_two(asked, attested, from_reais=limit_reais(session))


def _carry_out(
    session: Session,
    parked: ParkedPayment,
    decision: PaymentOutcome,
    invoice: Invoice | None,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    if decision is PaymentOutcome.RETURNED:
        mark_returned(session, parked=parked, reason=reason, actor=actor, now=now)
        return
    if invoice is None:
        raise CannotAssign("Escolha a fatura.")
    if decision is PaymentOutcome.SETTLED:
        assign_to_invoice(session, parked=parked, invoice_id=invoice.id, reason=reason, actor=actor, now=now)
    else:
        make_credit(session, parked=parked, payer=payer_of(invoice), reason=reason, actor=actor, now=now)


def _words(payment: Payment) -> str:
    return f"{payment.source.label} de {format_money(payment.amount_cents)}"


def _log(
    session: Session,
    payment: Payment,
    action: str,
    summary: str,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    audit.record(
        session,
        action=action,
        summary=summary,
        subject=payment,
        actor=actor,
        now=now,
        reason=reason.strip(),
    )
