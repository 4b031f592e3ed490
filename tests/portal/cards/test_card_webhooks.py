"""What the processor tells us: believed only when signed, kept once, and asked about (S1–S3, S6–S8)."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select
from stripe import WebhookSignature

from portal.cards.models.charge import ProcessorEvent
from portal.cards.rules.cards import ChargeState
from portal.cards.scheduled import compare_card_charges, sweep_cards
from portal.contracts.rules.states import ContractState
from portal.receipts.models.payment import ParkedPayment, Payment
from portal.shared import clock
from portal.shared.auth import Role
from portal.shared.db import Base
from portal.tasks.models import Task, TaskMention
from tests.factories.cards import CardCase
from tests.factories.quotes import NOON
from tests.support.card_processor import ASKS_BANK, GOOD, SECRET_KEY, WEBHOOK_SECRET, CardProcessor
from tests.support.clients import PortalClient

MINUTES = timedelta(minutes=1)
EVENT = (
    '{"id": "evt_1", "type": "charge.succeeded", "created": 0.25, "livemode": false,'
    ' "data": {"object": {"id": "ch_9"}}}'
)


def deliver(
    visitor: PortalClient, content: dict[str, Any], *, secret: str = WEBHOOK_SECRET, age_s: int = 0
) -> int:
    """The processor calls; the status it gets."""
    return send(visitor, json.dumps(content), secret=secret, age_s=age_s)


def send(visitor: PortalClient, payload: str, *, secret: str = WEBHOOK_SECRET, age_s: int = 0) -> int:
    header = WebhookSignature.generate_signature_header(payload, secret, int(clock.now().timestamp()) - age_s)
    return visitor.post("/webhooks/cartao", data=payload, headers={"Stripe-Signature": header}).status_code


def event(kind: str, thing: dict[str, Any], number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"evt_{number}",
        "type": kind,
        "created": int(clock.now().timestamp()),
        "livemode": False,
        "data": {"object": thing},
        **changes,
    }


def setup_event(case: CardCase, number: int = 1, **changes: Any) -> dict[str, Any]:
    """The event for a registered card, which Stripe sends and the sandbox does not."""
    with case.transaction() as session:
        setup = case.setup(session)
        thing = {"id": setup.processor_setup, "metadata": {"portal_key": setup.key}}
    return event("setup_intent.succeeded", thing, number, **changes)


def charge_event(case: CardCase, kind: str = "payment_intent.succeeded", number: int = 2) -> dict[str, Any]:
    charge = case.charges()[-1]
    return event(kind, {"id": charge.processor_charge, "metadata": {"portal_key": charge.key}}, number)


def rows(case: CardCase) -> dict[str, int]:
    with case.transaction() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


class TestANotice:
    @pytest.mark.deep
    def test_of_a_registered_card_is_asked_about_and_registers_it(
        self, visitor: PortalClient, card_case: CardCase
    ) -> None:
        """The browser never told us: the customer closed the page at once."""
        card_case.type_card()
        assert deliver(visitor, setup_event(card_case)) == 200
        card_case.work_off()
        assert [card.last4 for card in card_case.cards()] == ["4242"]

    def test_that_lies_registers_nothing(self, visitor: PortalClient, card_case: CardCase) -> None:
        assert deliver(visitor, setup_event(card_case)) == 200
        card_case.work_off()
        assert card_case.cards() == []

    def test_of_something_that_is_not_ours_is_kept_and_finance_is_asked_once(
        self, visitor: PortalClient, card_case: CardCase
    ) -> None:
        for number in (1, 2):
            thing = {"id": f"rv_{number}", "metadata": None}
            assert deliver(visitor, event("review.opened", thing, number)) == 200
        assert deliver(visitor, event("radar.early_fraud_warning.created", {"id": "issfr_9"}, 3)) == 200
        with card_case.transaction() as session:
            kept = session.scalars(select(ProcessorEvent).order_by(ProcessorEvent.id)).all()
            assert [each.understood for each in kept] == [False] * 3
            review, fraud = session.scalars(select(Task).order_by(Task.id))
            assert (review.team, review.title) == (
                Role.FINANCE,
                "Aviso da operadora de cartão que não entendemos: review.opened",
            )
            assert "nada foi feito com eles" in review.detail
            assert "early_fraud_warning" in fraud.title
            said = select(TaskMention.said).where(TaskMention.task_id == review.id).order_by(TaskMention.id)
            assert session.scalars(said).all() == ["Aviso evt_1, sobre rv_1", "Aviso evt_2, sobre rv_2"]

    def test_that_only_says_what_we_asked_for_is_understood(
        self, visitor: PortalClient, card_case: CardCase
    ) -> None:
        assert deliver(visitor, event("customer.created", {"id": "cus_9", "metadata": None})) == 200
        with card_case.transaction() as session:
            assert session.scalars(select(ProcessorEvent)).one().understood
            assert session.scalars(select(Task)).all() == []

    @pytest.mark.deep
    def test_of_a_charge_whose_answer_was_lost_is_known_by_our_key(
        self, visitor: PortalClient, card_case: CardCase
    ) -> None:
        card_case.type_card()
        deliver(visitor, setup_event(card_case))
        card_case.work_off()
        card_case.sign()
        (charge,) = card_case.charges()
        thing = {"id": "pi_unreported", "metadata": {"portal_key": charge.key}}
        deliver(visitor, event("payment_intent.succeeded", thing, 3))
        with card_case.transaction() as session:
            assert session.scalars(select(ProcessorEvent).filter_by(event_id="evt_3")).one().understood

    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("kind", "content"),
        [
            ("balance.available", {"data": {"object": {"object": "balance", "available": []}}}),
            ("invoice.upcoming", {"data": {"object": {"object": "invoice", "id": None, "metadata": {}}}}),
            ("customer.deleted", {"data": {"object": {"id": "cus_9"}}}),
            ("reporting.report_type.updated", {"data": {"object": {"id": "rt_9", "metadata": []}}}),
            ("v2.core.event_destination.ping", {"created": "2026-06-10T15:00:00.000Z", "data": None}),
            ("v1.billing.meter.no_meter_found", {"created": "2026-06-10T15:00:00.000Z", "data": {}}),
        ],
    )
    def test_of_no_interest_is_accepted_and_recorded_as_not_understood(
        self, visitor: PortalClient, card_case: CardCase, kind: str, content: dict[str, Any]
    ) -> None:
        before = rows(card_case)
        for _ in range(2):
            assert deliver(visitor, event(kind, {}, **content)) == 200
        assert rows(card_case) == {**before, "processor_events": 1, "tasks": 1, "task_mentions": 1}
        with card_case.transaction() as session:
            kept = session.scalars(select(ProcessorEvent)).one()
            assert (kept.kind, kept.understood) == (kind, False)
            assert kept.happened_at == NOON


class TestManyNotices:
    @pytest.mark.deep
    def test_are_one_however_often_and_in_whatever_order_they_come(
        self, visitor: PortalClient, card_case: CardCase, card_processor: CardProcessor
    ) -> None:
        card_case.type_card()
        deliver(visitor, setup_event(card_case))
        card_case.work_off()
        card_case.sign()
        card_case.work_off()
        before = rows(card_case)
        happened = [
            charge_event(card_case, "payment_intent.succeeded", 5),
            charge_event(card_case, "charge.succeeded", 6),
            charge_event(card_case, "payment_intent.payment_failed", 4),
            charge_event(card_case, "payment_intent.created", 3),
        ]
        for content in (*happened, *reversed(happened)):
            assert deliver(visitor, content) == 200
            card_case.work_off()
        after = rows(card_case)
        assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {
            "processor_events": 4
        }
        assert card_case.charges()[0].state is ChargeState.SUCCEEDED
        assert len(card_processor.succeeded()) == 1

    def test_are_one_when_they_come_at_the_same_time(self, app: Flask, card_case: CardCase) -> None:
        card_case.type_card()
        content = setup_event(card_case)

        def call(_: int) -> int:
            client: Any = app.test_client()
            return deliver(client, content)

        with ThreadPoolExecutor(6) as pool:
            assert set(pool.map(call, range(6))) == {200}
        card_case.work_off()
        with card_case.transaction() as session:
            assert session.scalar(select(func.count()).select_from(ProcessorEvent)) == 1
        assert len(card_case.cards()) == 1


class TestAForgedNotice:
    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("content", "how"),
        [
            ({}, {"secret": "whsec_somebody_else"}),
            ({}, {"age_s": 301}),
            ({"livemode": True}, {}),
            ({"account": "acct_other"}, {}),
        ],
        ids=["signature", "time", "mode", "account"],
    )
    def test_writes_nothing(
        self, visitor: PortalClient, card_case: CardCase, content: dict[str, Any], how: dict[str, Any]
    ) -> None:
        card_case.type_card()
        notice, before = setup_event(card_case, **content), rows(card_case)
        assert deliver(visitor, notice, **how) == 400
        assert rows(card_case) == before

    @pytest.mark.parametrize(
        "payload",
        [
            "",
            "[]",
            "null",
            "{}",
            "{" * 20,
            "[" * 200_000,
            '{"data":' * 100_000,
            EVENT.replace("evt_1", "evt_" + "x" * 300),
            EVENT.replace("evt_1", "evt_\\u0000"),
            EVENT.replace("evt_1", "evt_\\ud800"),
            EVENT.replace('"evt_1"', "null"),
            EVENT.replace('"evt_1"', '{"a": 1}'),
            EVENT.replace("ch_9", "\\u0000"),
            EVENT.replace('"ch_9"', "[1]"),
            EVENT.replace("0.25", "1" + "0" * 30),
            EVENT.replace("0.25", "1" + "0" * 5000),
            EVENT.replace("0.25", "1e999"),
            EVENT.replace("0.25", "NaN"),
            EVENT.replace("0.25", "true"),
            EVENT.replace("0.25", '"tomorrow"'),
        ],
        ids=lambda payload: f"{payload[:24]}_{len(payload)}",
    )
    def test_that_is_no_event_is_refused_however_deep_or_huge(
        self, visitor: PortalClient, card_case: CardCase, payload: str
    ) -> None:
        before = rows(card_case)
        assert send(visitor, payload) == 400
        assert rows(card_case) == before

    def test_is_no_address_where_cards_are_not_in_use(self, app: Flask, visitor: PortalClient) -> None:
        assert app.extensions["portal.cards"] is None
        assert visitor.post("/webhooks/cartao", data=b"{}").status_code == 404


class TestWithEverythingBehindItDown:
    def test_answers_at_once(
        self, visitor: PortalClient, card_case: CardCase, card_processor: CardProcessor
    ) -> None:
        card_case.type_card()
        notice = setup_event(card_case)
        card_case.app.extensions["portal.cards"] = card_processor.gateway(url="http://127.0.0.1:1")
        begun = time.perf_counter()
        assert deliver(visitor, notice) == 200
        assert time.perf_counter() - begun < 2
        card_case.work_off()  # in vain
        assert card_case.cards() == []
        card_case.app.extensions["portal.cards"] = card_processor.gateway()
        card_case.work_off(NOON + MINUTES)
        assert len(card_case.cards()) == 1


class TestTheSweep:
    def sweep(self, case: CardCase, minutes: int) -> None:
        now = NOON + minutes * MINUTES
        with case.transaction() as session:
            sweep_cards(session, now=now)
        case.work_off(now)

    def test_finds_a_card_nobody_told_us_of(self, visitor: PortalClient, card_case: CardCase) -> None:
        visitor.get(f"/cartao/{card_case.secret}")
        card_case.type_card()
        self.sweep(card_case, 6)
        assert len(card_case.cards()) == 1

    @pytest.mark.deep
    def test_finds_a_charge_the_customer_confirmed_and_nobody_told_us_of(
        self, visitor: PortalClient, card_case: CardCase, card_processor: CardProcessor
    ) -> None:
        visitor.get(f"/cartao/{card_case.secret}")
        card_case.type_card(ASKS_BANK)
        self.sweep(card_case, 6)
        card_case.sign()
        card_case.work_off()
        (charge,) = card_case.charges()
        card_processor.browser_authenticates(charge.processor_charge or "", charge.secret, success=True)
        self.sweep(card_case, 12)
        assert card_case.contract().state is ContractState.ACTIVE

    @pytest.mark.deep
    def test_leaves_alone_what_was_asked_just_now(self, visitor: PortalClient, card_case: CardCase) -> None:
        visitor.get(f"/cartao/{card_case.secret}")
        self.sweep(card_case, 6)
        card_case.type_card()
        self.sweep(card_case, 7)
        assert card_case.cards() == []
        self.sweep(card_case, 12)
        assert len(card_case.cards()) == 1


class TestTheNightlyComparison:
    def compare(self, case: CardCase) -> None:
        with case.transaction() as session:
            compare_card_charges(session, now=NOON)
        case.work_off()

    @pytest.mark.deep
    def test_finds_nothing_when_all_is_well(
        self, visitor: PortalClient, card_case: CardCase, caplog: pytest.LogCaptureFixture
    ) -> None:
        visitor.get(f"/cartao/{card_case.secret}")
        card_case.type_card(GOOD)
        visitor.submit(f"/cartao/{card_case.secret}/conferir")
        card_case.work_off()
        card_case.sign()
        card_case.work_off()
        before = rows(card_case)
        self.compare(card_case)
        assert "differ" not in caplog.text
        assert rows(card_case)["payments"] == before["payments"] == 1

    def test_parks_money_nobody_here_asked_for(
        self, card_case: CardCase, card_processor: CardProcessor, caplog: pytest.LogCaptureFixture
    ) -> None:
        requests.post(
            f"{card_processor.url}/v1/payment_intents",
            json={"amount": 5000, "currency": "brl", "confirm": True, "payment_method": "pm_card_visa"},
            headers={"Authorization": f"Bearer {SECRET_KEY}"},
            timeout=10,
        )
        for _ in range(2):
            self.compare(card_case)
        with card_case.transaction() as session:
            payment = session.scalars(select(Payment)).one()
            assert (payment.amount_cents, payment.outcome.value) == (50_00, "parked")
            assert session.scalar(select(func.count()).select_from(ParkedPayment)) == 1
        assert f"{payment_id(card_processor)} was charged and is not among our payments" in caplog.text


def payment_id(processor: CardProcessor) -> str:
    (intent,) = processor.list_all("payment_intents")
    return str(intent["id"])
