"""What a settlement goes by, read from what is paid and owed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.queries.boletos import boletos_being_settled
from portal.cancellations.rules.settlement import Facts, OpenInvoice
from portal.contracts.models import Contract
from portal.contracts.queries.coverage import paid_time
from portal.contracts.queries.reading import breakdown_of
from portal.invoices.models import Invoice, InvoiceLine
from portal.invoices.queries.due_dates import payable_days
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.shared.brazil import is_company
from portal.shared.clock import day_of


def services_in(contract: Contract) -> Mapping[str, str]:
    """What may end of a loaded contract without the rest: add-ons and apps, code → label."""
    return {
        line.code: line.label
        for line in breakdown_of(contract).lines
        if not line.code.startswith("plan:") and line.code not in contract.ended_services
    }


def facts_of(session: Session, contract: Contract, *, today: date, services: Sequence[str] = ()) -> Facts:
    """What the settlement of a loaded contract goes by, as it is now; of some `services` or of all."""
    paid, until = paid_time(session, contract), payable_days(session)
    invoices = session.scalars(
        select(Invoice)
        .where(
            Invoice.contract_id == contract.id,
            Invoice.state == InvoiceState.OPEN,
            Invoice.kind != InvoiceKind.AGREEMENT,  # what was agreed is owed whatever ends
        )
        .order_by(Invoice.id)
    ).all()
    settling = _settling(session, [invoice.id for invoice in invoices])
    shares = _shares(session, [invoice.id for invoice in invoices], services)
    return Facts(
        today=today,
        covered_until=paid.covered_until if paid else None,
        contracted_on=day_of(contract.signed_at) if contract.signed_at else today,
        is_consumer=not is_company(contract.customer.document),
        paid_cents=_paid_cents(session, contract.id, services),
        invoices=[
            OpenInvoice(
                invoice_id=invoice.id,
                label=invoice.label,
                open_cents=invoice.open_cents,
                days_late=max(0, (today - until(invoice.due_on)).days),
                covers_until=invoice.period_until or today,
                is_settling=invoice.id in settling,
                share_cents=min(shares.get(invoice.id, 0), invoice.open_cents),
            )
            for invoice in invoices
        ],
        is_partial=bool(services),
    )


def _paid_cents(session: Session, contract_id: int, services: Sequence[str]) -> int:
    """All that came in for a contract, or for some of its services."""
    paid = (Invoice.contract_id == contract_id, Invoice.state == InvoiceState.PAID)
    statement = select(func.coalesce(func.sum(Invoice.paid_cents), 0)).where(*paid)
    if services:
        statement = (
            select(func.coalesce(func.sum(InvoiceLine.amount_cents), 0))
            .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
            .where(*paid, InvoiceLine.code.in_(services))
        )
    return int(session.scalar(statement) or 0)


def _shares(session: Session, invoice_ids: Sequence[int], services: Sequence[str]) -> Mapping[int, int]:
    """What of each invoice is for some services, in centavos."""
    if not invoice_ids or not services:
        return {}
    rows = session.execute(
        select(InvoiceLine.invoice_id, func.sum(InvoiceLine.amount_cents))
        .where(InvoiceLine.invoice_id.in_(invoice_ids), InvoiceLine.code.in_(services))
        .group_by(InvoiceLine.invoice_id)
    )
    return {invoice_id: int(cents) for invoice_id, cents in rows}


def _settling(session: Session, invoice_ids: Sequence[int]) -> Collection[int]:
    """Of these invoices, those whose boleto is paid and not credited yet."""
    if not invoice_ids:
        return ()
    return session.scalars(boletos_being_settled().where(Boleto.invoice_id.in_(invoice_ids))).all()
