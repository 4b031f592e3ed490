"""What must be true of cash and repasse, as queries of the nightly check. Each gives what is broken."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from calculator import AccruedLine
from portal.contracts import queries as contracts
from portal.contracts.models import Contract
from portal.invoices.models import Invoice, Posting
from portal.invoices.queries import balance, cash_by_payment
from portal.invoices.rules import Account, InvoiceState
from portal.payments.models import Payment
from portal.payments.rules.receiving import CURRENCY, PaymentOutcome
from portal.payouts.models import RepasseAccrual
from portal.payouts.queries.reading import expected_lines
from portal.payouts.rules import WAS_ACTIVE
from portal.shared.audit import LogEntry, first_broken_position


def find_broken_cash(session: Session) -> Sequence[str]:
    """Keys of payments that did not bring their amount into the cash accounts once (invariant M5).

    Also keys in the ledger that belong to no payment. What was sent back left as it came; what is not in
    reais never was cash.
    """
    booked = cash_by_payment(session)
    owed = {
        payment.key: 0 if payment.outcome is PaymentOutcome.RETURNED else payment.amount_cents
        for payment in session.scalars(select(Payment).where(Payment.currency == CURRENCY))
    }
    keys = booked.keys() | owed.keys()
    return sorted(key for key in keys if booked.get(key, 0) != owed.get(key, 0))


def find_broken_accruals(session: Session) -> Sequence[int]:
    """Invoices whose repasse is not what breakdown and ledger give, to the centavo (invariant M14)."""
    owed = (
        select(Posting.invoice_id, balance(Account.REPASSE_PAYABLE))
        .where(Posting.invoice_id.is_not(None))
        .group_by(Posting.invoice_id)
    )
    payable = {invoice_id: -int(cents) for invoice_id, cents in session.execute(owed)}
    accrued: dict[int, list[RepasseAccrual]] = {}
    for row in session.scalars(select(RepasseAccrual).order_by(RepasseAccrual.position)):
        accrued.setdefault(row.invoice_id, []).append(row)
    broken = []
    for invoice, expected in _invoices_with_expected(session):
        rows = accrued.pop(invoice.id, [])
        lines = [_figures(line) for line in expected]
        told = sum(line.repasse_cents for line in expected)
        if [_stored(row) for row in rows] != lines or payable.get(invoice.id, 0) != told:
            broken.append(invoice.id)
    return sorted([*broken, *accrued])


def find_broken_logs(session: Session, *, since: datetime) -> Sequence[str]:
    """Streams of the log that grew since an instant and whose chain does not hold (invariant L1)."""
    streams = session.scalars(
        select(LogEntry.stream).where(LogEntry.at >= since).distinct().order_by(LogEntry.stream)
    ).all()
    return [stream for stream in streams if first_broken_position(session, stream) is not None]


def _invoices_with_expected(session: Session) -> Iterator[tuple[Invoice, tuple[AccruedLine, ...]]]:
    """Every invoice whose repasse should have accrued, with the lines that should have."""
    paid = (
        select(Invoice)
        .join(Contract, Contract.id == Invoice.contract_id)
        .where(Invoice.state == InvoiceState.PAID, Contract.state.in_(WAS_ACTIVE))
        .order_by(Invoice.id)
    )
    for invoice in session.scalars(paid):
        contract = contracts.load_contract(session, invoice.contract_id)
        if contracts.bills_customer(contract):
            yield invoice, expected_lines(session, invoice, contract)


def _figures(line: AccruedLine) -> tuple[int, ...]:
    return (
        line.amount_cents,
        line.cost_cents,
        line.central_fee_cents,
        line.vendor_share_cents,
        line.repasse_cents,
    )


def _stored(row: RepasseAccrual) -> tuple[int, ...]:
    return (
        row.paid_cents,
        row.cost_cents,
        row.central_fee_cents,
        row.vendor_share_cents,
        row.repasse_cents,
    )
