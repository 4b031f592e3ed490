"""Many invoices with registered boletos, and the returns in which banks tell that they are paid."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.operations.boleto import issue_boletos
from portal.contracts.rules.states import ContractState
from portal.invoices.models import BillingChunk
from portal.invoices.operations.billing_runs import bill_chunk, plan_run
from portal.invoices.queries.billing_runs import list_waiting_chunks
from portal.shared.clock import at_sao_paulo
from tests.factories.contracts import make_contract
from tests.factories.payments import ACCOUNT
from tests.factories.quotes import make_house
from tests.factories.subscriptions import copy_subscriptions

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
BILLED_ON = date(2026, 7, 5)  # for 15/07
COPIED_COVERAGE = """
INSERT INTO coverages (contract_id, partner_id, customer_id, number, covers_from, covers_until, grace_until,
    payment_key, after_suspension, created_at)
SELECT each.contract_id, each.partner_id, each.customer_id, 1, one.covers_from, one.covers_until,
    one.grace_until, one.payment_key || ':' || each.contract_id, FALSE, one.created_at
FROM subscriptions AS each, coverages AS one
WHERE one.contract_id = :copied
    AND NOT EXISTS (SELECT FROM coverages AS own WHERE own.contract_id = each.contract_id)
"""

COPIED_HEADS = """
INSERT INTO log_heads (stream, position, hash)
SELECT 'customer:' || customer_id, 0, repeat('0', 64) FROM subscriptions ON CONFLICT DO NOTHING
"""


def subscribe(session: Session, *, count: int, resellers: int = 1) -> None:
    """So many subscriptions of R$ 199,90 a month by boleto, active since June, alike for each reseller."""
    for _each in range(resellers):
        contract = make_contract(session, make_house(session), state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        copy_subscriptions(session, contract.id, count=count // resellers - 1)
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(COPIED_COVERAGE), {"copied": contract.id})
        session.execute(text(COPIED_HEADS))
        session.execute(text("SET LOCAL session_replication_role = origin"))


def bill_by_boleto(session: Session) -> None:
    """July's invoices, each with a boleto that its bank registered."""
    now = at_sao_paulo(BILLED_ON, 6)
    plan_run(session, day=BILLED_ON, now=now)
    for chunk_id in list_waiting_chunks(session):
        bill_chunk(session, chunk_id, now=now)
        session.execute(text("ANALYZE invoices"))  # else foreign keys are checked as in a table of a few rows
    for chunk_id in session.scalars(select(BillingChunk.id)).all():
        issue_boletos(session, chunk_id=chunk_id, account=ACCOUNT, now=now)
    session.execute(text("SET LOCAL statement_timeout = 0"))  # of a benchmark's many, on a busy machine
    session.execute(
        text("UPDATE boletos SET state = 'registered', registered_at = issued_at WHERE state = 'issued'")
    )


def boletos(session: Session) -> Sequence[Boleto]:
    """July's, in the order of their numbers."""
    return session.scalars(select(Boleto).where(Boleto.state == "registered").order_by(Boleto.number)).all()
