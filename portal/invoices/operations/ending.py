"""What becomes of months that are billed beyond the end of their contract."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.operations.crediting import issue_credit_note
from portal.invoices.operations.settling import VOIDABLE, void_invoice
from portal.invoices.queries.credit_notes import credited_cents
from portal.invoices.queries.reading import load_invoice
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.shared.auth import Role
from portal.shared.brazil import add_business_days, format_date, format_money
from portal.shared.clock import at_sao_paulo, day_of
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind

REFUND_WITHIN_BUSINESS_DAYS = 2
REFUND_HOUR = 18


def close_months_after(session: Session, *, contract_id: int, last_day: date, now: datetime) -> int:
    """Ask for no month after the last day of a contract, and owe back what was paid of one (invariant M10).

    Open invoices are void; a paid one gets one credit note, and finance a task to give the money back, since
    no later invoice uses the credit. Told again, nothing happens; gives how many invoices were touched.
    """
    beyond = (
        select(Invoice.id)
        .where(
            Invoice.contract_id == contract_id,
            Invoice.kind != InvoiceKind.AGREEMENT,  # a debt that was agreed is owed whatever ends
            func.coalesce(Invoice.period_from, Invoice.due_month) > last_day,
            Invoice.state.in_((*VOIDABLE, InvoiceState.PAID)),
        )
        .order_by(Invoice.id)
    )
    why = f"O contrato terminou em {format_date(last_day)}."
    return sum(
        _close(session, invoice_id, reason=why, now=now) for invoice_id in session.scalars(beyond).all()
    )


def _close(session: Session, invoice_id: int, *, reason: str, now: datetime) -> bool:
    invoice = load_invoice(session, invoice_id)
    paid, left = invoice.paid_cents, invoice.amount_cents - credited_cents(session, invoice_id)
    if invoice.state is not InvoiceState.PAID:
        void_invoice(session, invoice_id=invoice_id, reason=reason, actor=None, now=now)
    elif left == invoice.amount_cents:
        issue_credit_note(
            session,
            invoice_id=invoice_id,
            amount_cents=left,
            reason=reason,
            seen_cents=0,
            actor=None,
            now=now,
        )
    else:
        return False
    if paid:
        _ask_for_refund(session, invoice, paid, now=now)
    return True


def _ask_for_refund(session: Session, invoice: Invoice, cents: int, *, now: datetime) -> None:
    due_on = add_business_days(day_of(now), REFUND_WITHIN_BUSINESS_DAYS)
    open_task(
        session,
        key=f"refund-after-end:{invoice.id}",
        kind=TaskKind.REFUND,
        team=Role.FINANCE,
        title=f"Devolver {format_money(cents)} da fatura {invoice.label}",
        detail="O mês foi pago e o contrato terminou antes dele. O valor está como crédito de quem pagou.",
        subject=invoice,
        due_at=at_sao_paulo(due_on, REFUND_HOUR),
        now=now,
    )
