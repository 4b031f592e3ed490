"""Disputes of card payments: told twice, in any order and in parallel they come to the same (M19, S1, S2)."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from portal.cards.models.charge import ProcessorEvent
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.payouts.models import RepasseReversal
from portal.payouts.queries.invariants import find_broken
from portal.receipts.models.dispute import PaymentDispute
from portal.receipts.models.payment import Payment
from portal.receipts.models.refund import Refund
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.rules.disputes import DisputeState, state_after
from portal.receipts.rules.returning import MoreThanLeft
from portal.shared import clock
from portal.tasks.models import Task
from tests.factories.cards import CardCase
from tests.factories.quotes import NOON
from tests.portal.cards.test_card_refunds import ask, charged
from tests.portal.cards.test_card_webhooks import deliver, event
from tests.support.card_processor import CardProcessor
from tests.support.clients import PortalClient

__all__ = ["charged"]
DUE = NOON + timedelta(days=9)
AMOUNT = 199_90


def dispute_event(
    case: CardCase,
    kind: str,
    number: int,
    *,
    dispute: str = "dp_1",
    cents: int = AMOUNT,
    status: str = "needs_response",
    moved: Sequence[int] = (),
    is_refundable: bool = False,
    after_s: int = 0,
) -> dict[str, Any]:
    """What the processor sends of a dispute of the case's charge; the sandbox has no such thing."""
    thing = {
        "id": dispute,
        "object": "dispute",
        "payment_intent": case.charges()[0].processor_charge,
        "amount": cents,
        "currency": "brl",
        "reason": "fraudulent",
        "status": status,
        "is_charge_refundable": is_refundable,
        "evidence_details": {"due_by": int(DUE.timestamp())},
        "balance_transactions": [{"amount": each} for each in moved],
    }
    made = event(f"charge.dispute.{kind}", thing, 100 + number)
    return made | {"created": made["created"] + after_s}


def tell(visitor: PortalClient, case: CardCase, *events: dict[str, Any]) -> None:
    for each in events:
        assert deliver(visitor, each) == 200
        case.work_off(clock.now() + timedelta(minutes=1))


def opened(case: CardCase) -> list[dict[str, Any]]:
    return [
        dispute_event(case, "created", 1),
        dispute_event(case, "funds_withdrawn", 2, moved=(-AMOUNT,), after_s=1),
    ]


def won(case: CardCase) -> list[dict[str, Any]]:
    return [
        dispute_event(case, "closed", 3, status="won", after_s=2),
        dispute_event(case, "funds_reinstated", 4, status="won", moved=(-AMOUNT, AMOUNT), after_s=3),
    ]


def state_of(case: CardCase) -> tuple[Any, ...]:
    """Of the books: disputes, what went back, what is paid of the invoice, repasse taken and given."""
    with case.transaction() as session:
        broken = find_broken(session, since=None, now=clock.now())
        assert [row for row in broken if row.invariant.key not in {"E2", "L2"}] == []
        disputes = session.scalars(select(PaymentDispute).order_by(PaymentDispute.id)).all()
        invoice = session.scalars(select(Invoice).order_by(Invoice.id)).first()
        assert invoice is not None
        return (
            [row.state.value for row in disputes],
            list(session.scalars(select(PaymentReturn.amount_cents).order_by(PaymentReturn.id))),
            list(session.scalars(select(Payment.amount_cents).order_by(Payment.id))),
            (invoice.state, invoice.paid_cents),
            list(session.scalars(select(RepasseReversal.repasse_cents).order_by(RepasseReversal.id))),
        )


OPEN = (InvoiceState.OPEN, 0)
PAID = (InvoiceState.PAID, AMOUNT)


class TestADispute:
    @pytest.mark.deep
    def test_takes_the_money_back_when_it_is_withdrawn(
        self, charged: CardCase, visitor: PortalClient
    ) -> None:
        tell(visitor, charged, opened(charged)[0])
        assert state_of(charged) == (["open"], [], [AMOUNT], PAID, [])
        tell(visitor, charged, opened(charged)[1])
        assert state_of(charged) == (["open"], [AMOUNT], [AMOUNT], OPEN, [-101_43])

    @pytest.mark.deep
    def test_is_a_task_of_finance_with_the_processors_time(
        self, charged: CardCase, visitor: PortalClient
    ) -> None:
        tell(visitor, charged, *opened(charged))
        with charged.transaction() as session:
            task = session.scalars(select(Task).where(Task.key == "dispute:card:dp_1")).one()
            assert (task.due_at, task.closed_at, task.subject_type) == (DUE, None, "payments")
        tell(visitor, charged, dispute_event(charged, "closed", 3, status="lost", after_s=2))
        with charged.transaction() as session:
            task = session.scalars(select(Task).where(Task.key == "dispute:card:dp_1")).one()
            assert task.result_note == "Contestação encerrada: dinheiro devolvido."
        assert state_of(charged) == (["lost"], [AMOUNT], [AMOUNT], OPEN, [-101_43])

    @pytest.mark.deep
    def test_that_is_won_gives_money_service_and_repasse_again(
        self, charged: CardCase, visitor: PortalClient
    ) -> None:
        tell(visitor, charged, *opened(charged), *won(charged))
        assert state_of(charged) == (["kept"], [AMOUNT], [AMOUNT, AMOUNT], PAID, [-101_43, 101_43])

    @pytest.mark.deep
    @pytest.mark.parametrize("order", [(3, 2, 1, 0), (1, 3, 0, 2), (2, 0, 3, 1)])
    def test_comes_to_the_same_in_any_order_and_twice(
        self, charged: CardCase, visitor: PortalClient, order: tuple[int, ...]
    ) -> None:
        events = [*opened(charged), *won(charged)]
        tell(visitor, charged, *(events[place] for place in order), *events)
        assert state_of(charged) == (["kept"], [AMOUNT], [AMOUNT, AMOUNT], PAID, [-101_43, 101_43])
        with charged.transaction() as session:
            kept = select(func.count()).where(ProcessorEvent.kind.startswith("charge.dispute"))
            assert session.scalar(kept) == 4

    @pytest.mark.deep
    def test_told_in_parallel_goes_back_once(self, charged: CardCase, visitor: PortalClient) -> None:
        events = [dispute_event(charged, "funds_withdrawn", n, moved=(-AMOUNT,)) for n in range(4)]
        app = charged.app
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda one: deliver(app.test_client(), one), [*events, events[0]]))  # type: ignore[arg-type]
        assert answers == [200] * 5
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda _: charged.work_off(clock.now() + timedelta(minutes=1)), range(3)))
        charged.work_off(clock.now() + timedelta(minutes=20))
        assert state_of(charged) == (["open"], [AMOUNT], [AMOUNT], OPEN, [-101_43])

    @pytest.mark.deep
    def test_and_another_of_the_same_charge_take_no_more_than_came_in(
        self, charged: CardCase, visitor: PortalClient
    ) -> None:
        first = dispute_event(charged, "funds_withdrawn", 1, cents=150_00, moved=(-150_00,))
        second = dispute_event(charged, "funds_withdrawn", 2, dispute="dp_2", moved=(-AMOUNT,))
        tell(visitor, charged, first, second)
        found = state_of(charged)
        assert found[:4] == (["open", "open"], [150_00, 49_90], [AMOUNT], OPEN)
        assert sum(found[4]) == -101_43


class TestARefundAndADispute:
    @pytest.mark.deep
    def test_of_one_charge_count_once(self, charged: CardCase, visitor: PortalClient) -> None:
        ask(charged, AMOUNT)
        charged.work_off()
        tell(visitor, charged, *opened(charged))
        assert state_of(charged) == (["open"], [AMOUNT], [AMOUNT], OPEN, [-101_43])

    @pytest.mark.deep
    def test_at_once_ask_for_nothing_that_is_contested(
        self, charged: CardCase, visitor: PortalClient
    ) -> None:
        tell(visitor, charged, opened(charged)[0])
        with pytest.raises(MoreThanLeft):
            ask(charged, 1_00)

    @pytest.mark.deep
    def test_while_the_bank_only_asks_may_be_given_back(
        self, charged: CardCase, visitor: PortalClient
    ) -> None:
        inquiry = dispute_event(charged, "created", 1, status="warning_needs_response", is_refundable=True)
        tell(visitor, charged, inquiry)
        ask(charged, AMOUNT)
        charged.work_off()
        closed = dispute_event(charged, "closed", 2, status="warning_closed", is_refundable=True, after_s=1)
        tell(visitor, charged, closed)
        assert state_of(charged) == (["kept"], [AMOUNT], [AMOUNT], OPEN, [-101_43])

    def test_that_was_asked_before_the_dispute_is_not_sent(
        self, charged: CardCase, visitor: PortalClient, card_processor: CardProcessor
    ) -> None:
        refund_id = ask(charged, 50_00)
        with charged.transaction() as session:  # the dispute is known before the job runs
            payment = session.scalars(select(Payment)).one()
            session.add(
                PaymentDispute(
                    payment_id=payment.id,
                    invoice_id=payment.invoice_id,
                    partner_id=payment.partner_id,
                    customer_id=payment.customer_id,
                    source=payment.source,
                    external_id="dp_1",
                    amount_cents=AMOUNT,
                    reason="",
                    state=DisputeState.OPEN,
                    is_refundable=False,
                    opened_at=NOON,
                    told_at=NOON,
                )
            )
        charged.work_off()
        with charged.transaction() as session:
            refund = session.get_one(Refund, refund_id)
            assert refund.refusal == "Quem pagou contestou o pagamento: nada é devolvido enquanto isso."
        assert card_processor.list_all("refunds") == []

    def test_the_database_refuses_one_of_contested_money(
        self, charged: CardCase, visitor: PortalClient
    ) -> None:
        refund_id = ask(charged, 1_00)
        charged.work_off()
        tell(visitor, charged, dispute_event(charged, "created", 1, cents=198_90))
        with charged.transaction() as session:
            known = session.get_one(Refund, refund_id)
            values = {c.name: getattr(known, c.name) for c in Refund.__table__.columns if c.name != "id"}
            again = values | {"key": "x", "state": "asked", "settled_at": None, "return_id": None}
            again |= {"reference": "", "settled_by_id": None}
            with pytest.raises(IntegrityError, match="more is given back"), session.begin_nested():
                session.execute(Refund.__table__.insert().values(**again))  # type: ignore[attr-defined]
            with pytest.raises(IntegrityError, match="forward only"), session.begin_nested():
                session.execute(update(PaymentDispute).values(amount_cents=1))


class TestANoticeOfMoneyWeDoNotKnow:
    def test_is_a_task_never_silence(self, card_case: CardCase, visitor: PortalClient) -> None:
        thing = {
            "id": "dp_9",
            "payment_intent": "pi_unknown",
            "amount": 1,
            "currency": "brl",
            "status": "lost",
        }
        deliver(visitor, event("charge.dispute.closed", thing, 1))
        card_case.work_off(clock.now() + timedelta(minutes=1))
        with card_case.transaction() as session:
            task = session.scalars(select(Task).where(Task.kind == "dispute")).one()
            assert task.title == "Aviso da operadora sobre um pagamento que não conhecemos"

    def test_that_is_not_as_agreed_is_not_believed(self, card_case: CardCase, visitor: PortalClient) -> None:
        thing = {"id": "dp_9", "payment_intent": "pi_1", "amount": "1", "currency": "brl", "status": "lost"}
        assert deliver(visitor, event("charge.dispute.closed", thing, 1)) == 400
        with card_case.transaction() as session:
            assert session.scalars(select(ProcessorEvent)).all() == []


@pytest.mark.parametrize("is_newer", [True, False])
def test_what_is_closed_is_not_open_again_whenever_that_was_said(is_newer: bool) -> None:
    assert state_after(DisputeState.KEPT, DisputeState.OPEN, is_newer=is_newer) is DisputeState.KEPT
    closed_later = state_after(DisputeState.KEPT, DisputeState.LOST, is_newer=is_newer)
    assert closed_later is (DisputeState.LOST if is_newer else DisputeState.KEPT)
