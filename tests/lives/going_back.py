"""Money that goes back in a world: refunds by every way, disputes, and what a bank undoes or returns."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.receipts.models.dispute import PaymentDispute
from portal.receipts.models.payment import Payment
from portal.receipts.models.refund import Refund
from portal.receipts.operations.disputing import take_dispute
from portal.receipts.operations.refunding import ask_refund, drop_refund, pay_refund
from portal.receipts.queries.refunds import refundable_cents
from portal.receipts.rules.disputes import DisputeState, DisputeTold
from portal.receipts.rules.receiving import PaymentOutcome, PaymentSource
from portal.receipts.rules.refunds import Destination, Wanted
from portal.sandbox_bank.operations.acting import act_as_bank
from portal.sandbox_bank.queries import find_pix
from portal.sandbox_bank.rules.acts import BankAct, Manner
from portal.shared.clock import day_of
from tests.lives.acts import SECRET, boleto_of
from tests.lives.world import World

PROOF = b"%PDF-1.4\n" + b"0" * 40


def _placed(session: Session, *sources: PaymentSource) -> list[Payment]:
    """Payments that were used for something, the oldest first."""
    placed = select(Payment).where(
        Payment.outcome.in_((PaymentOutcome.SETTLED, PaymentOutcome.CREDITED)),
        Payment.source.in_(sources or tuple(PaymentSource)),
    )
    return list(session.scalars(placed.order_by(Payment.id)))


def refund(world: World, place: int, *, percent: int, is_dropped: bool = False) -> None:
    """Finance gives a payment back, or a part of it, by the way it came; perhaps thinks better of it."""

    def ask(session: Session) -> tuple[int, bool] | None:
        found = _placed(session)
        if not found:
            return None
        payment = found[-1 - place % len(found)]
        cents = refundable_cents(session, payment) * percent // 100
        invoice = session.get(Invoice, payment.invoice_id or 0)
        if not cents or invoice is None:
            return None
        by_hand = payment.source in (PaymentSource.BOLETO, PaymentSource.TED)
        to = Destination(
            holder_name=invoice.payer_name,
            holder_document=payment.payer_document or invoice.payer_document,
            bank="341",
            branch="0057",
            account="1234-5",
        )
        wanted = Wanted(
            key=f"r{world.today:%y%m%d}{world.acts:06d}",
            amount_cents=cents,
            reason="Cobrado a mais",
            destination=to if by_hand else None,
        )
        asked = ask_refund(
            session, payment_id=payment.id, wanted=wanted, actor=world.village.finance, now=world.now
        )
        return asked.id, by_hand

    asked = world.attempt(ask)
    if asked is not None:
        refund_id, by_hand = asked
        if is_dropped:
            world.attempt(lambda session: _drop(session, world, refund_id))
        elif by_hand:
            world.attempt(lambda session: _transfer(session, world, refund_id))
    world.work_queue()


def _drop(session: Session, world: World, refund_id: int) -> None:
    drop_refund(
        session,
        refund=session.get_one(Refund, refund_id),
        reason="Engano",
        actor=world.village.finance,
        now=world.now,
    )


def _transfer(session: Session, world: World, refund_id: int) -> None:
    pay_refund(
        session,
        refund=session.get_one(Refund, refund_id),
        paid_on=day_of(world.now),
        reference=f"T{refund_id}",
        proof=PROOF,
        actor=world.village.finance_too,
        now=world.now,
    )


def tell_of_dispute(world: World, place: int, outcome: str) -> None:
    """The processor tells of a dispute of a card's payment: it is opened, or the one that is open ends."""

    def act(session: Session) -> None:
        found = _placed(session, PaymentSource.CARD)
        original = [payment for payment in found if "found_by" not in payment.facts]
        if not original:
            return
        payment = original[-1 - place % len(original)]
        known = select(PaymentDispute).where(
            PaymentDispute.payment_id == payment.id, PaymentDispute.state == DisputeState.OPEN
        )
        dispute = session.scalars(known).first()
        told = DisputeTold(
            external_id=dispute.external_id if dispute else f"du_{world.today:%y%m%d}{world.acts:06d}",
            amount_cents=dispute.amount_cents if dispute else payment.amount_cents,
            reason="fraudulent",
            state=_STATES[outcome] if dispute else DisputeState.OPEN,
            is_refundable=False,
            is_withdrawn=True,
            is_reinstated=dispute is not None and outcome == "won",
            due_at=world.now + timedelta(days=7),
            at=world.now,
        )
        take_dispute(session, payment=payment, told=told, now=world.now)

    world.do(act)
    world.work_queue()


_STATES = {"won": DisputeState.KEPT, "lost": DisputeState.LOST}


def bank_takes_back(world: World, place: int, act: BankAct) -> None:
    """A bank undoes a slip's payment, or says something of a Pix that is contested."""
    way = PaymentSource.BOLETO if act is BankAct.UNDO else PaymentSource.PIX

    def tell(session: Session) -> None:
        found = [payment for payment in _placed(session, way) if payment.invoice_id]
        if not found:
            return
        invoice = session.get_one(Invoice, found[-1 - place % len(found)].invoice_id)
        boleto = boleto_of(session, invoice.id)
        if (boleto is None) if act is BankAct.UNDO else (find_pix(session, invoice.id) is None):
            return
        act_as_bank(
            session,
            act=act,
            manner=Manner.USUAL,
            invoice=invoice,
            boleto=boleto,
            amount_cents=None,
            mark=f"{world.acts:04x}{world.today:%y%m%d}{invoice.id:07d}eeeeeeee",
            secret=SECRET,
            now=world.now,
        )

    world.attempt(tell)
    world.work_queue()
