"""One row for each TED that came in, whoever tells of it first (S2)."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.invoices.models import Invoice
from portal.receipts.models.payment import Payment
from portal.receipts.models.ted import TedTransfer
from portal.receipts.models.ted_credit import TedCredit
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.rules.receiving import CURRENCY, Payer, PaymentOutcome, PaymentSource
from portal.receipts.rules.ted_credits import (
    BankToldAlready,
    BankWord,
    DoubtDecided,
    LikeTed,
    ToldTed,
    which_ted,
)
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import at_sao_paulo
from portal.shared.refusals import Missing


def tell_of_ted(session: Session, told: ToldTed, *, now: datetime) -> TedCredit | None:
    """The TED, locked, that a bank's word is about, with that word; None when this word was known before.

    It may have been booked already, wait for finance, or be in doubt (`doubts_id`): then nothing of it is
    booked before somebody says whether it is the one that a person confirmed.
    """
    named = select(TedCredit.id).where(_column(told.word) == told.reference)
    if session.scalar(named) is not None:
        return None
    while True:
        likes = _like_ones(session, told.on, told.amount_cents)
        found = which_ted(told.payer.document, [_as_known(session, one, told.word) for one in likes])
        if found is not None and found.is_sure:
            credit = likes[found.place]
            _add_word(session, credit, told)
            return credit
        doubted = likes[found.place].id if found else None
        made = _insert(
            session,
            on=told.on,
            amount_cents=told.amount_cents,
            ordinal=len(likes) + 1,
            payer=told.payer,
            now=now,
            doubts_id=doubted,
            text=told.text,
            **{told.word.value: told.reference},
        )
        if made is not None:
            return made


def credit_of_transfer(session: Session, transfer: TedTransfer, *, now: datetime) -> TedCredit:
    """The TED that a person confirms, locked: as the bank told of it, or one that nobody told of before.

    Raises:
        BankToldAlready: the bank told of a like one that has no place yet or is this invoice's: another row
            would book it twice.
    """
    own = select(TedCredit).where(TedCredit.transfer_id == transfer.id).with_for_update()
    known = session.scalar(own)
    if known is not None:
        return known
    if transfer.amount_cents is None or transfer.credited_on is None:
        raise ValueError("not confirmed")
    document = session.scalars(select(Invoice.payer_document).where(Invoice.id == transfer.invoice_id)).one()
    while True:
        likes = _like_ones(session, transfer.credited_on, transfer.amount_cents)
        if any(_may_be_of(session, one, transfer.invoice_id) for one in likes):
            raise BankToldAlready(transfer.amount_cents, transfer.credited_on)
        made = _insert(
            session,
            on=transfer.credited_on,
            amount_cents=transfer.amount_cents,
            ordinal=len(likes) + 1,
            payer=Payer(name=transfer.payer_name, document=transfer.payer_document or document),
            now=now,
            transfer_id=transfer.id,
        )
        if made is not None:
            return made


def receive_ted(session: Session, credit: TedCredit, *, invoice_id: int | None, now: datetime) -> Payment:
    """Book a TED that the bank told of: for an invoice, or for finance to place."""
    payment = receive_payment(
        session,
        source=PaymentSource.TED,
        external_id=credit.name,
        invoice_id=invoice_id,
        amount_cents=credit.amount_cents,
        currency=CURRENCY,
        paid_at=at_sao_paulo(credit.credited_on, 12),
        payer=Payer(name=credit.payer_name, document=credit.payer_document),
        facts={"reference": credit.text},
        now=now,
    )
    credit.payment_id = payment.id
    session.flush()
    return payment


def decide_doubt(
    session: Session, *, credit_id: int, is_same: bool, actor: Actor, now: datetime
) -> TedCredit:
    """Say whether a TED is the one that a person confirmed; another one is booked, for finance to place.

    Raises:
        Missing: there is none.
        DoubtDecided: it is in no doubt, or no longer; or another one is that TED already.
    """
    audit.lock_streams(session, ())
    credit = session.get(TedCredit, credit_id, with_for_update=True, populate_existing=True)
    if credit is None:
        raise Missing("Não encontramos esta TED.")
    if credit.doubts_id is None or credit.is_same is not None:
        raise DoubtDecided
    taken = select(TedCredit.id).where(TedCredit.doubts_id == credit.doubts_id, TedCredit.is_same.is_(True))
    if is_same and session.scalar(taken) is not None:
        raise DoubtDecided
    credit.is_same, credit.decided_by_id, credit.decided_at = is_same, actor.user_id, now
    session.flush()
    if not is_same:
        receive_ted(session, credit, invoice_id=None, now=now)
    what = f"TED de {format_money(credit.amount_cents)} em {format_date(credit.credited_on)}"
    audit.record(
        session,
        action="ted_told_apart",
        summary=f"{what}: {'a mesma já confirmada' if is_same else 'outra, a conferir'}",
        subject=credit,
        actor=actor,
        now=now,
    )
    return credit


def _like_ones(session: Session, on: date, amount_cents: int) -> Sequence[TedCredit]:
    return session.scalars(
        select(TedCredit)
        .where(TedCredit.credited_on == on, TedCredit.amount_cents == amount_cents)
        .order_by(TedCredit.ordinal)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _as_known(session: Session, credit: TedCredit, word: BankWord) -> LikeTed:
    is_it = (TedCredit.doubts_id == credit.id) & TedCredit.is_same.is_(True)
    same = select(func.count(TedCredit.id)).where(is_it)
    return LikeTed(
        is_named=getattr(credit, word.value) is not None or bool(session.scalar(same)),
        by_bank=bool(credit.name),
        document=credit.payer_document,
    )


def _add_word(session: Session, credit: TedCredit, told: ToldTed) -> None:
    setattr(credit, told.word.value, told.reference)
    if not credit.payer_document:
        credit.payer_document = told.payer.document
    credit.payer_name, credit.text = credit.payer_name or told.payer.name, credit.text or told.text
    transfer = session.get(TedTransfer, credit.transfer_id) if credit.transfer_id else None
    if transfer is not None and transfer.bank_reference is None:
        transfer.bank_reference = told.reference
    session.flush()


def _may_be_of(session: Session, credit: TedCredit, invoice_id: int) -> bool:
    """Whether what the bank told of may be the money of this invoice: it has no place yet, or is there."""
    if credit.transfer_id is not None or credit.is_same:
        return False
    payment = session.get(Payment, credit.payment_id) if credit.payment_id else None
    return payment is None or payment.outcome is PaymentOutcome.PARKED or payment.invoice_id == invoice_id


def _column(word: BankWord) -> InstrumentedAttribute[str | None]:
    return {BankWord.NOTICE: TedCredit.notice_reference, BankWord.STATEMENT: TedCredit.statement_reference}[
        word
    ]


def _insert(
    session: Session,
    *,
    on: date,
    amount_cents: int,
    ordinal: int,
    payer: Payer,
    now: datetime,
    **words: object,
) -> TedCredit | None:
    """A new row; None when somebody else took its place just now."""
    session.flush()
    values = {
        "credited_on": on,
        "amount_cents": amount_cents,
        "ordinal": ordinal,
        "payer_name": payer.name,
        "payer_document": payer.document,
        "told_at": now,
        "text": "",
        **words,
    }
    once = insert(TedCredit).values(**values).on_conflict_do_nothing()
    made = session.scalar(once.returning(TedCredit.id))
    return session.get_one(TedCredit, made) if made is not None else None
