"""What a confirmed cancellation does: to the contract or some of its services, to invoices, to money."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.queries.settlement import services_in
from portal.cancellations.rules.settlement import Fate, Settlement
from portal.contracts.models import Contract
from portal.contracts.operations.ending import end_contract, end_services, is_over_on
from portal.invoices.operations.crediting import issue_credit_note
from portal.invoices.operations.settling import void_invoice
from portal.invoices.queries.credit_notes import credited_cents
from portal.receipts.operations.credit import apply_credit
from portal.shared.auth import Actor, Role
from portal.shared.brazil import format_money
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind

FINANCE_WITHIN = timedelta(days=2)


def carry_out(
    session: Session,
    case: CancellationCase,
    contract: Contract,
    settlement: Settlement,
    *,
    actor: Actor | None,
    now: datetime,
) -> None:
    """Everything that follows from a settlement, as one; the contract is locked."""
    _drop_invoices(session, case, contract, settlement, actor=actor, now=now)
    _end(session, case, contract, settlement, actor=actor, now=now)
    _reduce_invoices(session, case, settlement, now=now)
    _ask_for_refund(session, case, contract, settlement, actor=actor, now=now)


def _end(
    session: Session,
    case: CancellationCase,
    contract: Contract,
    settlement: Settlement,
    *,
    actor: Actor | None,
    now: datetime,
) -> None:
    last_day = settlement.last_day
    reason = f"Cancelado a pedido do cliente: protocolo {case.protocol}."
    if case.services:
        names = services_in(contract)
        end_services(
            session,
            contract=contract,
            codes=case.services,
            labels=[names.get(code, code) for code in case.services],
            last_day=last_day,
            reason=reason,
            actor=actor,
            now=now,
        )
        return
    end_contract(
        session,
        contract=contract,
        last_day=last_day,
        at_once=is_over_on(last_day, now=now),
        reason=reason,
        actor=actor,
        now=now,
    )


def _drop_invoices(
    session: Session,
    case: CancellationCase,
    contract: Contract,
    settlement: Settlement,
    *,
    actor: Actor | None,
    now: datetime,
) -> None:
    """What is owed for nothing any more is void; finance sees that the bank drops its boletos."""
    dropped = settlement.of(Fate.DROPPED)
    for invoice in dropped:
        why = f"Contrato cancelado: protocolo {case.protocol}"
        void_invoice(session, invoice_id=invoice.invoice_id, reason=why, actor=actor, now=now)
    if dropped:
        labels = ", ".join(invoice.label for invoice in dropped)
        _ask_finance(
            session,
            case,
            what="boletos",
            kind=TaskKind.CANCELLATION,
            title=f"Conferir a baixa dos boletos de {contract.customer.display_name}",
            detail=f"Faturas anuladas pelo cancelamento {case.protocol}: {labels}.",
            actor=actor,
            now=now,
        )


def _reduce_invoices(
    session: Session, case: CancellationCase, settlement: Settlement, *, now: datetime
) -> None:
    """An open invoice that has services which end is paid in part by a credit note of their share."""
    for invoice in settlement.of(Fate.REDUCED):
        if not invoice.share_cents:
            continue
        issue_credit_note(
            session,
            invoice_id=invoice.invoice_id,
            amount_cents=invoice.share_cents,
            reason=f"Serviços cancelados: protocolo {case.protocol}",
            seen_cents=credited_cents(session, invoice.invoice_id),
            stays_open=True,
            actor=None,
            now=now,
        )
        apply_credit(session, invoice_id=invoice.invoice_id, actor=None, now=now)


def _ask_for_refund(
    session: Session,
    case: CancellationCase,
    contract: Contract,
    settlement: Settlement,
    *,
    actor: Actor | None,
    now: datetime,
) -> None:
    if settlement.refund_cents:
        amount = format_money(settlement.refund_cents)
        _ask_finance(
            session,
            case,
            what="refund",
            kind=TaskKind.REFUND,
            title=f"Devolver {amount} a {contract.customer.display_name}",
            detail=f"Arrependimento em até 7 dias (CDC, art. 49), protocolo {case.protocol}.",
            actor=actor,
            now=now,
        )


def _ask_finance(
    session: Session,
    case: CancellationCase,
    *,
    what: str,
    kind: TaskKind,
    title: str,
    detail: str,
    actor: Actor | None,
    now: datetime,
) -> None:
    open_task(
        session,
        key=f"cancellation:{case.id}:{what}",
        kind=kind,
        team=Role.FINANCE,
        title=title,
        detail=detail,
        subject=case,
        due_at=now + FINANCE_WITHIN,
        actor=actor,
        now=now,
    )
