"""A morning's charges of all and of each invoice alone are the same rows, column by column."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.operations.boleto import issue_boleto
from portal.banking.queries.account import boleto_account
from portal.cards.operations.charging import start_charge
from portal.cards.operations.due import charge_due_invoices
from portal.cards.queries.cards import find_card
from portal.contracts.models import Contract
from portal.invoices.models import BillingChunk, Invoice
from portal.invoices.operations.billing_runs import bill_chunk, plan_run
from portal.invoices.rules.states import InvoiceState
from portal.shared.clock import at_sao_paulo, day_of
from portal.subscriptions.rules import BilledTo
from tests.factories.cards import CardCase
from tests.factories.subscriptions import STEP, copy_subscriptions
from tests.portal.cards.test_card_charging import register
from tests.support.clients import PortalClient
from tests.support.made_rows import made_by, rows_made
from tests.support.unguarded import unguarded

FIFTH, NOW = date(2026, 7, 5), at_sao_paulo(date(2026, 7, 25), 7)
MADE = {
    "charges": "SELECT * FROM charges ORDER BY invoice_id",
    "jobs": "SELECT queued_jobs.*, invoice_id FROM queued_jobs JOIN charges ON charges.id = subject_id"
    " WHERE queued_jobs.kind = 'charge' ORDER BY invoice_id",
}
GIVEN_OUT = {"id", "key", "subject_id"}
# By what is left of a contract's number: what is charged otherwise than in full and late, or not at all.
PART_PAID, SETTLING, NOT_YET_DUE, LATER_DUE, NO_CARD, UNDER_WAY, PAID = range(7)
OTHERS = 11
VARIED = f"""
UPDATE invoices SET paid_cents = 4990 WHERE installment_number = 2 AND contract_id % {OTHERS} = {PART_PAID};
UPDATE boletos SET state = 'paid_unsettled', paid_at = now() FROM invoices
WHERE invoices.id = invoice_id AND invoices.contract_id % {OTHERS} = {SETTLING};
UPDATE invoices SET due_on = due_on + 11
WHERE installment_number = 2 AND contract_id % {OTHERS} = {NOT_YET_DUE};
UPDATE invoices SET due_on = due_on + 9 WHERE installment_number = 2 AND contract_id % {OTHERS} = {LATER_DUE};
UPDATE cards SET replaced_at = now() WHERE contract_id % {OTHERS} = {NO_CARD};
UPDATE invoices SET state = 'paid', paid_cents = amount_cents, paid_at = now()
WHERE installment_number = 2 AND contract_id % {OTHERS} = {PAID}
"""  # noqa: S608 - numbers of ours
COPY_CARD = f"""
INSERT INTO cards SELECT copy.*
FROM cards, contracts, LATERAL jsonb_populate_record(cards, jsonb_build_object(
    'id', contracts.id, 'request_id', contracts.id, 'contract_id', contracts.id,
    'customer_id', contracts.customer_id, 'processor_method', 'pm_' || contracts.id)) AS copy
WHERE contracts.id > {STEP}
"""  # noqa: S608 - a number of ours


def second_invoices(session: Session, kind: int) -> list[int]:
    """Those of the contracts of a kind."""
    return list(
        session.scalars(
            select(Invoice.id).where(Invoice.installment_number == 2, Invoice.contract_id % OTHERS == kind)
        )
    )


def one_by_one(session: Session) -> None:
    """What is open and due is charged alone, with the card that pays for its contract."""
    due = select(Invoice.id, Contract).join(Contract, Contract.id == Invoice.contract_id)
    open_ones = due.where(Invoice.state == InvoiceState.OPEN, Invoice.due_on <= day_of(NOW))
    for invoice_id, contract in session.execute(open_ones.order_by(Invoice.id)).all():
        card = find_card(session, contract, billed_to=BilledTo.CUSTOMER)
        if card is not None:
            start_charge(session, invoice_id=invoice_id, card=card, now=NOW)


def all_at_once(session: Session) -> None:
    """What the job of the morning does."""
    charge_due_invoices(session, now=NOW)


@pytest.fixture
def many(card_case: CardCase, visitor: PortalClient, count: int) -> None:
    """Contracts paid by card with a second month due on 15/07, each with something else of its own."""
    register(visitor, card_case)
    card_case.sign()
    card_case.work_off()
    with card_case.transaction() as session:
        copy_subscriptions(session, card_case.contract_id, count=count - 1)
        unguarded(session, COPY_CARD)
    with card_case.transaction() as session:
        now = at_sao_paulo(FIFTH, 6)
        plan_run(session, day=FIFTH, now=now)
        session.flush()
        for chunk_id in session.scalars(select(BillingChunk.id)).all():
            bill_chunk(session, chunk_id, now=now)
        for invoice_id in second_invoices(session, SETTLING):
            issue_boleto(session, invoice_id=invoice_id, account=boleto_account(session), now=now)
        for invoice_id in second_invoices(session, UNDER_WAY):
            invoice = session.get_one(Invoice, invoice_id)
            contract = session.get_one(Contract, invoice.contract_id)
            card = find_card(session, contract, billed_to=BilledTo.CUSTOMER)
            assert card is not None
            start_charge(session, invoice_id=invoice_id, card=card, now=at_sao_paulo(date(2026, 7, 24), 7))
        session.flush()
        unguarded(session, *VARIED.split(";"))


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("count", [60, pytest.param(1_000, marks=pytest.mark.deep)])
def test_charges_of_all_are_those_of_each_alone(card_case: CardCase, count: int) -> None:
    with card_case.transaction() as session:
        before = rows_made(session, MADE, but=GIVEN_OUT)
        at_once, singly = (made_by(session, way, MADE, but=GIVEN_OUT) for way in (all_at_once, one_by_one))
        left_out = {
            invoice_id
            for kind in (SETTLING, NOT_YET_DUE, NO_CARD, PAID)
            for invoice_id in second_invoices(session, kind)
        }
    assert len(at_once["charges"]) - len(before["charges"]) > count // 3
    assert not left_out & {charge["invoice_id"] for charge in at_once["charges"]}
    assert len({charge["late_cents"] for charge in at_once["charges"]}) >= 3
    for name in MADE:
        assert at_once[name] == singly[name], name
