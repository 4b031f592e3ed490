"""Leaving in part, staying after all, a chat nobody answers: figures by hand from the demo list."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.operations.deciding import cancel, fingerprint
from portal.cancellations.operations.opening import argue, open_case
from portal.cancellations.operations.taking_back import take_back
from portal.cancellations.operations.watching import call_silent_customers
from portal.cancellations.queries.settlement import facts_of
from portal.cancellations.rules.cases import CannotTakeBack, CaseState, Reason, ServicesGone
from portal.cancellations.rules.settlement import settle
from portal.contracts.models import Contract
from portal.contracts.operations.activating import end_contracts
from portal.contracts.operations.canceling import drop_changes
from portal.contracts.operations.changing import quote_partner_change, start_change, start_partner_change
from portal.contracts.operations.generating import generate_contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import DROP_CHANGES, ContractKind, ContractState
from portal.customers.models import Customer
from portal.invoices.models import Invoice, InvoiceLine
from portal.invoices.rules.states import InvoiceState
from portal.overdue.models import Suspension
from portal.overdue.operations.trust import release_in_trust
from portal.partners.rules import Arrangement
from portal.payouts.models import RepasseAccrual
from portal.payouts.operations.accruing import accrue_paid_invoice
from portal.quotes.models import Quote
from portal.quotes.operations.answering import accept_quote
from portal.quotes.operations.pricing import selection_of
from portal.quotes.operations.sending import send_proposal
from portal.shared.auth import Actor, Role
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.queue.rows import QueuedJob
from portal.subscriptions.models import Subscription
from portal.subscriptions.operations.pricing import show_prices
from portal.tasks.models import Task
from portal.tasks.rules import TaskKind
from tests.factories.contracts import make_contract, printed
from tests.factories.overdue import suspended
from tests.factories.partners import make_partner
from tests.factories.payments import pay
from tests.factories.quotes import House, live, make_house
from tests.factories.users import actor_of, make_user
from tests.portal.cancellations.test_cases import PERSON, bill

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
TENTH_OF_JULY = at_sao_paulo(date(2026, 7, 10), 15)
REGISTER = "addon:register"


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def contract_of(session: Session, house: House) -> Contract:
    """199,90 with a user at 19,90 and a register at 49,90: 269,70 a month; paid until 31/07."""
    quantities = {"user": 3, "register": 2}
    return make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE, quantities=quantities)


def leave(
    session: Session, contract: Contract, house: House, *services: str, on: date = date(2026, 7, 10)
) -> CancellationCase:
    now = at_sao_paulo(on, 15)
    case = open_case(
        session,
        contract=contract,
        reason=Reason.PRICE,
        words="Ficou caro.",
        services=services,
        actor=house.seller,
        now=now,
    )
    facts = facts_of(session, load_contract(session, contract.id), today=day_of(now), services=services)
    seen = fingerprint(settle(facts))
    cancel(session, case=case, outcome="Não quis ficar.", seen=seen, actor=house.seller, now=now)
    session.flush()
    session.expire_all()
    return case


def invoices(session: Session) -> list[Invoice]:
    return list(session.scalars(select(Invoice).order_by(Invoice.id)))


def lines(session: Session, invoice: Invoice) -> dict[str, int]:
    rows = session.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id))
    return {row.code: row.amount_cents for row in rows}


def tasks(session: Session, kind: TaskKind) -> list[Task]:
    return list(session.scalars(select(Task).where(Task.kind == kind).order_by(Task.id)))


class TestSomeServices:
    def test_end_with_what_is_paid_and_are_billed_no_more(self, session: Session, house: House) -> None:
        contract = contract_of(session, house)
        case = leave(session, contract, house, REGISTER)
        assert case.last_day == date(2026, 7, 31)
        goes_on = load_contract(session, contract.id)
        assert (goes_on.state, goes_on.ended_services) == (ContractState.ACTIVE, [REGISTER])

        bill(session, date(2026, 7, 5))
        august = invoices(session)[1]
        assert august.amount_cents == 219_80
        assert lines(session, august) == {"plan:gestao": 199_90, "addon:user": 19_90}

    def test_leave_the_partner_its_share_of_what_is_left(self, session: Session, house: House) -> None:
        contract = contract_of(session, house)
        subscription = session.scalars(select(Subscription).filter_by(contract_id=contract.id)).one()
        # 269,70 less 6,74 % (18,18) and the cost of 85 + 7 + 18
        assert (subscription.monthly_cents, subscription.repasse_cents) == (269_70, 141_52)
        leave(session, contract, house, REGISTER)
        show_prices(session, today=date(2026, 7, 15))
        session.expire_all()
        # 219,80 less 6,74 % (14,81) and the cost of 85 + 7
        assert (subscription.monthly_cents, subscription.repasse_cents) == (219_80, 112_99)
        assert subscription.cost_cents == 92_00
        bill(session, date(2026, 7, 5))
        august = invoices(session)[1]
        pay(session, invoice_id=august.id, amount_cents=219_80, now=TENTH_OF_JULY)
        accrue_paid_invoice(session, august.id, now=TENTH_OF_JULY)
        owed = select(func.sum(RepasseAccrual.repasse_cents)).where(RepasseAccrual.invoice_id == august.id)
        assert session.scalar(owed) == 112_99

    def test_come_off_an_invoice_that_is_open_already(self, session: Session, house: House) -> None:
        contract = contract_of(session, house)
        bill(session, date(2026, 7, 5))
        leave(session, contract, house, REGISTER)
        august = invoices(session)[1]
        assert (august.state, august.amount_cents, august.open_cents) == (
            InvoiceState.OPEN,
            269_70,
            219_80,
        )
        pay(session, invoice_id=august.id, amount_cents=219_80, now=TENTH_OF_JULY)
        assert invoices(session)[1].state is InvoiceState.PAID
        bill(session, date(2026, 8, 5))
        assert invoices(session)[2].amount_cents == 219_80

    def test_stay_on_an_invoice_over_15_days_late(self, session: Session, house: House) -> None:
        contract = contract_of(session, house)
        bill(session, date(2026, 7, 5))  # due 15/07
        leave(session, contract, house, REGISTER, on=date(2026, 8, 3))
        assert invoices(session)[1].open_cents == 269_70

    def test_of_a_partner_that_is_billed_come_off_its_cost(self, session: Session) -> None:
        house = make_house(session)
        house.partner.arrangement = Arrangement.HIPERADOR
        session.flush()
        contract = contract_of(session, house)
        leave(session, contract, house, REGISTER)
        bill(session, date(2026, 7, 5))
        assert [invoice.amount_cents for invoice in invoices(session)] == [110_00, 92_00]

    def test_that_are_gone_cannot_be_canceled_again(self, session: Session, house: House) -> None:
        contract = contract_of(session, house)
        leave(session, contract, house, REGISTER)
        for service in (REGISTER, "plan:gestao", "app:tef"):
            with pytest.raises(ServicesGone):
                leave(session, load_contract(session, contract.id), house, service)

    def test_are_not_in_the_next_change_of_the_contract(self, session: Session, house: House) -> None:
        contract = contract_of(session, house)
        leave(session, contract, house, REGISTER)
        quote: Quote = start_change(
            session, contract=contract, kind=ContractKind.AMENDMENT, actor=house.seller, now=TENTH_OF_JULY
        )
        assert selection_of(live(session, quote)).quantities == {"user": 3}

    @pytest.mark.deep
    def test_are_given_back_to_a_consumer_within_seven_days(self, session: Session) -> None:
        house = make_house(session, document=PERSON)
        contract = contract_of(session, house)
        leave(session, contract, house, REGISTER, on=date(2026, 6, 8))
        (task,) = tasks(session, TaskKind.REFUND)
        assert "49,90" in task.title
        assert load_contract(session, contract.id).state is ContractState.ACTIVE


class TestStayingAfterAll:
    @pytest.mark.deep
    def test_goes_on_as_it_was(self, session: Session, house: House) -> None:
        contract = contract_of(session, house)
        case = leave(session, contract, house)
        take_back(session, case=case, reason="Repensou.", actor=house.seller, now=TENTH_OF_JULY)
        session.expire_all()
        goes_on = load_contract(session, contract.id)
        assert (case.state, goes_on.state, goes_on.ends_on) == (
            CaseState.TAKEN_BACK,
            ContractState.ACTIVE,
            None,
        )
        bill(session, date(2026, 7, 5))
        assert invoices(session)[1].amount_cents == 269_70
        assert end_contracts(session, now=at_sao_paulo(date(2026, 8, 1), 1)) == 0

    def test_has_the_month_that_was_dropped_invoiced_anew(self, session: Session, house: House) -> None:
        contract = contract_of(session, house)
        bill(session, date(2026, 7, 5))
        case = leave(session, contract, house)
        assert invoices(session)[1].state is InvoiceState.VOID
        later = at_sao_paulo(date(2026, 7, 20), 9)
        take_back(session, case=case, reason="Repensou.", actor=house.seller, now=later)
        anew = invoices(session)[2]
        assert (anew.state, anew.amount_cents, anew.installment_number) == (InvoiceState.OPEN, 269_70, 2)
        assert anew.due_on == date(2026, 7, 20)
        bill(session, date(2026, 8, 5))
        assert [each.installment_number for each in invoices(session)] == [1, 2, 2, 3]
        pay(session, invoice_id=anew.id, amount_cents=269_70, now=later + timedelta(hours=1))
        assert invoices(session)[2].state is InvoiceState.PAID

    def test_is_possible_until_the_last_day(self, session: Session, house: House) -> None:
        contract = contract_of(session, house)
        case = leave(session, contract, house)
        end_contracts(session, now=at_sao_paulo(date(2026, 8, 1), 1))
        with pytest.raises(CannotTakeBack):
            take_back(session, case=case, reason="Repensou.", actor=house.seller, now=TENTH_OF_JULY)

    def test_happens_once(self, session: Session, house: House) -> None:
        case = leave(session, contract_of(session, house), house)
        take_back(session, case=case, reason="Repensou.", actor=house.seller, now=TENTH_OF_JULY)
        with pytest.raises(CannotTakeBack):
            take_back(session, case=case, reason="Repensou.", actor=house.seller, now=TENTH_OF_JULY)

    def test_is_not_for_single_services(self, session: Session, house: House) -> None:
        case = leave(session, contract_of(session, house), house, REGISTER)
        with pytest.raises(CannotTakeBack):
            take_back(session, case=case, reason="Repensou.", actor=house.seller, now=TENTH_OF_JULY)

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE cancellation_cases SET outcome = 'Outra'",
            "UPDATE cancellation_cases SET last_day = last_day + 30",
            "UPDATE cancellation_cases SET state = 'open'",
            "UPDATE cancellation_cases SET services = '[1]'",
        ],
        ids=["outcome", "last day", "reopened", "services"],
    )
    def test_is_all_that_may_happen_to_a_closed_case(
        self, session: Session, house: House, change: str
    ) -> None:
        leave(session, contract_of(session, house), house)
        with pytest.raises(IntegrityError):
            session.execute(text(change))


class TestASilentChat:
    @pytest.mark.deep
    def test_becomes_a_call_after_ten_minutes_once(self, session: Session, house: House) -> None:
        house.customer.phone = "4733334444"
        case = open_case(
            session,
            contract=contract_of(session, house),
            reason=Reason.PRICE,
            words="Ficou caro.",
            actor=house.seller,
            now=TENTH_OF_JULY,
        )
        say(session, case, house, "Posso oferecer 10 %?", awaits_reply=True)
        nine, ten = (TENTH_OF_JULY + timedelta(minutes=minutes) for minutes in (9, 10))
        assert call_silent_customers(session, now=nine) == 0
        assert [call_silent_customers(session, now=ten) for _ in range(2)] == [1, 0]
        (task,) = tasks(session, TaskKind.CALL)
        assert "(47) 3333-4444" in task.detail
        assert "Posso oferecer 10 %?" in task.detail

    def test_that_was_answered_calls_nobody(self, session: Session, house: House) -> None:
        case = open_case(
            session,
            contract=contract_of(session, house),
            reason=Reason.PRICE,
            words="Ficou caro.",
            actor=house.seller,
            now=TENTH_OF_JULY,
        )
        say(session, case, house, "Posso oferecer 10 %?", awaits_reply=True)
        say(session, case, house, "Respondeu que vai pensar.", awaits_reply=False)
        assert call_silent_customers(session, now=TENTH_OF_JULY + timedelta(hours=1)) == 0


def say(session: Session, case: CancellationCase, house: House, words: str, *, awaits_reply: bool) -> None:
    argue(
        session,
        case=case,
        offer=None,
        answer=None,
        words=words,
        actor=house.seller,
        awaits_reply=awaits_reply,
        now=TENTH_OF_JULY,
    )


class TestWhatWasToFollow:
    @pytest.mark.deep
    @pytest.mark.parametrize("kind", [ContractKind.AMENDMENT, ContractKind.RENEWAL])
    def test_waits_for_a_signature_no_longer(
        self, session: Session, house: House, kind: ContractKind
    ) -> None:
        contract = contract_of(session, house)
        quote = start_change(session, contract=contract, kind=kind, actor=house.seller, now=TENTH_OF_JULY)
        pending = asked_to_sign(session, quote, house, now=TENTH_OF_JULY)
        leave(session, contract, house)
        run_drop(session, contract)
        dropped = load_contract(session, pending.id)
        assert dropped.state is ContractState.CANCELED
        assert dropped.close_reason == f"O cliente cancelou o contrato {contract.label}."

    def test_goes_on_where_the_end_was_taken_back_first(self, session: Session, house: House) -> None:
        contract = contract_of(session, house)
        quote = start_change(
            session, contract=contract, kind=ContractKind.AMENDMENT, actor=house.seller, now=TENTH_OF_JULY
        )
        pending = asked_to_sign(session, quote, house, now=TENTH_OF_JULY)
        case = leave(session, contract, house)
        take_back(session, case=case, reason="Repensou.", actor=house.seller, now=TENTH_OF_JULY)
        run_drop(session, contract)
        assert load_contract(session, pending.id).state is ContractState.AWAITING_SIGNATURE

    def test_of_another_partner_is_dropped_too(self, session: Session, house: House) -> None:
        contract = contract_of(session, house)
        partner = make_partner(session, trade_name="Norte Sistemas")
        seller = actor_of(make_user(session, partner_id=partner.id, name="Rita Norte"))
        support = actor_of(make_user(session, role=Role.SUPPORT, name="Davi"))
        request = start_partner_change(
            session, contract=contract, partner_id=partner.id, actor=support, now=TENTH_OF_JULY
        )
        customer = session.get_one(Customer, request.customer_id)
        quote = quote_partner_change(
            session, request=request, customer=customer, actor=seller, now=TENTH_OF_JULY
        )
        pending = asked_to_sign(session, quote, house, seller=seller, now=TENTH_OF_JULY)
        leave(session, contract, house)
        run_drop(session, contract)
        assert load_contract(session, pending.id).state is ContractState.CANCELED

    def test_accepted_after_the_end_is_a_new_contract(self, session: Session, house: House) -> None:
        contract = contract_of(session, house)
        quote = start_change(
            session, contract=contract, kind=ContractKind.AMENDMENT, actor=house.seller, now=TENTH_OF_JULY
        )
        leave(session, contract, house)
        end_contracts(session, now=at_sao_paulo(date(2026, 8, 1), 1))
        made = accepted(session, quote, house.seller, now=at_sao_paulo(date(2026, 8, 2), 9))
        assert (made.kind, made.base_contract_id) == (ContractKind.ACTIVATION, None)


class TestALateCustomer:
    def test_in_trust_ends_today_and_keeps_its_debt(self, session: Session, house: House) -> None:
        now = at_sao_paulo(date(2026, 9, 21), 15)
        contract = suspended(session, house, now=now)
        release_in_trust(session, house.customer, actor=None, given_to="maria@x.com", now=now)
        session.expire_all()
        today = day_of(now)
        case = leave(session, load_contract(session, contract.id), house, on=today)
        ended = load_contract(session, contract.id)
        assert (ended.state, ended.ends_on, case.last_day) == (ContractState.ENDED, today, today)
        subscription = session.scalars(select(Subscription).filter_by(contract_id=contract.id)).one()
        assert subscription.ended_at is not None
        late = [each for each in invoices(session) if each.installment_number == 2]
        assert [each.state for each in late] == [InvoiceState.OPEN]
        assert session.scalars(select(Suspension)).one().released_at is not None


def asked_to_sign(
    session: Session, quote: Quote, house: House, *, seller: Actor | None = None, now: datetime
) -> Contract:
    """The contract of a quote, which waits for its signature."""
    actor = seller or house.seller
    contract = accepted(session, quote, actor, now=now)
    generate_contract(session, contract=contract, actor=actor, now=now)
    printed(session, contract.id, now=now)
    found = load_contract(session, contract.id)
    assert found.state is ContractState.AWAITING_SIGNATURE
    return found


def accepted(session: Session, quote: Quote, actor: Actor, *, now: datetime) -> Contract:
    session.refresh(quote, ["proposal"])
    token = send_proposal(session, proposal=quote.proposal, actor=actor, now=now)
    version = accept_quote(session, token=token, quote_id=quote.id, now=now)
    found = session.scalars(select(Contract.id).where(Contract.version_id == version.id)).one()
    return load_contract(session, found)


def run_drop(session: Session, contract: Contract) -> None:
    """What the job does that a cancellation left."""
    session.scalars(select(QueuedJob).filter_by(kind=DROP_CHANGES, subject_id=contract.id)).one()
    drop_changes(session, contract.id, now=TENTH_OF_JULY)
    session.flush()
    session.expire_all()
