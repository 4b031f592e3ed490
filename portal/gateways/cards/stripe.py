"""Stripe, or a sandbox that speaks its language, by the official client.

The sandbox knows fewer parameters than Stripe: what only Stripe takes (narrowed lists, "cards only") is sent
to Stripe alone. It keeps no idempotency keys either, so a call that may have happened is looked for by our
key in the metadata before it is made again.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import stripe
from stripe import RequestOptions
from stripe.params import PaymentIntentCreateParams, SetupIntentCreateParams

from portal.gateways.cards import notices, refunds
from portal.gateways.cards.interface import CardsRefused, CardsUnavailable, ForgedNotice, Notice
from portal.gateways.cards.messages import (
    CardFacts,
    ChargeOrder,
    ChargeReport,
    ChargeStatus,
    RefundOrder,
    RefundReport,
    SetupOrder,
    SetupReport,
    SetupStatus,
)

TIMEOUT_S = 15
TOLERANCE_S = 300
KEY, PAGE = refunds.KEY, refunds.PAGE  # our key in the metadata of what we make
_SETUPS = {"succeeded": SetupStatus.SUCCEEDED, "canceled": SetupStatus.CANCELED}
_CHARGES = {
    "succeeded": ChargeStatus.SUCCEEDED,
    "processing": ChargeStatus.PROCESSING,
    "requires_capture": ChargeStatus.PROCESSING,
    "requires_action": ChargeStatus.REQUIRES_ACTION,
    "requires_confirmation": ChargeStatus.REQUIRES_ACTION,
    "canceled": ChargeStatus.CANCELED,
}
_NEEDS_CUSTOMER = "authentication_required"


class StripeCards:
    """A CardGateway."""

    def __init__(
        self,
        *,
        secret_key: str,
        webhook_secret: str,
        api_url: str | None = None,
        is_sandbox: bool = False,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        addresses: Any = {"api": api_url} if api_url else {}
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses=addresses,
            max_network_retries=0,  # a repetition is ours to decide
            http_client=stripe.RequestsClient(timeout=timeout_s),
        )
        self._webhook_secret = webhook_secret
        self._is_live = "_live_" in secret_key
        self._is_sandbox = is_sandbox

    def prepare_setup(self, order: SetupOrder) -> SetupReport:
        setups = self._client.v1.setup_intents
        with _asking():
            customer = order.customer or self._customer(order)
            found = self._find(setups, order.key, customer=customer) if order.look_first else None
            params: SetupIntentCreateParams = {
                "customer": customer,
                "usage": "off_session",
                "metadata": {KEY: order.key},
            }
            if not self._is_sandbox:
                params["allowed_payment_method_types"] = ["card"]
            return self._setup(found or setups.create(params, {"idempotency_key": order.key}))

    def get_setup(self, setup_id: str) -> SetupReport:
        with _asking():
            return self._setup(self._client.v1.setup_intents.retrieve(setup_id))

    def charge(self, order: ChargeOrder) -> ChargeReport | None:
        with _asking():
            if order.look_first and (found := self._find_charge(order)):
                return found
            if order.look_only:
                return None
            options: RequestOptions = {"idempotency_key": order.key}
            try:
                return _charge(self._client.v1.payment_intents.create(self._charge_params(order), options))
            except stripe.CardError:
                # Refused, or the customer's bank wants to ask the customer: the object tells which.
                found = self._find_charge(order)
                if found is None:
                    raise
                return found

    def get_charge(self, charge_id: str) -> ChargeReport:
        with _asking():
            return self._get_charge(charge_id)

    def cancel_charge(self, charge_id: str) -> ChargeReport:
        with _asking():
            report = self._get_charge(charge_id)
            if report.status in (ChargeStatus.SUCCEEDED, ChargeStatus.PROCESSING, ChargeStatus.CANCELED):
                return report
            self._client.v1.payment_intents.cancel(charge_id)
            return self._get_charge(charge_id)

    def list_succeeded(self, *, since: datetime) -> Iterable[ChargeReport]:
        with _asking():
            charges = self._client.v1.charges.list({"created": {"gt": int(since.timestamp())}, "limit": PAGE})
            ids = [each.payment_intent for each in charges.auto_paging_iter() if each.status == "succeeded"]
            return [self._get_charge(str(intent)) for intent in ids if intent]

    def refund(self, order: RefundOrder) -> RefundReport | None:
        with _asking():
            return refunds.refund(self._client, order)

    def list_refunds(self, charge_id: str) -> Iterable[RefundReport]:
        with _asking():
            return list(refunds.list_refunds(self._client, charge_id))

    def read_notice(self, payload: bytes, signature: str) -> Notice:
        try:
            stripe.WebhookSignature.verify_header(payload, signature, self._webhook_secret, TOLERANCE_S)
            event = json.loads(payload)
            notice = notices.read(event)
        except stripe.SignatureVerificationError as error:
            raise ForgedNotice("signature") from error
        except (ValueError, LookupError, TypeError, ArithmeticError, OSError, RecursionError) as error:
            raise ForgedNotice("content") from error
        if event.get("livemode") is not self._is_live:
            raise ForgedNotice("mode")
        if event.get("account"):  # of an account connected to ours: we connect none
            raise ForgedNotice("account")
        return notice

    def _charge_params(self, order: ChargeOrder) -> PaymentIntentCreateParams:
        params: PaymentIntentCreateParams = {
            "amount": order.amount_cents,
            "currency": order.currency.lower(),
            "customer": order.customer,
            "payment_method": order.method,
            "off_session": True,
            "confirm": True,
            "metadata": {KEY: order.key},
            "expand": ["latest_charge"],
        }
        if not self._is_sandbox:
            params["allowed_payment_method_types"] = ["card"]
        return params

    def _customer(self, order: SetupOrder) -> str:
        customers = self._client.v1.customers
        found = self._find(customers, order.customer_key, email=order.email) if order.look_first else None
        made = found or customers.create(
            {"name": order.name, "email": order.email, "metadata": {KEY: order.customer_key}},
            {"idempotency_key": order.customer_key},
        )
        return str(made.id)

    def _find(self, service: Any, key: str, **narrow: str) -> Any:
        """What bears our key. The sandbox cannot narrow its lists, but they are short."""
        listed = service.list({"limit": PAGE} | ({} if self._is_sandbox else narrow))
        for thing in listed.auto_paging_iter():
            if _key_of(thing) == key:
                return thing
        return None

    def _find_charge(self, order: ChargeOrder) -> ChargeReport | None:
        found = self._find(self._client.v1.payment_intents, order.key, customer=order.customer)
        return self._get_charge(found.id) if found else None

    def _get_charge(self, charge_id: str) -> ChargeReport:
        retrieve = self._client.v1.payment_intents.retrieve
        return _charge(retrieve(charge_id, {"expand": ["latest_charge"]}))

    def _setup(self, intent: Any) -> SetupReport:
        status = _SETUPS.get(intent.status, SetupStatus.WAITING)
        card = None
        if status is SetupStatus.SUCCEEDED:
            method = self._client.v1.payment_methods.retrieve(str(intent.payment_method))
            facts: Any = method.card
            card = CardFacts(
                method=method.id,
                brand=facts.brand,
                last4=facts.last4,
                exp_month=int(facts.exp_month),
                exp_year=int(facts.exp_year),
            )
        return SetupReport(
            id=intent.id, customer=intent.customer, secret=intent.client_secret, status=status, card=card
        )


@contextmanager
def _asking() -> Iterator[None]:
    """Say in our words how a call failed; nothing of what was sent stands in the message."""
    try:
        yield
    except (stripe.AuthenticationError, stripe.PermissionError, stripe.InvalidRequestError) as error:
        raise CardsRefused(
            f"{type(error).__name__} {error.http_status} {error.code or ''}".strip()
        ) from error
    except stripe.StripeError as error:
        raise CardsUnavailable(type(error).__name__) from error


def _charge(intent: Any) -> ChargeReport:
    problem = intent.last_payment_error.to_dict() if intent.last_payment_error else {}
    reason = str(problem.get("decline_code") or problem.get("code") or "")
    paid = intent.latest_charge if intent.status == "succeeded" else None
    return ChargeReport(
        id=intent.id,
        key=_key_of(intent),
        status=_status(intent.status, reason),
        amount_cents=int(intent.amount),
        currency=str(intent.currency).upper(),
        secret=str(intent.client_secret or ""),
        reason=reason,
        paid_at=datetime.fromtimestamp(paid.created, UTC) if paid else None,
    )


def _key_of(thing: Any) -> str:
    return str(thing.metadata.to_dict().get(KEY, "")) if thing.metadata else ""


def _status(status: str, reason: str) -> ChargeStatus:
    if status == "requires_payment_method":  # Stripe's word for a refusal, and for one the customer can lift
        return ChargeStatus.REQUIRES_ACTION if reason == _NEEDS_CUSTOMER else ChargeStatus.DECLINED
    return _CHARGES.get(status, ChargeStatus.PROCESSING)
