"""A processor that is slow, away, or answers when we have given up; a worker killed between call and note."""

import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from portal.cards.jobs import JOBS
from portal.cards.models.cards import Card
from portal.cards.models.charge import Charge
from portal.cards.operations.charging import settle_charge
from portal.cards.rules.cards import CHARGE, CHECK_SETUP, PREPARE_SETUP, CardSetupState, ChargeState
from portal.cards.scheduled import sweep_cards
from portal.contracts.rules.states import ContractState
from portal.gateways.cards.messages import ChargeReport, ChargeStatus
from portal.receipts.models.payment import Payment
from portal.shared import queue
from portal.shared.mail_rows import MailMessage
from portal.shared.queue import JobKind, QueuedJob
from tests.factories.cards import CardCase
from tests.factories.payments import pay
from tests.factories.quotes import NOON
from tests.support.bad_line import BadLine, Fault
from tests.support.card_processor import REFUSED_WHEN_CHARGED, CardProcessor
from tests.support.clients import PortalClient
from tests.support.ports import wait_until

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NO_ANSWER = ChargeReport(
    id="pi_1", key="", status=ChargeStatus.PROCESSING, amount_cents=199_90, currency="BRL"
)
BY_NAME = {kind.name: kind for kind in JOBS}


@pytest.fixture
def on_bad_line(card_case: CardCase, bad_line: BadLine, card_processor: CardProcessor) -> CardCase:
    """The card is registered, the contract signed; the processor is reached by `bad_line`."""
    card_case.type_card()
    register(card_case)
    card_case.sign()
    card_case.app.extensions["portal.cards"] = card_processor.gateway(url=bad_line.url, timeout_s=0.5)
    return card_case


def register(case: CardCase) -> None:
    visitor = case.app.test_client()
    assert isinstance(visitor, PortalClient)
    visitor.get(f"/cartao/{case.secret}")
    visitor.submit(f"/cartao/{case.secret}/conferir")
    case.work_off()
    assert len(case.cards()) == 1


def money_mails(case: CardCase) -> int:
    """How many mails told of a charge."""
    with case.transaction() as session:
        asked = MailMessage.kind.in_(("card_charge", "payment_update"))
        return session.scalar(select(func.count(MailMessage.id)).where(asked)) or 0


def is_paid_once(case: CardCase) -> bool:
    """One charge there and here, and the contract active."""
    assert len(case.processor.list_all("payment_intents")) == 1
    assert [charge.state for charge in case.charges()] == [ChargeState.SUCCEEDED]
    return case.contract().state is ContractState.ACTIVE


class TestAChargeOnABadLine:
    @pytest.mark.deep
    @pytest.mark.parametrize("fault", [Fault.SILENT, Fault.BROKEN, Fault.DEAF], ids=lambda fault: fault.value)
    def test_is_unknown_until_the_line_is_good_and_then_made_once(
        self, on_bad_line: CardCase, bad_line: BadLine, fault: Fault
    ) -> None:
        """`deaf`: it was made, and the answer never came."""
        bad_line.fault = fault
        on_bad_line.work_off()
        on_bad_line.work_off(NOON + MINUTE)
        (charge,) = on_bad_line.charges()
        if fault is Fault.DEAF:  # looked for, and found
            assert is_paid_once(on_bad_line)
            return
        assert charge.state is ChargeState.UNKNOWN
        bad_line.fault = Fault.NOTHING
        on_bad_line.work_off(NOON + HOUR)
        assert is_paid_once(on_bad_line)

    @pytest.mark.deep
    def test_that_arrives_after_we_gave_up_is_still_one(
        self, on_bad_line: CardCase, bad_line: BadLine
    ) -> None:
        bad_line.fault = Fault.LATE
        on_bad_line.work_off()
        bad_line.fault = Fault.NOTHING
        bad_line.deliver_late_calls()
        on_bad_line.work_off(NOON + HOUR)
        assert is_paid_once(on_bad_line)

    def test_is_not_made_after_a_day_when_the_processor_may_have_forgotten_its_key(
        self, on_bad_line: CardCase, bad_line: BadLine, card_processor: CardProcessor
    ) -> None:
        bad_line.fault = Fault.SILENT
        on_bad_line.work_off()
        bad_line.fault = Fault.NOTHING
        on_bad_line.work_off(NOON + 24 * HOUR)
        (charge,) = on_bad_line.charges()
        assert (charge.state, charge.reason) == (ChargeState.DECLINED, "not_made")
        assert card_processor.list_all("payment_intents") == []

    def test_is_not_made_once_its_invoice_was_paid_by_pix(
        self, on_bad_line: CardCase, bad_line: BadLine, card_processor: CardProcessor
    ) -> None:
        bad_line.fault = Fault.SILENT
        on_bad_line.work_off()
        bad_line.fault = Fault.NOTHING
        told = money_mails(on_bad_line)
        with on_bad_line.transaction() as session:
            pay(session, invoice_id=on_bad_line.charges()[0].invoice_id, now=NOON)
        on_bad_line.work_off(NOON + HOUR)
        assert card_processor.list_all("payment_intents") == []
        assert on_bad_line.charges()[0].state is ChargeState.CANCELED
        assert money_mails(on_bad_line) == told  # nobody is asked to pay what is paid

    @pytest.mark.deep
    def test_that_was_made_is_credit_when_its_invoice_was_paid_by_pix(
        self, on_bad_line: CardCase, bad_line: BadLine
    ) -> None:
        bad_line.fault = Fault.DEAF
        on_bad_line.work_off()
        bad_line.fault = Fault.NOTHING
        with on_bad_line.transaction() as session:
            pay(session, invoice_id=on_bad_line.charges()[0].invoice_id, now=NOON)
        on_bad_line.work_off(NOON + HOUR)
        assert len(on_bad_line.processor.succeeded()) == 1
        with on_bad_line.transaction() as session:
            outcomes = session.scalars(select(Payment.outcome).order_by(Payment.id)).all()
            assert [outcome.value for outcome in outcomes] == ["settled", "credited"]

    @pytest.mark.deep
    def test_that_was_refused_asks_nobody_to_pay_what_was_paid_by_pix(
        self, on_bad_line: CardCase, bad_line: BadLine
    ) -> None:
        bad_line.fault = Fault.SILENT
        on_bad_line.work_off()
        bad_line.fault = Fault.NOTHING
        told = money_mails(on_bad_line)
        with on_bad_line.transaction() as session:
            pay(session, invoice_id=on_bad_line.charges()[0].invoice_id, now=NOON)
            refused = replace(NO_ANSWER, status=ChargeStatus.DECLINED, reason="insufficient_funds")
            settle_charge(session, on_bad_line.charges()[0].id, refused, now=NOON)
        assert on_bad_line.charges()[0].state is ChargeState.DECLINED
        assert money_mails(on_bad_line) == told

    @pytest.mark.deep
    def test_holds_no_lock_while_it_waits(
        self, on_bad_line: CardCase, bad_line: BadLine, visitor: PortalClient
    ) -> None:
        """The call runs in no transaction: meanwhile others write."""
        bad_line.fault = Fault.SILENT
        seen: list[int] = []

        def call_and_write(request: object) -> object:
            with on_bad_line.transaction() as session:
                session.execute(update(Card).values(brand="visa"))
            seen.append(visitor.get("/entrar").status_code)
            return BY_NAME[CHARGE].call(request)

        with replaced(on_bad_line, replace(BY_NAME[CHARGE], call=call_and_write)):
            on_bad_line.work_off()
        assert seen == [200]


class TestAProcessorThatTakesAMinute:
    @pytest.mark.deep
    def test_holds_up_nobody_and_has_charged_once_in_the_end(
        self, on_bad_line: CardCase, bad_line: BadLine, card_processor: CardProcessor, visitor: PortalClient
    ) -> None:
        """With the patience that production has: the call reaches the processor long after we gave up."""
        on_bad_line.app.extensions["portal.cards"] = card_processor.gateway(url=bad_line.url)
        bad_line.fault, bad_line.holds_s = Fault.LATE, 60
        begun = time.monotonic()
        calling = threading.Thread(target=on_bad_line.work_off)
        calling.start()
        waited: list[float] = []
        while calling.is_alive():
            asked = time.monotonic()
            assert visitor.get("/entrar").status_code == 200
            waited.append(time.monotonic() - asked)
            time.sleep(0.5)
        assert max(waited) < 2
        assert 10 < time.monotonic() - begun < 40
        (charge,) = on_bad_line.charges()
        assert charge.state in (ChargeState.PROCESSING, ChargeState.UNKNOWN)
        wait_until(lambda: card_processor.succeeded() != [], what="the late charge", timeout_s=90)
        bad_line.fault = Fault.NOTHING
        on_bad_line.work_off(NOON + HOUR)
        assert is_paid_once(on_bad_line)


class TestAnUnknownCharge:
    def test_is_looked_for_even_when_its_job_was_given_up(
        self, on_bad_line: CardCase, bad_line: BadLine
    ) -> None:
        bad_line.fault = Fault.DEAF
        on_bad_line.work_off()
        bad_line.fault = Fault.NOTHING
        with on_bad_line.transaction() as session:
            session.execute(
                update(QueuedJob).where(QueuedJob.kind == CHARGE).values(state="failed", finished_at=NOON)
            )
        now = NOON + 10 * MINUTE
        with on_bad_line.transaction() as session:
            sweep_cards(session, now=now)
        on_bad_line.work_off(now)
        assert is_paid_once(on_bad_line)


class TestAKillBetweenTheCallAndItsNote:
    """A killed worker leaves the job leased; when the lease ends it is done again."""

    def twice(self, case: CardCase, name: str, now: datetime = NOON) -> None:
        def killed(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with replaced(case, replace(BY_NAME[name], record=killed)), pytest.raises(KeyboardInterrupt):
            case.work_off(now)
        case.work_off(now + HOUR)

    @pytest.mark.deep
    def test_leaves_one_charge(self, card_case: CardCase) -> None:
        card_case.type_card()
        register(card_case)
        card_case.sign()
        self.twice(card_case, CHARGE)
        assert is_paid_once(card_case)

    @pytest.mark.deep
    def test_leaves_one_refusal(self, card_case: CardCase, card_processor: CardProcessor) -> None:
        card_case.type_card(REFUSED_WHEN_CHARGED)
        register(card_case)
        card_case.sign()
        self.twice(card_case, CHARGE)
        assert len(card_processor.list_all("payment_intents")) == 1
        assert [charge.state for charge in card_case.charges()] == [ChargeState.DECLINED]

    def test_leaves_one_card(self, card_case: CardCase) -> None:
        card_case.type_card()
        visitor = card_case.app.test_client()
        assert isinstance(visitor, PortalClient)
        visitor.get(f"/cartao/{card_case.secret}")
        visitor.submit(f"/cartao/{card_case.secret}/conferir")
        self.twice(card_case, CHECK_SETUP)
        assert len(card_case.cards()) == 1

    @pytest.mark.deep
    def test_leaves_one_customer_and_one_setup_at_the_processor(
        self, unprepared: CardCase, card_processor: CardProcessor
    ) -> None:
        self.twice(unprepared, PREPARE_SETUP)
        assert len(card_processor.list_all("customers")) == len(card_processor.list_all("setup_intents")) == 1

    @pytest.fixture
    def unprepared(self, card_case: CardCase, card_processor: CardProcessor) -> CardCase:
        """The processor has not been asked yet."""
        card_processor.forget()
        with card_case.transaction() as session:
            setup = card_case.setup(session)
            setup.processor_setup, setup.processor_customer, setup.secret = None, "", ""
            setup.asked_at = None
            setup.state = CardSetupState.CREATED
            session.flush()
            queue.enqueue(session, PREPARE_SETUP, subject_id=setup.id, now=NOON)
        return card_case


class TestTheDatabase:
    @pytest.mark.deep
    def test_holds_one_charge_of_an_invoice_under_way(self, card_case: CardCase) -> None:
        card_case.type_card()
        register(card_case)
        card_case.sign()
        assert not fits(card_case, another_charge(card_case))

    def test_holds_no_charge_of_another_contract_than_its_invoices(self, card_case: CardCase) -> None:
        card_case.type_card()
        register(card_case)
        card_case.sign()
        over = {"state": ChargeState.DECLINED, "settled_at": NOON}
        elsewhere = card_case.contract_id + 1
        assert not fits(card_case, another_charge(card_case, contract_id=elsewhere, **over))
        assert fits(card_case, another_charge(card_case, **over))


def another_charge(case: CardCase, **changes: Any) -> Charge:
    """A row like the charge there is, but for `changes`."""
    (first,) = case.charges()
    same = ("partner_id", "customer_id", "contract_id", "billed_to", "invoice_id", "card_id")
    values = {name: getattr(first, name) for name in (*same, "amount_cents", "currency")}
    return Charge(**{"key": "charge:2", "created_at": NOON, **values, **changes})


def fits(case: CardCase, charge: Charge) -> bool:
    """Whether the database takes it."""
    with case.transaction() as session:
        session.add(charge)
        try:
            session.flush()
        except IntegrityError:
            session.rollback()
            return False
    return True


class replaced:  # noqa: N801 - reads as a verb
    """An app whose job of this name is another one, inside the block."""

    def __init__(self, case: CardCase, kind: JobKind) -> None:
        self._kinds: dict[str, JobKind] = case.app.extensions["portal.queue"]
        self._kind, self._before = kind, self._kinds[kind.name]

    def __enter__(self) -> None:
        self._kinds[self._kind.name] = self._kind

    def __exit__(self, *_: object) -> None:
        self._kinds[self._kind.name] = self._before
