"""Taking an agreement before money moves: contracts first, then itself, then its invoices (decision 9)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.agreements.models import Agreement, AgreementDebt
from portal.agreements.queries.reading import load_agreement
from portal.contracts.queries.reading import lock_contract
from portal.invoices.models import Invoice
from portal.shared import audit
from portal.shared.auth import Actor


def lock_agreement(session: Session, agreement_id: int) -> Agreement:
    """An agreement with everything, read after its contracts, its row and its invoices were taken."""
    debts = select(AgreementDebt.contract_id).where(AgreementDebt.agreement_id == agreement_id)
    for contract_id in session.scalars(debts.distinct().order_by(AgreementDebt.contract_id)).all():
        lock_contract(session, contract_id)
    session.execute(select(Agreement.id).where(Agreement.id == agreement_id).with_for_update())
    held = select(AgreementDebt.invoice_id).where(AgreementDebt.agreement_id == agreement_id)
    lock_invoices(session, session.scalars(held).all())
    session.flush()
    return load_agreement(session, agreement_id)


def lock_invoices(session: Session, invoice_ids: Collection[int]) -> None:
    """Take invoices whose contracts are taken, in the order of their ids."""
    session.execute(
        select(Invoice.id).where(Invoice.id.in_(invoice_ids)).order_by(Invoice.id).with_for_update()
    )


def contracts_of(agreement: Agreement) -> tuple[int, ...]:
    """The contracts whose invoices an agreement is about."""
    return tuple(sorted({debt.contract_id for debt in agreement.debts}))


def record(
    session: Session,
    agreement: Agreement,
    action: str,
    summary: str,
    *,
    actor: Actor | None,
    now: datetime,
    actor_label: str = "",
    reason: str = "",
) -> None:
    """Log what happened to an agreement in its customer's stream; `summary` may say `{label}`."""
    audit.record(
        session,
        action=action,
        summary=summary.format(label=agreement.label),
        subject=agreement,
        actor=actor,
        actor_label=actor_label,
        now=now,
        reason=reason,
        facts={"state": agreement.state.value},
    )
