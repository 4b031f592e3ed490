"""Card payments given back by the processor: once, whatever is lost, and never more than it lets go."""

from datetime import timedelta

import pytest
import requests
from sqlalchemy import select

from portal.cards.operations.refunds import settle_refund
from portal.gateways.cards.messages import RefundReport, RefundStatus
from portal.payouts.queries.invariants import find_broken
from portal.receipts.models.payment import Payment
from portal.receipts.models.refund import Refund
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.operations.refunding import ask_again, ask_refund
from portal.receipts.rules.refunds import RefundOrigin, RefundState, Wanted
from portal.shared import clock
from portal.shared.queue import QueuedJob
from tests.factories.cards import CardCase
from tests.factories.payouts import make_finance
from tests.factories.quotes import NOON
from tests.portal.cards.test_card_webhooks import deliver, event
from tests.support.card_processor import SECRET_KEY, CardProcessor
from tests.support.clients import PortalClient

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def charged(card_case: CardCase, visitor: PortalClient) -> CardCase:
    """A contract whose first R$ 199,90 were charged to its card."""
    card_case.type_card()
    with card_case.transaction() as session:
        setup = card_case.setup(session)
        thing = {"id": setup.processor_setup, "metadata": {"portal_key": setup.key}}
    deliver(visitor, event("setup_intent.succeeded", thing))
    card_case.work_off()
    card_case.sign()
    card_case.work_off()
    return card_case


def ask(case: CardCase, cents: int, key: str = "a" * 32) -> int:
    with case.transaction() as session:
        payment = session.scalars(select(Payment).order_by(Payment.id)).first()
        assert payment is not None
        wanted = Wanted(key=key, amount_cents=cents, reason="Cobrado a mais")
        actor = make_finance(session)
        return ask_refund(session, payment_id=payment.id, wanted=wanted, actor=actor, now=NOON).id


def refunds(case: CardCase) -> list[tuple[str, int, str]]:
    with case.transaction() as session:
        rows = session.scalars(select(Refund).order_by(Refund.id)).all()
        return [(row.state.value, row.amount_cents, row.origin.value) for row in rows]


def back(case: CardCase) -> list[int]:
    with case.transaction() as session:
        assert [
            row
            for row in find_broken(session, since=None, now=LATER)
            if row.invariant.key not in ("E2", "L2")
        ] == []
        return list(session.scalars(select(PaymentReturn.amount_cents).order_by(PaymentReturn.id)))


def by_hand(processor: CardProcessor, charge: str, cents: int) -> dict[str, object]:
    """Somebody gives it back on the processor's own pages."""
    answer = requests.post(
        f"{processor.url}/v1/refunds",
        data={"payment_intent": charge, "amount": cents},
        headers={"Authorization": f"Bearer {SECRET_KEY}"},
        timeout=10,
    )
    made: dict[str, object] = answer.json()
    return made


class TestARefund:
    @pytest.mark.deep
    def test_is_made_at_the_processor_once_and_booked(
        self, charged: CardCase, card_processor: CardProcessor
    ) -> None:
        ask(charged, 50_00)
        charged.work_off()
        charged.work_off()
        assert refunds(charged) == [("done", 50_00, "finance")]
        assert [made["amount"] for made in card_processor.list_all("refunds")] == [50_00]
        assert back(charged) == [50_00]

    def test_whose_answer_was_lost_is_looked_for_not_made_again(
        self, charged: CardCase, card_processor: CardProcessor
    ) -> None:
        refund_id = ask(charged, 50_00)
        charge = charged.charges()[0].processor_charge or ""
        with charged.transaction() as session:
            refund = session.get_one(Refund, refund_id)
            refund.state, refund.sent_at, refund.checked_at = RefundState.SENT, NOON, NOON
        requests.post(
            f"{card_processor.url}/v1/refunds",
            data={"payment_intent": charge, "amount": 50_00, "metadata[portal_key]": "a" * 32},
            headers={"Authorization": f"Bearer {SECRET_KEY}"},
            timeout=10,
        )
        with charged.transaction() as session:
            assert ask_again(session, now=LATER) == 1
        charged.work_off(LATER)
        assert refunds(charged) == [("done", 50_00, "finance")]
        assert len(card_processor.list_all("refunds")) == 1

    @pytest.mark.deep
    def test_waits_while_the_processor_is_away(
        self, charged: CardCase, card_processor: CardProcessor
    ) -> None:
        gateway = charged.app.extensions["portal.cards"]
        charged.app.extensions["portal.cards"] = card_processor.gateway(url="http://127.0.0.1:9", timeout_s=1)
        ask(charged, 50_00)
        charged.work_off()
        assert refunds(charged) == [("sent", 50_00, "finance")]
        assert back(charged) == []
        charged.app.extensions["portal.cards"] = gateway
        charged.work_off(LATER)
        assert refunds(charged) == [("done", 50_00, "finance")]
        assert len(card_processor.list_all("refunds")) == 1

    def test_is_no_more_than_the_processor_says_is_left(
        self, charged: CardCase, card_processor: CardProcessor
    ) -> None:
        by_hand(card_processor, charged.charges()[0].processor_charge or "", 100_00)
        refund_id = ask(charged, 150_00)
        charged.work_off()
        assert refunds(charged) == [("refused", 150_00, "finance")]
        assert [made["amount"] for made in card_processor.list_all("refunds")] == [100_00]
        with charged.transaction() as session:
            words = session.get_one(Refund, refund_id).refusal
        assert words == "A operadora diz que este pagamento não tem mais este valor para devolver."

    def test_pending_at_the_processor_changes_no_book_yet(self, charged: CardCase) -> None:
        refund_id = ask(charged, 50_00)
        report = RefundReport(
            id="re_1", key="a" * 32, charge="pi_1", status=RefundStatus.PENDING, amount_cents=50_00
        )
        with charged.transaction() as session:
            refund = session.get_one(Refund, refund_id)
            refund.state, refund.sent_at = RefundState.SENT, NOON
            settle_refund(session, refund_id, report, now=NOON)
        assert (refunds(charged), back(charged)) == ([("sent", 50_00, "finance")], [])
        with charged.transaction() as session:
            session.query(QueuedJob).delete()


class TestNoticesOfRefunds:
    def test_of_one_made_there_by_hand_are_asked_about_and_booked_once(
        self, charged: CardCase, card_processor: CardProcessor, visitor: PortalClient
    ) -> None:
        charge = charged.charges()[0].processor_charge or ""
        made = by_hand(card_processor, charge, 30_00)
        for number, kind in enumerate(
            ("refund.created", "refund.updated", "charge.refunded", "refund.created")
        ):
            thing = {"id": made["id"] if kind != "charge.refunded" else "ch_1", "payment_intent": charge}
            assert deliver(visitor, event(kind, thing, 10 + number)) == 200
        charged.work_off(clock.now() + timedelta(minutes=1))
        assert refunds(charged) == [("done", 30_00, RefundOrigin.SOURCE.value)]
        assert back(charged) == [30_00]
        ask(charged, 169_90)
        charged.work_off(clock.now() + timedelta(minutes=2))
        assert back(charged) == [30_00, 169_90]
