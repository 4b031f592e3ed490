"""The official client against the processor's sandbox, and what is believed of a webhook."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from stripe import WebhookSignature

from portal.gateways.cards.interface import CardsRefused, CardsUnavailable, ForgedNotice
from portal.gateways.cards.messages import ChargeOrder, ChargeStatus, SetupOrder, SetupReport, SetupStatus
from portal.gateways.cards.stripe import StripeCards
from portal.shared import clock
from tests.support.card_processor import (
    ASKS_BANK,
    GOOD,
    REFUSED,
    REFUSED_WHEN_CHARGED,
    WEBHOOK_SECRET,
    CardProcessor,
)
from tests.support.ports import free_port


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, str]


class Recorder:
    """Keeps what it is sent: an empty list for a question, a fault for everything else."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._keep(200, b'{"object": "list", "data": [], "has_more": false, "url": "/"}')

            def do_POST(self) -> None:
                self._keep(500, b"{}")

            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def _keep(self, status: int, content: bytes) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                recorder.calls.append(
                    Call(self.command, self.path, dict(self.headers.items()), dict(parse_qsl(body)))
                )
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def stripe_itself() -> Iterator[Recorder]:
    recorder = Recorder()
    threading.Thread(target=recorder.server.serve_forever, kwargs={"poll_interval": 0.05}).start()
    yield recorder
    recorder.server.shutdown()
    recorder.server.server_close()


ORDER = SetupOrder(
    key="card-setup:1",
    customer="",
    customer_key="customer:1",
    name="Ana",
    email="ana@p.example",
    look_first=False,
)


@pytest.fixture
def cards(card_sandbox: CardProcessor) -> StripeCards:
    card_sandbox.forget()
    return card_sandbox.gateway()


def charge_order(cards: StripeCards, sandbox: CardProcessor, number: str) -> ChargeOrder:
    """A charge of 199,90 to a card of this number, registered just now."""
    made = cards.prepare_setup(ORDER)
    if sandbox.browser_types(made.id, made.secret, number).get("status") == "requires_action":
        sandbox.browser_confirms(made.id, made.secret)
    card = cards.get_setup(made.id).card
    assert card is not None
    return ChargeOrder(
        key="charge:1",
        customer=made.customer,
        method=card.method,
        amount_cents=199_90,
        currency="BRL",
        look_first=False,
    )


class TestTakingACard:
    def test_gives_its_brand_last_digits_and_expiry(
        self, cards: StripeCards, card_sandbox: CardProcessor
    ) -> None:
        made = cards.prepare_setup(ORDER)
        assert (made.status, made.card) == (SetupStatus.WAITING, None)
        card_sandbox.browser_types(made.id, made.secret, GOOD)
        report = cards.get_setup(made.id)
        assert report.status is SetupStatus.SUCCEEDED
        assert report.card is not None
        card = report.card
        assert (card.brand, card.last4, card.exp_month, card.exp_year) == ("visa", "4242", 12, 2030)

    def test_waits_while_the_bank_asks_the_customer(
        self, cards: StripeCards, card_sandbox: CardProcessor
    ) -> None:
        made = cards.prepare_setup(ORDER)
        card_sandbox.browser_types(made.id, made.secret, ASKS_BANK)
        assert cards.get_setup(made.id).status is SetupStatus.WAITING
        card_sandbox.browser_confirms(made.id, made.secret)
        assert cards.get_setup(made.id).status is SetupStatus.SUCCEEDED

    def test_is_over_when_the_card_is_refused(self, cards: StripeCards, card_sandbox: CardProcessor) -> None:
        made = cards.prepare_setup(ORDER)
        assert card_sandbox.browser_types(made.id, made.secret, REFUSED)["error"]["code"] == "card_declined"
        assert cards.get_setup(made.id).status is SetupStatus.CANCELED

    def test_makes_one_customer_and_one_setup_however_often_it_is_prepared(
        self, cards: StripeCards, card_sandbox: CardProcessor
    ) -> None:
        reports: list[SetupReport] = [cards.prepare_setup(replace(ORDER, look_first=n > 0)) for n in range(3)]
        assert len({report.id for report in reports}) == 1
        assert len(card_sandbox.list_all("customers")) == len(card_sandbox.list_all("setup_intents")) == 1


class TestCharging:
    @pytest.mark.parametrize(
        ("number", "status", "reason"),
        [
            (GOOD, ChargeStatus.SUCCEEDED, ""),
            (REFUSED_WHEN_CHARGED, ChargeStatus.DECLINED, "card_declined"),
            (ASKS_BANK, ChargeStatus.REQUIRES_ACTION, ""),
        ],
    )
    def test_says_what_came_of_it(
        self, cards: StripeCards, card_sandbox: CardProcessor, number: str, status: ChargeStatus, reason: str
    ) -> None:
        report = cards.charge(charge_order(cards, card_sandbox, number))
        assert report is not None
        assert (report.status, report.reason, report.key) == (status, reason, "charge:1")
        assert (report.amount_cents, report.currency) == (199_90, "BRL")
        assert (report.paid_at is not None) == (status is ChargeStatus.SUCCEEDED)

    def test_finds_the_charge_that_was_made_before(
        self, cards: StripeCards, card_sandbox: CardProcessor
    ) -> None:
        order = charge_order(cards, card_sandbox, GOOD)
        first = cards.charge(order)
        assert cards.charge(replace(order, look_first=True)) == first
        assert len(card_sandbox.succeeded()) == 1

    def test_makes_none_when_it_is_only_to_look(
        self, cards: StripeCards, card_sandbox: CardProcessor
    ) -> None:
        order = charge_order(cards, card_sandbox, GOOD)
        assert cards.charge(replace(order, look_first=True, look_only=True)) is None
        assert card_sandbox.list_all("payment_intents") == []

    def test_can_be_given_up_while_the_bank_waits_but_not_once_paid(
        self, cards: StripeCards, card_sandbox: CardProcessor
    ) -> None:
        waiting = cards.charge(charge_order(cards, card_sandbox, ASKS_BANK))
        assert waiting
        assert cards.cancel_charge(waiting.id).status is ChargeStatus.CANCELED
        paid = cards.charge(replace(charge_order(cards, card_sandbox, GOOD), key="charge:2"))
        assert paid
        assert cards.cancel_charge(paid.id).status is ChargeStatus.SUCCEEDED

    def test_is_listed_once_it_went_through(self, cards: StripeCards, card_sandbox: CardProcessor) -> None:
        paid = cards.charge(charge_order(cards, card_sandbox, GOOD))
        cards.charge(replace(charge_order(cards, card_sandbox, REFUSED_WHEN_CHARGED), key="charge:2"))
        since = clock.now() - timedelta(hours=1)
        assert list(cards.list_succeeded(since=since)) == [paid]
        assert list(cards.list_succeeded(since=clock.now() + timedelta(hours=1))) == []


class TestWhatStripeItselfIsSent:
    """Stripe takes what the sandbox does not, and refuses what older versions took."""

    def test_is_limited_to_cards_narrowed_and_bears_our_key(self, stripe_itself: Recorder) -> None:
        cards = StripeCards(secret_key="sk_live_1", webhook_secret=WEBHOOK_SECRET, api_url=stripe_itself.url)
        order = ChargeOrder(
            key="charge:1", customer="cus_1", method="pm_1", amount_cents=1, currency="BRL", look_first=True
        )
        with pytest.raises(CardsUnavailable):  # the recorder answers nothing of use
            cards.charge(order)
        look, make = stripe_itself.calls
        assert (look.method, look.path) == ("GET", "/v1/payment_intents?limit=100&customer=cus_1")
        assert (make.method, make.headers["Idempotency-Key"]) == ("POST", "charge:1")
        assert make.form["allowed_payment_method_types[0]"] == "card"
        assert (make.form["off_session"], make.form["metadata[portal_key]"]) == ("true", "charge:1")
        assert not [name for name in make.form if name.startswith("payment_method_types")]


class TestAProcessorThatDoesNotHelp:
    def test_is_unavailable_when_nobody_answers(self, card_sandbox: CardProcessor) -> None:
        with pytest.raises(CardsUnavailable):
            card_sandbox.gateway(url=f"http://127.0.0.1:{free_port()}").get_charge("pi_1")

    def test_refuses_what_it_does_not_know(self, cards: StripeCards) -> None:
        with pytest.raises(CardsRefused, match="404"):
            cards.get_charge("pi_unknown")


def event(**changes: Any) -> dict[str, Any]:
    thing = {"id": "pi_1", "object": "payment_intent", "metadata": {"portal_key": "charge:1"}}
    return {
        "id": "evt_1",
        "type": "payment_intent.succeeded",
        "created": 1_780_000_000,
        "livemode": False,
        "data": {"object": thing},
        **changes,
    }


def signed(content: dict[str, Any], *, secret: str = WEBHOOK_SECRET, age_s: int = 0) -> tuple[bytes, str]:
    payload = json.dumps(content)
    at = int(clock.now().timestamp()) - age_s
    return payload.encode(), WebhookSignature.generate_signature_header(payload, secret, at)


class TestAWebhook:
    def test_is_read_when_all_is_right(self, cards: StripeCards) -> None:
        notice = cards.read_notice(*signed(event()))
        assert (notice.id, notice.kind) == ("evt_1", "payment_intent.succeeded")
        assert (notice.object_id, notice.key) == ("pi_1", "charge:1")
        assert notice.at == datetime.fromtimestamp(1_780_000_000, UTC)

    def test_may_be_about_something_without_our_key(self, cards: StripeCards) -> None:
        assert cards.read_notice(*signed(event(data={"object": {"id": "cus_1", "metadata": None}}))).key == ""

    @pytest.mark.parametrize(
        "forge",
        [
            lambda: signed(event(), secret="whsec_somebody_else"),
            lambda: signed(event(), age_s=301),
            lambda: signed(event(livemode=True)),
            lambda: signed(event(livemode=None)),
            lambda: signed(event(account="acct_other")),
            lambda: signed(event(id=None)),
            lambda: (signed(event())[0] + b" ", signed(event())[1]),
            lambda: (signed(event())[0], ""),
            lambda: (signed(event())[0], "t=x,v1=y"),
            lambda: (b"\xff\xfe", signed(event())[1]),
        ],
        ids=[
            "secret",
            "old",
            "live",
            "no mode",
            "account",
            "content",
            "body",
            "unsigned",
            "nonsense",
            "bytes",
        ],
    )
    def test_is_not_believed_otherwise(
        self, cards: StripeCards, forge: Callable[[], tuple[bytes, str]]
    ) -> None:
        with pytest.raises(ForgedNotice):
            cards.read_notice(*forge())
