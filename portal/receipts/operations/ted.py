"""TEDs: announced by a proof or by the bank, confirmed or refused by finance."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents.operations.storing import store_file
from portal.documents.queries import count_files
from portal.documents.rules.files import FileKind
from portal.invoices.models import Invoice
from portal.invoices.queries.late_charges import due_on_day
from portal.invoices.queries.reading import lock_invoice
from portal.invoices.queries.recipients import payer_of
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.ted import TedTransfer
from portal.receipts.models.ted_credit import TedCredit
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.operations.ted_credits import credit_of_transfer
from portal.receipts.queries.four_eyes import attested_cents, limit_reais
from portal.receipts.rules.four_eyes import MayNotConfirm, SecondMustBeAnother, needs_two
from portal.receipts.rules.receiving import CURRENCY, Payer, PaymentSource
from portal.receipts.rules.ted import (
    PENDING,
    AlreadyDecided,
    OtherAmount,
    TedState,
    UnusableProof,
    proof_type,
)
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.refusals import Refusal

A_DAY, A_YEAR = timedelta(days=1), timedelta(days=366)
PROOFS_A_DAY = 10  # whoever holds the link may send files: not any number of them


def announce_ted(
    session: Session, *, invoice_id: int, proof: bytes, now: datetime, actor: Actor | None = None
) -> TedTransfer:
    """The payer says, by a proof, that a TED was sent; finance is asked to confirm it.

    `actor` is who sends it while signed in: that person will not be the one who confirms.

    A newer proof replaces the one shown to finance; the files of both stay with the customer's documents.

    Raises:
        UnusableProof: neither PDF nor JPG nor PNG, empty, too large, too many, or the invoice is not open.
    """
    kind = proof_type(proof)
    invoice = lock_invoice(session, invoice_id)
    if invoice is None or invoice.state is not InvoiceState.OPEN:
        raise UnusableProof("Esta fatura não está em aberto: não é preciso enviar comprovante.")
    if count_files(session, invoice.customer_id, kind=FileKind.TED_PROOF, since=now - A_DAY) >= PROOFS_A_DAY:
        raise UnusableProof("Já recebemos vários comprovantes seus hoje. Espere a conferência do financeiro.")
    whose = " do parceiro" if payer_of(invoice).is_partner else ""
    file = store_file(
        session,
        partner_id=invoice.partner_id,
        customer_id=invoice.customer_id,
        kind=FileKind.TED_PROOF,
        title=f"Comprovante de TED{whose}, fatura {invoice.label}",
        file_name=f"comprovante-{invoice.label}.{kind.extension}",
        media_type=kind.media_type,
        content=proof,
        actor=None,
        now=now,
    )
    transfer = pending_of(session, invoice, now=now)
    transfer.proof_id, transfer.announced_at = file.id, now
    transfer.announced_by_id = actor.user_id if actor else transfer.announced_by_id
    log_ted(
        session,
        transfer,
        "ted_announced",
        f"Comprovante de TED{whose} enviado, fatura {invoice.label}",
        now=now,
    )
    return transfer


def confirm_ted(
    session: Session,
    *,
    transfer: TedTransfer,
    amount_cents: int,
    credited_on: date,
    is_other_amount: bool = False,
    actor: Actor,
    now: datetime,
) -> TedTransfer:
    """Somebody at finance saw this amount in the bank's statement. A large one waits for a second person.

    `is_other_amount`: of this very amount it was said that it is another one than the invoice's.

    Raises:
        AlreadyDecided: it is confirmed or refused, or waits for the second person.
        MayNotConfirm: by who sent the proof or refused a TED of this invoice.
        Refusal: at `credited_on`, a day to come or more than a year ago.
        OtherAmount: it is not what the invoice still asks for, and nobody said so.
        BankToldAlready: the bank told of it, and it waits elsewhere or paid the invoice.
    """
    locked = _lock(session, transfer)
    if locked.state is not TedState.WAITING:
        raise AlreadyDecided
    _require_no_interest(session, locked, actor)
    if credited_on > day_of(now):
        raise Refusal("O dia do crédito não pode estar no futuro.", field="credited_on")
    if credited_on < day_of(now) - A_YEAR:
        raise Refusal("O dia do crédito tem mais de um ano. Confira o ano.", field="credited_on")
    if not is_other_amount:
        _require_asked_amount(session, locked, amount_cents, credited_on)
    locked.amount_cents, locked.credited_on = amount_cents, credited_on
    locked.confirmed_by_id, locked.confirmed_at = actor.user_id, now
    locked.needs_two = _needs_two(session, locked)
    what = f"TED de {format_money(amount_cents)} em {format_date(credited_on)}"
    if locked.needs_two:
        locked.state = TedState.CONFIRMED_ONCE
        log_ted(session, locked, "ted_confirmed_once", f"{what}: primeira confirmação", actor=actor, now=now)
    else:
        log_ted(session, locked, "ted_confirmed", f"{what} confirmada", actor=actor, now=now)
        _pay(session, locked, now=now)
    return locked


def confirm_ted_again(session: Session, *, transfer: TedTransfer, actor: Actor, now: datetime) -> TedTransfer:
    """The second person agrees with what the first one read.

    Raises:
        AlreadyDecided: it does not wait for a second person.
        SecondMustBeAnother: by the first person.
        MayNotConfirm: by who sent the proof or refused a TED of this invoice.
        BankToldAlready: as for the first one.
    """
    locked = _lock(session, transfer)
    if locked.state is not TedState.CONFIRMED_ONCE:
        raise AlreadyDecided
    if locked.confirmed_by_id == actor.user_id:
        raise SecondMustBeAnother("Você já confirmou esta TED")
    _require_no_interest(session, locked, actor)
    locked.second_confirmed_by_id, locked.second_confirmed_at = actor.user_id, now
    what = f"TED de {format_money(locked.amount_cents or 0)}: segunda confirmação"
    log_ted(session, locked, "ted_confirmed", what, actor=actor, now=now)
    _pay(session, locked, now=now)
    return locked


def refuse_ted(
    session: Session, *, transfer: TedTransfer, reason: str, actor: Actor, now: datetime
) -> TedTransfer:
    """Finance does not find the money; the payer reads the reason and may send another proof.

    Raises:
        AlreadyDecided: it is confirmed or refused.
        Refusal: at `reason`, without one; or the bank itself announced the money.
    """
    locked = _lock(session, transfer)
    if locked.state not in PENDING:
        raise AlreadyDecided
    if locked.bank_reference:
        raise Refusal("O banco avisou este crédito: o dinheiro está na conta. Confirme o valor do extrato.")
    if not reason.strip():
        raise Refusal("Escreva o motivo: o cliente vai lê-lo.", field="reason")
    locked.state, locked.refusal = TedState.REFUSED, reason.strip()
    locked.refused_by_id, locked.refused_at = actor.user_id, now
    log_ted(session, locked, "ted_refused", "TED não confirmada", actor=actor, reason=reason.strip(), now=now)
    return locked


def _needs_two(session: Session, transfer: TedTransfer) -> bool:
    """By the larger of the invoice's amount and all that people attest for it, this TED included."""
    amount = transfer.amount_cents or 0
    attested = amount + attested_cents(session, transfer.invoice_id)
    invoice = session.get_one(Invoice, transfer.invoice_id)
    return needs_two(invoice.amount_cents, attested, from_reais=limit_reais(session))


def _require_no_interest(session: Session, transfer: TedTransfer, actor: Actor) -> None:
    refused = select(TedTransfer.id).where(
        TedTransfer.invoice_id == transfer.invoice_id, TedTransfer.refused_by_id == actor.user_id
    )
    if transfer.announced_by_id == actor.user_id or session.scalar(refused.limit(1)) is not None:
        raise MayNotConfirm


def pending_of(session: Session, invoice: Invoice, *, now: datetime) -> TedTransfer:
    """The TED of a locked invoice that waits for finance; a new one if none does."""
    statement = select(TedTransfer).where(
        TedTransfer.invoice_id == invoice.id, TedTransfer.state.in_(PENDING)
    )
    pending = session.scalar(statement.with_for_update())
    if pending is None:
        pending = TedTransfer(
            invoice_id=invoice.id,
            partner_id=invoice.partner_id,
            customer_id=invoice.customer_id,
            state=TedState.WAITING,
            announced_at=now,
        )
        session.add(pending)
    return pending


def await_ted(session: Session, ted: TedCredit, invoice: Invoice, *, now: datetime) -> TedTransfer | None:
    """Let a TED the bank told of wait for finance as that of a locked invoice; None: another one does."""
    transfer = pending_of(session, invoice, now=now)
    session.flush()
    taken = select(TedCredit.id).where(TedCredit.transfer_id == transfer.id)
    if transfer.bank_reference is not None or session.scalar(taken) is not None:
        return None
    ted.transfer_id, transfer.bank_reference = transfer.id, ted.name
    transfer.payer_name, transfer.payer_document = ted.payer_name, ted.payer_document
    if transfer.state is TedState.WAITING:
        transfer.amount_cents, transfer.credited_on = ted.amount_cents, ted.credited_on
    session.flush()
    return transfer


def _require_asked_amount(
    session: Session, transfer: TedTransfer, amount_cents: int, credited_on: date
) -> None:
    """Without or with what lateness adds on that day."""
    invoice = session.get(Invoice, transfer.invoice_id)
    if invoice is None or not invoice.open_cents:
        return
    due = due_on_day(session, invoice, credited_on)
    if amount_cents not in (due.face_cents, due.total_cents):
        raise OtherAmount(amount_cents, open_cents=due.face_cents)


def _lock(session: Session, transfer: TedTransfer) -> TedTransfer:
    """The transfer as it is now, under the lock of its invoice's contract like all money."""
    lock_invoice(session, transfer.invoice_id)
    afresh = select(TedTransfer).where(TedTransfer.id == transfer.id).with_for_update()
    return session.scalars(afresh.execution_options(populate_existing=True)).one()


def _pay(session: Session, transfer: TedTransfer, *, now: datetime) -> None:
    assert transfer.amount_cents is not None  # noqa: S101 - a confirmed one has both, by its constraint
    assert transfer.credited_on is not None  # noqa: S101
    credit = credit_of_transfer(session, transfer, now=now)
    payment = receive_payment(
        session,
        source=PaymentSource.TED,
        external_id=transfer.bank_reference or f"transfer-{transfer.id}",
        invoice_id=transfer.invoice_id,
        amount_cents=transfer.amount_cents,
        currency=CURRENCY,
        paid_at=at_sao_paulo(transfer.credited_on, 12),
        payer=Payer(name=transfer.payer_name, document=transfer.payer_document),
        facts={"ted_transfer": transfer.id},
        now=now,
    )
    transfer.payment_id, transfer.state = payment.id, TedState.CONFIRMED
    credit.payment_id = payment.id
    session.flush()


def log_ted(
    session: Session,
    transfer: TedTransfer,
    action: str,
    summary: str,
    *,
    now: datetime,
    actor: Actor | None = None,
    reason: str = "",
) -> None:
    """Say in the customer's log what became of a TED."""
    audit.record(
        session,
        action=action,
        summary=summary,
        subject=transfer,
        actor=actor,
        actor_label="" if actor else "Pagamento",
        now=now,
        reason=reason,
    )
