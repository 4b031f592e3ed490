"""What a cancellation does to time and money. Pure.

The rule, in order (docs/cancellation.md has it as a table):

1. A consumer may withdraw within seven days of contracting: everything paid is given back, nothing is owed.
2. What is paid is used: the contract ends on the last day that is covered.
3. Nothing covered: it ends today.
4. An open invoice no more than 15 days late is dropped; one that is later stays and is collected, because the
   service was there. Money on its way from the bank stays with its invoice, and covers what it pays for.

Where only some services end, the same days hold for them. An invoice that would be dropped has the other
services too: the share of those that end comes off it. Who withdraws gets back their share of what was paid.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

WITHDRAWAL_DAYS = 7
COLLECTED_AFTER_DAYS = 15


class Fate(StrEnum):
    """What becomes of an open invoice."""

    DROPPED = "dropped"
    REDUCED = "reduced"
    COLLECTED = "collected"
    AWAITED = "awaited"


class OpenInvoice(NamedTuple):
    """An invoice that is owed: for which days, and since when it is late (0: it is not).

    `is_settling`: the bank reported its payment, the money is on its way. `share_cents` of it are for the
    services that end, where those are only some.
    """

    invoice_id: int
    label: str
    open_cents: int
    days_late: int
    covers_until: date
    is_settling: bool = False
    share_cents: int = 0


class Facts(NamedTuple):
    """What is known of a contract when its customer asks to leave.

    `covered_until`: the last day that is paid; None when none ever was. `contracted_on`: the day it was
    signed. `is_consumer`: the customer is a person, not a company. `paid_cents`: all that came in for what
    ends. `is_partial`: only some services end.
    """

    today: date
    covered_until: date | None
    contracted_on: date
    is_consumer: bool
    paid_cents: int
    invoices: Sequence[OpenInvoice]
    is_partial: bool = False


class Settlement(NamedTuple):
    """What follows: the last day of service, what becomes of each open invoice, what is given back."""

    last_day: date
    is_withdrawal: bool
    refund_cents: int
    fates: tuple[tuple[OpenInvoice, Fate], ...]

    def of(self, fate: Fate) -> tuple[OpenInvoice, ...]:
        """The invoices with this fate."""
        return tuple(invoice for invoice, its_fate in self.fates if its_fate is fate)


def settle(facts: Facts) -> Settlement:
    """The consequences of a cancellation, by the rule above."""
    not_owed = Fate.REDUCED if facts.is_partial else Fate.DROPPED
    if may_withdraw(facts):
        fates = tuple(
            (invoice, Fate.AWAITED if invoice.is_settling else not_owed) for invoice in facts.invoices
        )
        return Settlement(
            last_day=facts.today, is_withdrawal=True, refund_cents=facts.paid_cents, fates=fates
        )
    fates = tuple((invoice, fate_of(invoice, not_owed)) for invoice in facts.invoices)
    on_its_way = (invoice.covers_until for invoice, fate in fates if fate is Fate.AWAITED)
    last_day = max([facts.today, *on_its_way, *([facts.covered_until] if facts.covered_until else [])])
    return Settlement(last_day=last_day, is_withdrawal=False, refund_cents=0, fates=fates)


def may_withdraw(facts: Facts) -> bool:
    """Whether the law lets the customer take everything back (CDC art. 49)."""
    return facts.is_consumer and facts.today <= facts.contracted_on + timedelta(days=WITHDRAWAL_DAYS)


def fate_of(invoice: OpenInvoice, not_owed: Fate) -> Fate:
    """What becomes of an open invoice when nobody withdraws; `not_owed` of one that is not collected."""
    if invoice.is_settling:
        return Fate.AWAITED
    return Fate.COLLECTED if invoice.days_late > COLLECTED_AFTER_DAYS else not_owed
