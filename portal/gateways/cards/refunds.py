"""Giving money back at Stripe: what may still go back is what Stripe says, read before it is asked for."""

from collections.abc import Iterator
from typing import Any

import stripe

from portal.gateways.cards.messages import RefundOrder, RefundReport, RefundStatus

KEY = "portal_key"
PAGE = 100
TOO_MUCH = "charge_already_refunded"
_STATUSES = {
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
_NOT_TAKEN = frozenset({TOO_MUCH, "charge_disputed", "refund_disputed_payment", "charge_expired_for_refund"})


def refund(client: stripe.StripeClient, order: RefundOrder) -> RefundReport | None:
    """Make a refund of a charge once, or find the one that was made.

    Stripe's own refusals come back as one that failed; any other error is the caller's.
    """
    made = list(list_refunds(client, order.charge))
    if order.look_first or order.look_only:
        found = next((each for each in made if each.key == order.key), None)
        if found is not None or order.look_only:
            return found
    left = _charged_cents(client, order.charge) - sum(
        each.amount_cents for each in made if each.status is not RefundStatus.FAILED
    )
    if order.amount_cents > left:
        return _not_taken(order, TOO_MUCH)
    try:
        made_now = client.v1.refunds.create(
            {"payment_intent": order.charge, "amount": order.amount_cents, "metadata": {KEY: order.key}},
            {"idempotency_key": order.key},
        )
    except stripe.InvalidRequestError as error:
        if error.code in _NOT_TAKEN:
            return _not_taken(order, error.code)
        raise
    return report_of(made_now, order.charge)


def list_refunds(client: stripe.StripeClient, charge: str) -> Iterator[RefundReport]:
    """All refunds of a charge."""
    listed = client.v1.refunds.list({"payment_intent": charge, "limit": PAGE})
    for each in listed.auto_paging_iter():
        yield report_of(each, charge)


def report_of(found: Any, charge: str) -> RefundReport:
    """A refund of theirs in our words."""
    metadata = found.metadata.to_dict() if found.metadata else {}
    return RefundReport(
        id=str(found.id),
        key=str(metadata.get(KEY, "")),
        charge=charge,
        status=_STATUSES.get(str(found.status), RefundStatus.PENDING),
        amount_cents=int(found.amount),
        reason=str(getattr(found, "failure_reason", "") or ""),
    )


def _charged_cents(client: stripe.StripeClient, charge: str) -> int:
    return int(client.v1.payment_intents.retrieve(charge).amount)


def _not_taken(order: RefundOrder, code: str) -> RefundReport:
    return RefundReport(
        id="",
        key=order.key,
        charge=order.charge,
        status=RefundStatus.FAILED,
        amount_cents=order.amount_cents,
        reason=code,
    )
