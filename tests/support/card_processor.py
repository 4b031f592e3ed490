"""A card processor of this test run's own: the sandbox in a process, and a customer's browser."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from portal.config import CardSettings
from portal.gateways.cards.stripe import StripeCards
from portal.shared import queue
from portal.shared.db import db
from portal.shared.queue import Lane
from tests.support.ports import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
SECRET_KEY, PUBLIC_KEY, WEBHOOK_SECRET = "sk_test_tests", "pk_test_tests", "whsec_tests"

# What the sandbox does with a number.
GOOD = "4242424242424242"
ASKS_BANK = "4000002760003184"  # 3-D Secure, when it is registered and when it is charged
REFUSED = "4000000000000002"
REFUSED_WHEN_CHARGED = "4000000000000341"

CHARGED = ("payment_intent.succeeded", "payment_intent.payment_failed")


class CardProcessor:
    """The sandbox at `url`; `browser_*` is what the processor's script does in the customer's browser."""

    from_scratch = True

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to answer, from scratch."""
        options = ["--port", str(self.port), "--store", str(self._folder / "store")]
        if self.from_scratch:
            options.append("--from-scratch")
        with (self._folder / "sandbox.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tools.card_sandbox", *options], cwd=ROOT, stdout=log, stderr=log
            )
        wait_until(self._answers, what="the card sandbox", timeout_s=60)

    def stop(self) -> None:
        """Be away."""
        if self._process:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def forget(self) -> None:
        """Know nothing."""
        requests.delete(f"{self.url}/_config/data", timeout=10).raise_for_status()

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a portal in another process that uses it."""
        return {
            "PORTAL_CARD_SECRET_KEY": SECRET_KEY,
            "PORTAL_CARD_PUBLIC_KEY": PUBLIC_KEY,
            "PORTAL_CARD_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "PORTAL_CARD_SANDBOX_URL": self.url,
        }

    def tell(self, address: str, *, of: Sequence[str] = CHARGED) -> None:
        """Send signed notices of what happens to this address, which replaces the one before."""
        hook = {"url": address, "secret": WEBHOOK_SECRET, "events": list(of)}
        requests.post(f"{self.url}/_config/webhooks/portal", json=hook, timeout=10).raise_for_status()

    def gateway(self, *, url: str = "", timeout_s: float = 15) -> StripeCards:
        """The portal's side of it; through another address when one stands between."""
        return StripeCards(
            secret_key=SECRET_KEY,
            webhook_secret=WEBHOOK_SECRET,
            api_url=url or self.url,
            is_sandbox=True,
            timeout_s=timeout_s,
        )

    def browser_types(self, setup_id: str, secret: str, number: str = GOOD) -> dict[str, Any]:
        """The customer types a card; the answer's `status`, or its `error`."""
        card = {"number": number, "exp_month": "12", "exp_year": "2030", "cvc": "123"}
        data = {"type": "card", "card": card}
        return self._confirm(setup_id, secret, payment_method_data=data)

    def browser_confirms(self, setup_id: str, secret: str) -> dict[str, Any]:
        """The customer's bank asked for a confirmation and got it."""
        return self._confirm(setup_id, secret)

    def browser_authenticates(self, charge_id: str, secret: str, *, success: bool) -> None:
        """The customer's bank asked about a charge and got a yes or a no."""
        address = f"{self.url}/v1/payment_intents/{charge_id}/_authenticate?success={str(success).lower()}"
        requests.post(address, json={"key": PUBLIC_KEY, "client_secret": secret}, timeout=10)

    def list_all(self, things: str) -> list[dict[str, Any]]:
        """Everything it has of a kind: "payment_intents", "charges", "customers", "setup_intents"."""
        answer = requests.get(
            f"{self.url}/v1/{things}?limit=100", headers={"Authorization": f"Bearer {SECRET_KEY}"}, timeout=10
        )
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    def succeeded(self) -> list[dict[str, Any]]:
        """The charges that took money."""
        return [charge for charge in self.list_all("charges") if charge["status"] == "succeeded"]

    def _confirm(self, setup_id: str, secret: str, **data: Any) -> dict[str, Any]:
        body = {"key": PUBLIC_KEY, "client_secret": secret, **data}
        answer = requests.post(f"{self.url}/v1/setup_intents/{setup_id}/confirm", json=body, timeout=10)
        found: dict[str, Any] = answer.json()
        return found

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/js.stripe.com/v3/", timeout=1).ok
        except requests.RequestException:
            return False


@pytest.fixture(scope="session")
def card_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardProcessor]:
    """The process, once a run."""
    processor = CardProcessor(tmp_path_factory.mktemp("cards"))
    processor.start()
    yield processor
    processor.stop()


@pytest.fixture
def card_processor(card_sandbox: CardProcessor, app: Flask) -> Iterator[CardProcessor]:
    """The sandbox, knowing nothing yet, and the app configured to use it."""
    card_sandbox.forget()
    before, gateway = app.config["PORTAL"], app.extensions["portal.cards"]
    cards = CardSettings(
        secret_key=SECRET_KEY,
        public_key=PUBLIC_KEY,
        webhook_secret=WEBHOOK_SECRET,
        sandbox_url=card_sandbox.url,
    )
    app.config["PORTAL"] = replace(before, cards=cards)
    app.extensions["portal.cards"] = card_sandbox.gateway()
    yield card_sandbox
    app.config["PORTAL"], app.extensions["portal.cards"] = before, gateway


def run_queue(app: Flask, now: datetime, *, without: Lane | None = None) -> None:
    """Do what is due at an instant, as the worker would; in every lane, or not in one."""
    with app.app_context():
        if without is None:
            queue.run_all(db.engine, clock=lambda: now)
            return
        lanes = [lane for lane in Lane if lane is not without]
        while any(queue.run_next_job(db.engine, lane, clock=lambda: now) for lane in lanes):
            pass
