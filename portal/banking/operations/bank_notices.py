"""What the bank tells us by itself: taken down once, then worked off in a transaction of its own."""

import hashlib
from contextlib import suppress
from datetime import datetime
from io import BytesIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankNotice
from portal.banking.operations.applying import apply_return
from portal.banking.operations.contests import note_contest
from portal.banking.operations.joint_pix import receive_joint_pix
from portal.banking.operations.pix_returns import note_return
from portal.banking.operations.taking_returns import take_return
from portal.banking.operations.ted_credits import note_ted_credit
from portal.banking.operations.unheard import tell_of_refused
from portal.banking.queries.account import boleto_accounts
from portal.banking.queries.joint_pix import customers_of
from portal.banking.queries.matching import find_invoice_of_ted
from portal.banking.rules.bank_files import REFUSED_RETURN, STARTED, BankFileState
from portal.banking.rules.bank_notices import (
    PROCESS_BANK_NOTICE,
    Credit,
    Notice,
    read_notice,
    require_signature,
)
from portal.banking.rules.pix import invoice_of, joint_of
from portal.banking.rules.return_reading import read_return
from portal.invoices.models import Invoice
from portal.receipts.models.payment import Payment
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.rules.receiving import PaymentSource
from portal.shared import audit, queue
from portal.shared.queueing import insert_once
from portal.shared.refusals import Refusal
from portal.tasks.queries import was_said

REFUSED_FILES = 0x52455446  # the class of the advisory locks; what a refused file is called is the object


def accept_notice(
    session: Session,
    *,
    body: bytes,
    signature: str,
    is_file: bool,
    secret: str,
    now: datetime,
) -> None:
    """Take down what the bank tells us, and enqueue the work on it. Told again, it is known already.

    `is_file` when the body is a return file, else it is the JSON of Pix and TED credits.

    Raises:
        BadSignature, UnreadableNotice, UnreadableFile: nothing is written (`note_refused_file` the last one).
    """
    require_signature(signature, body, secret=secret, now=now)
    if is_file:
        read_return(BytesIO(body), boleto_accounts(session))
    else:
        read_notice(body)
    sha256 = hashlib.sha256(body).hexdigest()
    values = {"sha256": sha256, "is_file": is_file, "body": body, "received_at": now}
    if insert_once(session, BankNotice, key="sha256", values=values):
        notice_id = session.scalars(select(BankNotice.id).filter_by(sha256=sha256)).one()
        queue.enqueue(session, PROCESS_BANK_NOTICE, subject_id=notice_id, now=now)


def note_refused_file(session: Session, *, body: bytes, why: str, now: datetime) -> None:
    """Have finance look at a signed return that is not used, once however often the bank sends it again.

    A damaged one of an account of ours is kept, so that it stands among the bank's files with its lines.
    """
    name, kept = f"recebido-{hashlib.sha256(body).hexdigest()[:12]}.ret", None
    session.execute(select(func.pg_advisory_xact_lock(REFUSED_FILES, func.hashtext(name))))
    if was_said(session, REFUSED_RETURN, f"{name}: {why}"):
        return
    with suppress(Refusal), session.begin_nested():
        kept = take_return(session, name=name, stream=BytesIO(body), actor=None, now=now)
    tell_of_refused(session, name=name, why=why, file=kept, now=now)


def process_notice(session: Session, *, notice_id: int, now: datetime) -> None:
    """Do what a notice says, once: all of it in one transaction, but for a long return, which goes on."""
    notice = session.get_one(BankNotice, notice_id, with_for_update=True)
    if notice.processed_at is not None:
        return
    if notice.is_file:
        _process_file(session, notice, now=now)
    else:
        said = read_notice(notice.body)
        _hold_customers(session, said)
        for credit in said.pix:
            _receive_pix(session, credit, now=now)
        for credit in said.ted:
            note_ted_credit(session, credit=credit, now=now)
        for each in said.returns:
            note_return(session, said=each, now=now)
        for contest in said.contests:
            note_contest(session, said=contest, now=now)
    notice.processed_at = now


def _process_file(session: Session, notice: BankNotice, *, now: datetime) -> None:
    name = f"recebido-{notice.id}.ret"
    file = take_return(session, name=name, stream=BytesIO(notice.body), actor=None, now=now)
    if file.state is BankFileState.DAMAGED:  # it was whole when it came; whose it is may be another since
        tell_of_refused(session, name=name, why="com defeito", file=file, now=now)
    elif file.state not in STARTED:
        apply_return(session, file=file, actor=None, now=now)


def _hold_customers(session: Session, said: Notice) -> None:
    """Take what these credits' invoices wait for before any of them, always in the same order."""
    ids = {invoice_of(credit.reference) for credit in said.pix}
    ids |= {find_invoice_of_ted(session, credit) for credit in said.ted}
    customers = set(session.scalars(select(Invoice.customer_id).where(Invoice.id.in_(ids - {None}))))
    joint = (joint_of(credit.reference) for credit in said.pix)
    customers |= set(customers_of(session, [each for each in joint if each]))
    known = [each.end_to_end_id for each in said.returns]
    known += [each.end_to_end_id for each in said.contests]
    paid = select(Payment.customer_id).where(
        Payment.source == PaymentSource.PIX, Payment.external_id.in_(known)
    )
    customers |= {customer_id for customer_id in session.scalars(paid) if customer_id}
    audit.lock_streams(session, customers)


def _receive_pix(session: Session, credit: Credit, *, now: datetime) -> None:
    joint_pix_id = joint_of(credit.reference)
    if joint_pix_id and customers_of(session, [joint_pix_id]):
        receive_joint_pix(session, joint_pix_id=joint_pix_id, credit=credit, now=now)
        return
    receive_payment(
        session,
        source=PaymentSource.PIX,
        external_id=credit.external_id,
        invoice_id=invoice_of(credit.reference),
        amount_cents=credit.amount_cents,
        currency=credit.currency,
        paid_at=credit.at,
        payer=credit.payer,
        facts={"txid": credit.reference},
        now=now,
    )
