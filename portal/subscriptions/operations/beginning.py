"""A contract is active: what it is billed from now on, frozen in rows (invariant M7)."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from calculator import (
    AccruedLine,
    BillingTerms,
    Breakdown,
    EqualParts,
    TermLine,
    accrue_first_period,
    accrue_repasse,
    partner_term_lines,
    term_lines,
)
from portal.catalog.rules import FirstPeriodPolicy
from portal.contracts.models import Contract
from portal.contracts.queries.reading import bills_customer, breakdown_of, payment_methods_of
from portal.shared.payment_methods import Way
from portal.subscriptions.models import Subscription, SubscriptionLine
from portal.subscriptions.models.subscription import SPLIT
from portal.subscriptions.queries.reading import find_subscription, get_subscription
from portal.subscriptions.rules import (
    FIRST,
    FIRST_VERSION,
    SECOND,
    BilledTo,
    Place,
    first_due_from,
    place_after,
    place_of_first,
)


def begin_subscription(
    session: Session, *, contract: Contract, terms: BillingTerms, first_period_cents: int, now: datetime
) -> Subscription:
    """The subscription of a loaded contract that becomes active and begins its own terms, with its lines.

    `first_period_cents` is what was charged for a proportional first period, without the setup fee. Asked
    again, the one that is there.
    """
    known = find_subscription(session, contract.id)
    if known is not None:
        return known
    subscription = _open(session, contract, place_of_first(terms), now=now)
    breakdown = breakdown_of(contract)
    once: Sequence[AccruedLine] = ()
    if terms.proportional:
        once = accrue_first_period(breakdown, amount_cents=first_period_cents)
    elif subscription.billed_to is BilledTo.CUSTOMER:
        once = accrue_repasse(breakdown, payment_number=FIRST)[len(breakdown.lines) :]
    since = SECOND if terms.proportional else FIRST
    write_lines(session, subscription, breakdown, valid_from=terms.starts_on, since=since, once=once)
    return subscription


def continue_subscription(
    session: Session, *, contract: Contract, starts_on: date, now: datetime
) -> Subscription:
    """The subscription of an amendment, in the periods of the contract it changes, see `place_after`.

    It bills what falls due from its first day on; also what is due and not yet billed, when the contract it
    changes has ended already. Asked again, the one that is there.
    """
    known = find_subscription(session, contract.id)
    if known is not None:
        return known
    base = get_subscription(session, contract.base_contract_id or 0)
    number, version = base.next_number, contract.version
    if base.ended_at is None:
        number = first_due_from(base.place, number=number, day=starts_on)
    place = place_after(base.place, number=number, months=version.months, payments=version.installments)
    subscription = _open(session, contract, place, now=now)
    breakdown = breakdown_of(contract)
    write_lines(session, subscription, breakdown, valid_from=starts_on, since=SECOND)
    return subscription


def _open(session: Session, contract: Contract, place: Place, *, now: datetime) -> Subscription:
    version, terms = contract.version, place.terms
    by_customer = bills_customer(contract)
    _first, later = payment_methods_of(contract)
    subscription = Subscription(
        contract_id=contract.id,
        partner_id=contract.partner_id,
        customer_id=contract.customer_id,
        billed_to=BilledTo.CUSTOMER if by_customer else BilledTo.PARTNER,
        payment_method=later if by_customer else Way.BOLETO,
        plan=version.plan,
        plan_name=breakdown_of(contract).lines[0].label,
        cycle=version.term,
        service_kind=version.service_kind,
        monthly_cents=version.negotiated_cents,
        cost_cents=version.cost_cents,
        repasse_cents=version.repasse_cents,
        counted_from=terms.starts_on,
        months=terms.months,
        payments_in_term=terms.payments,
        due_day=terms.due_day,
        first_period=(
            FirstPeriodPolicy.PROPORTIONAL if terms.proportional else FirstPeriodPolicy.FULL_INSTALLMENT
        ),
        first_ends_on=terms.first_ends_on,
        place_shift=place.shift,
        **contract.late_terms._asdict(),
        next_number=SECOND,
        next_due_on=place.period(SECOND).due_on,
        activated_at=now,
    )
    session.add(subscription)
    session.flush()
    return subscription


def write_lines(
    session: Session,
    subscription: Subscription,
    breakdown: Breakdown,
    *,
    valid_from: date,
    since: int,
    version: int = FIRST_VERSION,
    once: Sequence[AccruedLine] = (),
) -> None:
    """A set of lines: those of each term from payment `since` on, and what the first payment alone has."""
    by_customer = subscription.billed_to is BilledTo.CUSTOMER
    of_term = term_lines(breakdown) if by_customer else partner_term_lines(breakdown)
    count = len(breakdown.payments)
    rows = [row_of_line(line, payments=count, first=since, last=None) for line in of_term]
    rows += [row_of_line(_whole(line), payments=1, first=FIRST, last=FIRST) for line in once]
    same = {"subscription_id": subscription.id, "version": version, "valid_from": valid_from}
    # One statement: the trigger that keeps a set as it was written asks for it.
    values = [same | row | {"position": position} for position, row in enumerate(rows, 1)]
    session.execute(insert(SubscriptionLine).values(values))


def row_of_line(line: TermLine, *, payments: int, first: int, last: int | None) -> dict[str, Any]:
    """A line as its row, charged with payments `first` to `last`; subscription and set are the caller's."""
    row: dict[str, Any] = {
        "code": line.code,
        "label": line.label,
        "quantity": line.quantity,
        "first_number": first,
        "last_number": last,
        "payments": payments,
        "repasse_total_cents": line.repasse_cents,
    }
    for name, parts in zip(SPLIT, (line.price, line.cost, line.central_fee, line.vendor_share), strict=True):
        row |= dict(_columns(name, parts))
    return row


def _columns(name: str, parts: EqualParts) -> Iterator[tuple[str, int]]:
    yield f"{name}_total_cents", parts.total_cents
    yield f"{name}_part_cents", parts.part_cents
    yield f"{name}_spare", parts.spare
    yield f"{name}_dealt", parts.dealt


def _whole(line: AccruedLine) -> TermLine:
    amounts = (line.amount_cents, line.cost_cents, line.central_fee_cents, line.vendor_share_cents)
    return TermLine(
        line.code, line.label, line.quantity, *(EqualParts(cents, cents, 0, 0) for cents in amounts)
    )
