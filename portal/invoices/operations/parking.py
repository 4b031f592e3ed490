"""Letting billing try again what it passed by."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.contracts.queries.reading import lock_contract
from portal.contracts.rules.states import contract_label
from portal.shared import audit
from portal.shared.auth import Actor
from portal.subscriptions.models import Subscription
from portal.subscriptions.operations import billing


def let_go_on(session: Session, *, contract_id: int, actor: Actor, now: datetime) -> Subscription:
    """Take away the mark that billing passes a contract's subscription by.

    Raises:
        Missing: the contract has none.
    """
    lock_contract(session, contract_id)
    subscription, reason = billing.unpark(session, contract_id=contract_id)
    if reason:
        audit.record(
            session,
            action="billing_let_go_on",
            summary=f"Faturamento do contrato {contract_label(contract_id)} liberado",
            subject=subscription,
            actor=actor,
            reason=reason,
            now=now,
        )
    return subscription
