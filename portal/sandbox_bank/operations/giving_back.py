"""The bank of the tests gives a Pix back, as the Pix interface of a bank does."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.banking.operations.bank_notices import accept_notice
from portal.banking.rules.bank_notices import sign
from portal.receipts.models.payment import Payment
from portal.receipts.rules.receiving import PaymentSource
from portal.sandbox_bank.models import SandboxPixReturn
from portal.sandbox_bank.rules.acts import BankAct, Transfer, notice
from portal.sandbox_bank.rules.returned_pix import ReturnSaid, with_returns
from portal.shared.refusals import Missing, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAsked:
    """Which Pix is to be given back, under which key, in centavos."""

    end_to_end_id: str
    key: str
    amount_cents: int


class TooMuchBack(Refusal):
    """More than the Pix would go back."""

    def __init__(self) -> None:
        super().__init__("O valor passa do que ainda resta do Pix.")


def give_pix_back(session: Session, *, asked: ReturnAsked, secret: str, now: datetime) -> bool:
    """Take an order to give a Pix back, and tell so by a notice; True when it is new.

    Raises:
        Missing: no such Pix came in.
        TooMuchBack: it is more than is left, or the key stands for another amount.
    """
    pix = session.scalar(
        select(Payment)
        .where(Payment.source == PaymentSource.PIX, Payment.external_id == asked.end_to_end_id)
        .with_for_update()
    )
    if pix is None:
        raise Missing("Não há Pix com este endToEndId.")
    known = session.get(SandboxPixReturn, (asked.end_to_end_id, asked.key))
    if known is not None:
        if known.amount_cents != asked.amount_cents:
            raise TooMuchBack
        return False
    gone = select(func.coalesce(func.sum(SandboxPixReturn.amount_cents), 0)).where(
        SandboxPixReturn.end_to_end_id == asked.end_to_end_id
    )
    if int(session.scalar(gone) or 0) + asked.amount_cents > pix.amount_cents:
        raise TooMuchBack
    session.execute(
        insert(SandboxPixReturn).values(
            end_to_end_id=asked.end_to_end_id,
            key=asked.key,
            amount_cents=asked.amount_cents,
            asked_at=now,
        )
    )
    said = ReturnSaid(key=asked.key, amount_cents=asked.amount_cents, status="DEVOLVIDO", at=now)
    tell(session, with_returns(notice(BankAct.PIX, [as_transfer(pix)]), [said]), secret=secret, now=now)
    return True


def tell(session: Session, body: bytes, *, secret: str, now: datetime) -> None:
    """Send a notice to the webhook."""
    signature = sign(body, secret=secret, at=now)
    accept_notice(session, body=body, signature=signature, is_file=False, secret=secret, now=now)


def as_transfer(pix: Payment) -> Transfer:
    """A Pix that came in, as the bank tells of it again."""
    return Transfer(
        external_id=pix.external_id,
        reference=str(pix.facts.get("txid", "")),
        amount_cents=pix.amount_cents,
        at=pix.paid_at,
        payer_name=pix.payer_name,
        payer_document=pix.payer_document,
    )
