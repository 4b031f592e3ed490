"""A broken agreement: the original debt is owed again, less what was paid, with charges from its dates."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.agreements import notifications
from portal.agreements.events import AgreementBroken
from portal.agreements.models import Agreement, AgreementFill
from portal.agreements.operations.locking import contracts_of, lock_agreement, record
from portal.agreements.queries.reading import list_fills, list_maybe_broken
from portal.agreements.rules.states import LIVE, AgreementState, NotLive
from portal.agreements.rules.terms import is_broken
from portal.invoices.models import Invoice, LateCharge
from portal.invoices.operations.agreed import let_invoice_go
from portal.invoices.operations.late_charges import assess_lateness, waive_for_agreement
from portal.invoices.operations.settling import void_invoice
from portal.invoices.queries.due_dates import payable_days
from portal.invoices.queries.reading import is_invoice_settling
from portal.invoices.rules.states import InvoiceState
from portal.receipts.operations.credit import apply_credit
from portal.shared.auth import Actor
from portal.shared.clock import day_of
from portal.shared.events import publish
from portal.shared.refusals import Refusal
from portal.subscriptions.operations.covering import take_back_time

LATE = "Uma parcela do acordo não foi paga no prazo."


def break_agreement(
    session: Session, *, agreement_id: int, reason: str, actor: Actor | None, now: datetime
) -> Agreement:
    """End an agreement that holds: its unpaid parts are void, its invoices owed again less what was paid.

    What paid parts gave is charged for its own days, from the original due dates; charges that were paid with
    parts count against that. A part of a part that was paid is credit, which pays the invoices at once.

    Raises:
        NotLive: it does not hold.
        Refusal: at `reason`, without one.
    """
    if not reason.strip():
        raise Refusal("Escreva o motivo.", field="reason")
    agreement = lock_agreement(session, agreement_id)
    if agreement.state not in LIVE:
        raise NotLive(agreement.state.label)
    by = f"acordo {agreement.label}"
    agreement.state, agreement.closed_at, agreement.close_reason = AgreementState.BROKEN, now, reason.strip()
    agreement.closed_by_id = actor.user_id if actor else None
    for debt in agreement.debts:
        debt.is_held = False
    session.flush()
    for debt in agreement.debts:
        let_invoice_go(session, debt.invoice, by=by, reason=reason, actor=actor, now=now)
    _charge_for_lateness(session, agreement, now=now)
    _drop_parts(session, agreement, actor=actor, now=now)
    _take_back_unpaid_time(session, agreement, reason=reason, now=now)
    for debt in agreement.debts:
        apply_credit(session, invoice_id=debt.invoice_id, actor=None, now=now)
    record(
        session, agreement, "agreement_broken", "Acordo {label} desfeito", actor=actor, now=now, reason=reason
    )
    notifications.agreement_broken(session, agreement=agreement, now=now)
    publish(session, AgreementBroken(agreement_id=agreement.id, contract_ids=contracts_of(agreement), at=now))
    return agreement


def list_broken(session: Session, *, now: datetime) -> list[int]:
    """The agreements that a late part breaks today, unless its boleto is paid and on its way."""
    today, until = day_of(now), payable_days(session)
    late = [
        agreement_id
        for agreement_id, invoice_id, days, due_on in list_maybe_broken(session, today=today)
        if is_broken(payable_until=until(due_on), today=today, days=days)
        and not is_invoice_settling(session, invoice_id)
    ]
    return sorted(set(late))


def _charge_for_lateness(session: Session, agreement: Agreement, *, now: datetime) -> None:
    """Of each invoice, what parts paid of its own price, from its due date to the day they paid."""
    invoices = {debt.id: debt.invoice for debt in agreement.debts}
    paid_of_price: dict[int, int] = {}
    for fill in list_fills(session, agreement.id):
        invoice = invoices[fill.debt_id]
        base = _price_within(agreement, invoice, fill, paid_of_price)
        if base:
            assess_lateness(session, invoice, base_cents=base, payment_key=fill.key, at=fill.paid_at, now=now)
    left = _charges_paid(session, agreement)
    for debt in agreement.debts:
        if left:
            reason = f"Pagos pelo acordo {agreement.label}."
            left -= waive_for_agreement(session, debt.invoice, cents=left, reason=reason)


def _price_within(agreement: Agreement, invoice: Invoice, fill: AgreementFill, so_far: dict[int, int]) -> int:
    """How much of a fill paid the invoice's own price: charges of earlier ones bear none, and come last.

    Where charges come first, those do too, and all that was open of the price before it is charged for.
    """
    debt = next(debt for debt in agreement.debts if debt.invoice_id == invoice.id)
    filled = so_far.get(invoice.id, 0)
    so_far[invoice.id] = filled + fill.kept_cents
    if invoice.charges_first:
        carried = max(0, invoice.carried_cents - (invoice.amount_cents - debt.face_cents))
        price_left = debt.face_cents - max(carried, filled)
        return price_left if filled + fill.kept_cents > carried else 0
    price_left = max(0, debt.face_cents - invoice.carried_cents) - filled
    return max(0, min(fill.kept_cents, price_left))


def _charges_paid(session: Session, agreement: Agreement) -> int:
    """What was paid with parts beyond the invoices' face: the agreed charges, and what late parts bore."""
    invoices = [part.invoice for part in agreement.parts if part.invoice is not None]
    agreed = sum(
        part.charges_cents
        for part in agreement.parts
        if part.invoice is not None and part.invoice.state is InvoiceState.PAID
    )
    paid = func.coalesce(func.sum(LateCharge.paid_cents - LateCharge.returned_cents), 0)
    own = session.scalar(select(paid).where(LateCharge.invoice_id.in_([each.id for each in invoices])))
    return agreed + int(own or 0)


def _drop_parts(session: Session, agreement: Agreement, *, actor: Actor | None, now: datetime) -> None:
    why = f"O acordo {agreement.label} foi desfeito."
    for part in agreement.parts:
        if part.invoice is not None and part.invoice.state is InvoiceState.OPEN:
            void_invoice(session, invoice_id=part.invoice.id, reason=why, actor=actor, now=now)


def _take_back_unpaid_time(session: Session, agreement: Agreement, *, reason: str, now: datetime) -> None:
    for debt in agreement.debts:
        number = debt.invoice.installment_number
        if debt.invoice.state is not InvoiceState.PAID and number is not None:
            take_back_time(session, contract_id=debt.contract_id, number=number, reason=reason, now=now)
