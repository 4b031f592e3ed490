"""A card processor in this process: it charges a key once, refuses when told to, and may answer late.

The protocol is tested against a sandbox that speaks it, in `tests/portal/cards`; here are thousands of
charges whose outcomes a test chooses.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from portal.gateways.cards.interface import CardsUnavailable, ForgedNotice, Notice
from portal.gateways.cards.messages import (
    CardFacts,
    ChargeOrder,
    ChargeReport,
    ChargeStatus,
    RefundOrder,
    RefundReport,
    RefundStatus,
    SetupOrder,
    SetupReport,
    SetupStatus,
)
from portal.gateways.pix.interface import PixReturnOrder, PixReturnReport, PixReturnStatus


@dataclass
class Processor:
    """`refusals`: why the next charges are refused; `is_deaf`: the next answer gets lost, its charge not.

    `refused` are cards that refuse whatever they are asked for.
    """

    charges: dict[str, ChargeReport] = field(default_factory=dict)
    refunds: dict[str, RefundReport] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    is_deaf: bool = False
    now: datetime | None = None

    def charged_cents(self) -> int:
        """What was really taken from cards."""
        return sum(report.amount_cents for report in self._succeeded())

    def prepare_setup(self, order: SetupOrder) -> SetupReport:
        """Ready at once."""
        return SetupReport(
            id=f"seti_{order.key}",
            customer=order.customer or f"cus_{order.key}",
            secret="s",
            status=SetupStatus.WAITING,
        )

    def get_setup(self, setup_id: str) -> SetupReport:
        """The customer typed a card."""
        card = CardFacts(method=f"pm_{setup_id}", brand="visa", last4="4242", exp_month=12, exp_year=2040)
        return SetupReport(
            id=setup_id, customer=f"cus_{setup_id}", secret="s", status=SetupStatus.SUCCEEDED, card=card
        )

    def charge(self, order: ChargeOrder) -> ChargeReport | None:
        """Once a key, whatever was answered."""
        known = self.charges.get(order.key)
        if known is None and order.look_only:
            return None
        if known is None:
            known = self.charges[order.key] = self._decide(order)
        if self.is_deaf:
            self.is_deaf = False
            raise CardsUnavailable("no answer")
        return known

    def get_charge(self, charge_id: str) -> ChargeReport:
        """As it was."""
        return next(report for report in self.charges.values() if report.id == charge_id)

    def cancel_charge(self, charge_id: str) -> ChargeReport:
        """None waits for a customer here."""
        return self.get_charge(charge_id)

    def list_succeeded(self, *, since: datetime) -> Iterable[ChargeReport]:
        """Whatever went through after an instant."""
        return [report for report in self._succeeded() if report.paid_at and report.paid_at > since]

    def refund(self, order: RefundOrder) -> RefundReport | None:
        """Once a key, and no more than was charged."""
        known = self.refunds.get(order.key)
        if known is not None or order.look_only:
            return known
        gone = sum(each.amount_cents for each in self.list_refunds(order.charge))
        is_left = gone + order.amount_cents <= self.get_charge(order.charge).amount_cents
        self.refunds[order.key] = RefundReport(
            id=f"re_{order.key}",
            key=order.key,
            charge=order.charge,
            status=RefundStatus.SUCCEEDED if is_left else RefundStatus.FAILED,
            amount_cents=order.amount_cents,
            reason="" if is_left else "charge_already_refunded",
        )
        return self.refunds[order.key]

    def list_refunds(self, charge_id: str) -> Iterable[RefundReport]:
        """Those that were made."""
        made = [each for each in self.refunds.values() if each.charge == charge_id]
        return [each for each in made if each.status is RefundStatus.SUCCEEDED]

    def read_notice(self, payload: bytes, signature: str) -> Notice:
        """It tells nothing by itself."""
        raise ForgedNotice

    def _decide(self, order: ChargeOrder) -> ChargeReport:
        if order.method in self.refused:
            reason = "insufficient_funds"
        else:
            reason = self.refusals.pop(0) if self.refusals else ""
        return ChargeReport(
            id=f"pi_{order.key}",
            key=order.key,
            status=ChargeStatus.DECLINED if reason else ChargeStatus.SUCCEEDED,
            amount_cents=order.amount_cents,
            currency=order.currency,
            reason=reason,
            paid_at=None if reason else self.now,
        )

    def _succeeded(self) -> Iterable[ChargeReport]:
        return [report for report in self.charges.values() if report.status is ChargeStatus.SUCCEEDED]


@dataclass
class PixBank:
    """A bank that gives a Pix back at once, each key once."""

    returns: dict[str, PixReturnReport] = field(default_factory=dict)

    def give_back(self, order: PixReturnOrder) -> PixReturnReport:
        """Returned."""
        report = PixReturnReport(status=PixReturnStatus.RETURNED, reference=f"D{order.key}")
        return self.returns.setdefault(order.key, report)
