"""The time that an invoice pays for, in the coverage ledger: its own or, after a suspension, the present."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from calculator import BillingPeriod
from portal.contracts.queries.reading import list_followers_in_force, load_contract
from portal.contracts.rules.states import IN_FORCE, ContractKind
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceKind
from portal.subscriptions.operations.covering import carry_on, cover_again, cover_time
from portal.subscriptions.queries.coverage import list_coverages
from portal.subscriptions.queries.reading import find_subscription
from portal.subscriptions.rules import FIRST, is_billed, period_with


def cover_invoice(
    session: Session, invoice: Invoice, *, payment_key: str, today: date, now: datetime
) -> None:
    """Release the service for the time a loaded later invoice charges, or gave before its money went back.

    A contract's first one and an amendment's difference release no time here, nor does what an agreement asks
    for. Asked again, nothing changes.
    """
    number = invoice.installment_number
    if number is None:
        return
    if invoice.kind is not InvoiceKind.DIFFERENCE and cover_again(
        session, contract=invoice.contract, number=number, payment_key=payment_key, now=now
    ):
        _carry_on(session, invoice, payment_key=payment_key, now=now)
        return
    if number == FIRST or not (invoice.period_from and invoice.period_until):
        return
    moved = _time_after_suspension(session, invoice, number=number, today=today)
    cover_time(
        session,
        contract=invoice.contract,
        number=number,
        covers_from=moved.starts_on if moved else invoice.period_from,
        covers_until=moved.ends_on if moved else invoice.period_until,
        grace_until=moved.grace_until if moved else invoice.grace_until or invoice.period_until,
        payment_key=payment_key,
        after_suspension=moved is not None,
        now=now,
    )
    if moved is None:
        _carry_on(session, invoice, payment_key=payment_key, now=now)


def _carry_on(session: Session, invoice: Invoice, *, payment_key: str, now: datetime) -> None:
    """What is paid of a contract that ended meanwhile is the time of the amendment that goes on with it."""
    if invoice.contract.state in IN_FORCE or not (invoice.period_from and invoice.period_until):
        return
    for contract_id in list_followers_in_force(session, invoice.contract_id):
        follower = load_contract(session, contract_id)
        if follower.kind is ContractKind.AMENDMENT and follower.partner_id == invoice.partner_id:
            carry_on(
                session,
                contract=follower,
                covers_from=invoice.period_from,
                covers_until=invoice.period_until,
                grace_until=invoice.grace_until or invoice.period_until,
                payment_key=payment_key,
                now=now,
            )


def _time_after_suspension(
    session: Session, invoice: Invoice, *, number: int, today: date
) -> BillingPeriod | None:
    """What a payment pays for that ends a suspension after its own period: the rest of the present one.

    The months without service are not charged, so the money for one of them is for the one that begins.
    """
    subscription = find_subscription(session, invoice.contract_id)
    if subscription is None or is_billed(subscription.service_kind, subscription.service_state):
        return None
    if invoice.period_until is None or invoice.period_until >= today:
        return None
    covered = max(
        (row.covers_until for row in list_coverages(session, invoice.contract_id)), default=date.min
    )
    period = period_with(subscription.place, number=number, day=today, after=covered)
    return period._replace(starts_on=max(period.starts_on, today))
