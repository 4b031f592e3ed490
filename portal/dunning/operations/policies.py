"""A new policy, from which the next run is prepared."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.dunning.models import DunningPolicy, DunningStep
from portal.dunning.operations.by_whatsapp import line_now
from portal.dunning.rules.steps import Step, in_order
from portal.shared import audit
from portal.shared.auth import Actor


def make_policy(session: Session, *, steps: Sequence[Step], actor: Actor, now: datetime) -> DunningPolicy:
    """Put steps in force, in the order of their days. Runs that are prepared keep those they have.

    Of several on one day, what is for fewer customers goes first.
    """
    policy = DunningPolicy(made_at=now, made_by_id=actor.user_id)
    session.add(policy)
    session.flush()
    for position, step in enumerate(in_order(steps), 1):
        session.add(DunningStep(policy_id=policy.id, position=position, **step._asdict()))
    session.flush()
    session.refresh(policy, ["steps"])
    line_now(session, policy, now=now)  # what is said by WhatsApp is to be approved before it is needed
    summary = f"Régua de cobrança mudada: {len(steps)} passos."
    audit.record(session, action="dunning_changed", summary=summary, subject=policy, actor=actor, now=now)
    return policy
