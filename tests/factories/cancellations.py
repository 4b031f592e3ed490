"""Cancellation cases for tests."""

from datetime import timedelta

from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.operations.deciding import cancel, fingerprint
from portal.cancellations.operations.opening import open_case
from portal.cancellations.queries.settlement import facts_of
from portal.cancellations.rules.cases import Reason
from portal.cancellations.rules.settlement import settle
from portal.contracts.rules.states import ContractState
from portal.shared import tokens
from portal.shared.clock import day_of
from portal.shared.tokens import Purpose
from tests.factories.contracts import make_contract
from tests.factories.quotes import NOON, House

LONG = timedelta(days=36_500)


def cancellations_of(session: Session, house: House) -> dict[str, str]:
    """A case that is open, and one that was confirmed, with the link to its receipt."""
    (case, seen), (closed, its_seen) = _case(session, house), _case(session, house)
    cancel(session, case=closed, outcome="Saiu", seen=its_seen, actor=house.admin, now=NOON)
    session.flush()
    receipt = tokens.issue(
        session, purpose=Purpose.CANCELLATION, subject_id=closed.id, now=NOON, valid_for=LONG
    )
    return {
        "case": str(case.id),
        "case_seen": seen,
        "case_closed": str(closed.id),
        "case_receipt": receipt.secret(),
    }


def _case(session: Session, house: House) -> tuple[CancellationCase, str]:
    """An open case, and what its page says would follow."""
    contract = make_contract(session, house, state=ContractState.ACTIVE)
    case = open_case(
        session, contract=contract, reason=Reason.PRICE, words="Ficou caro", actor=house.admin, now=NOON
    )
    return case, fingerprint(settle(facts_of(session, contract, today=day_of(NOON))))
