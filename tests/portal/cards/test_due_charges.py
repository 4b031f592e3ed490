"""The months after the first: each is charged to the card on its due date, once."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.banking.operations.boleto import issue_boleto
from portal.banking.queries.account import boleto_account
from portal.banking.rules.boleto import BoletoState
from portal.cards.operations.charging import start_charge
from portal.cards.operations.due import charge_due_invoices, retry_charges
from portal.cards.queries.due import list_invoices_to_charge
from portal.cards.rules.cards import CHARGE, ChargeState
from portal.contracts.rules.states import ContractState
from portal.invoices.models import BillingChunk, Invoice, LateCharge
from portal.invoices.operations.billing_runs import bill_chunk, plan_run
from portal.invoices.rules.states import InvoiceState
from portal.shared.clock import at_sao_paulo, day_of
from tests.factories.cards import CardCase
from tests.factories.payments import pay
from tests.portal.cards.test_card_charging import register
from tests.support.card_processor import REFUSED_WHEN_CHARGED, CardProcessor
from tests.support.clients import PortalClient

FIFTH, DUE = date(2026, 7, 5), date(2026, 7, 15)
MORNING = at_sao_paulo(DUE, 7)
NEXT_MORNING = at_sao_paulo(DUE + timedelta(days=1), 8)


def billed(case: CardCase) -> None:
    """The run of the day on which the second month is issued."""
    now = at_sao_paulo(FIFTH, 6)
    with case.transaction() as session:
        plan_run(session, day=FIFTH, now=now)
        bill_chunk(session, session.scalars(select(BillingChunk.id)).one(), now=now)


def charged(case: CardCase, day: date) -> int:
    """The job of a morning; what follows is done."""
    now = at_sao_paulo(day, 7)
    with case.transaction() as session:
        begun = charge_due_invoices(session, now=now)
    case.work_off(now)
    return begun


def second_invoice(case: CardCase) -> Invoice:
    with case.transaction() as session:
        invoice = session.scalars(
            select(Invoice).filter_by(contract_id=case.contract_id, installment_number=2)
        ).one()
        session.expunge(invoice)
        return invoice


def active(visitor: PortalClient, case: CardCase) -> None:
    register(visitor, case)
    case.sign()
    case.work_off()
    assert case.contract().state is ContractState.ACTIVE


def refused(visitor: PortalClient, case: CardCase) -> None:
    """The card of the second month is refused on the due date; the first was paid another way."""
    register(visitor, case, REFUSED_WHEN_CHARGED)
    case.sign()
    with case.transaction() as session:
        first = session.scalars(select(Invoice).filter_by(contract_id=case.contract_id)).one()
        pay(session, invoice_id=first.id, amount_cents=first.amount_cents)
    case.work_off()
    billed(case)
    assert charged(case, DUE) == 1
    assert [charge.state for charge in case.charges()] == [ChargeState.DECLINED]


def begun(session: Session) -> tuple[str, int]:
    """The newest charge, but for its id and key, and how many jobs wait to ask for one."""
    words = "to_jsonb(charges) - 'id' - 'key'"
    row = session.scalars(text(f"SELECT ({words})::text FROM charges ORDER BY id DESC LIMIT 1")).one()  # noqa: S608
    jobs = text("SELECT count(*) FROM queued_jobs WHERE kind = :kind AND state = 'waiting'")
    return row, session.scalars(jobs, {"kind": CHARGE}).one()


class TestTheSecondMonth:
    @pytest.mark.deep
    def test_is_charged_on_its_due_date_and_not_before(
        self, visitor: PortalClient, card_case: CardCase, card_processor: CardProcessor
    ) -> None:
        active(visitor, card_case)
        billed(card_case)
        assert charged(card_case, DUE - timedelta(days=1)) == 0
        assert charged(card_case, DUE) == 1
        assert second_invoice(card_case).state is InvoiceState.PAID
        assert [each["amount"] for each in card_processor.succeeded()] == [199_90, 199_90]

    def test_is_begun_at_once_as_it_is_begun_alone(self, visitor: PortalClient, card_case: CardCase) -> None:
        active(visitor, card_case)
        billed(card_case)
        now = at_sao_paulo(DUE + timedelta(days=10), 7)
        with card_case.transaction() as session:
            with session.begin_nested() as alone:
                ((invoice_id, card),) = list_invoices_to_charge(session, today=day_of(now), limit=9)
                start_charge(session, invoice_id=invoice_id, card=card, now=now)
                expected = begun(session)
                alone.rollback()
            assert charge_due_invoices(session, now=now) == 1
            assert begun(session) == expected

    @pytest.mark.deep
    def test_is_charged_late_with_what_it_costs_on_that_day(
        self, visitor: PortalClient, card_case: CardCase, card_processor: CardProcessor
    ) -> None:
        active(visitor, card_case)
        billed(card_case)
        assert charged(card_case, DUE + timedelta(days=10)) == 1
        assert second_invoice(card_case).state is InvoiceState.PAID
        # R$ 199,90, 2 % of it (R$ 3,998) and 1 % a month for ten days (R$ 0,666…)
        assert [each["amount"] for each in card_processor.succeeded()] == [199_90, 199_90 + 4_00 + 67]
        with card_case.transaction() as session:
            charge = session.scalars(select(LateCharge)).one()
            assert (charge.total_cents, charge.open_cents) == (4_67, 0)

    @pytest.mark.deep
    def test_is_not_charged_while_its_boleto_is_being_settled(
        self, visitor: PortalClient, card_case: CardCase, card_processor: CardProcessor
    ) -> None:
        active(visitor, card_case)
        billed(card_case)
        with card_case.transaction() as session:
            account, owed = boleto_account(session), second_invoice(card_case)
            boleto = issue_boleto(session, invoice_id=owed.id, account=account, now=MORNING)
            boleto.state, boleto.paid_at = BoletoState.PAID_UNSETTLED, MORNING
        assert charged(card_case, DUE) == 0
        assert len(card_processor.succeeded()) == 1

    @pytest.mark.deep
    def test_is_charged_once_however_often_the_job_runs(
        self, visitor: PortalClient, card_case: CardCase, card_processor: CardProcessor
    ) -> None:
        active(visitor, card_case)
        billed(card_case)
        assert [charged(card_case, DUE), charged(card_case, DUE), charged(card_case, date(2026, 7, 16))] == [
            1,
            0,
            0,
        ]
        assert len(card_processor.succeeded()) == 2

    @pytest.mark.deep
    def test_refused_is_left_to_the_days_of_refused_cards(
        self, visitor: PortalClient, card_later_case: CardCase
    ) -> None:
        refused(visitor, card_later_case)
        assert charged(card_later_case, date(2026, 7, 16)) == 0
        assert second_invoice(card_later_case).state is InvoiceState.OPEN

    @pytest.mark.deep
    def test_refused_is_tried_again_once_with_what_it_costs_then(
        self, visitor: PortalClient, card_later_case: CardCase
    ) -> None:
        refused(visitor, card_later_case)
        with card_later_case.transaction() as session:
            assert [retry_charges(session, now=NEXT_MORNING) for _twice in range(2)] == [1, 0]
        _first, again = card_later_case.charges()
        # R$ 199,90, 2 % of it (R$ 3,998) and 1 % a month for a day (R$ 0,066…)
        assert (again.amount_cents, again.late_cents) == (199_90 + 4_00 + 7, 4_07)
        card_later_case.work_off(NEXT_MORNING)
        assert [each.state for each in card_later_case.charges()] == [ChargeState.DECLINED] * 2
        with card_later_case.transaction() as session:
            assert retry_charges(session, now=NEXT_MORNING) == 0

    @pytest.mark.deep
    def test_refused_waits_while_its_boleto_is_being_settled(
        self, visitor: PortalClient, card_later_case: CardCase
    ) -> None:
        refused(visitor, card_later_case)
        with card_later_case.transaction() as session:
            owed = second_invoice(card_later_case)
            boleto = issue_boleto(session, invoice_id=owed.id, account=boleto_account(session), now=MORNING)
            boleto.state, boleto.paid_at = BoletoState.PAID_UNSETTLED, MORNING
            session.flush()
            assert retry_charges(session, now=NEXT_MORNING) == 0
