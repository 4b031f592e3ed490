"""A case from the request to its outcome: protocol, time, one a contract, and what follows as one."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.banking.operations.boleto import issue_boleto
from portal.banking.queries.account import boleto_account
from portal.banking.rules.boleto import BoletoState
from portal.cancellations.models import CancellationCase
from portal.cancellations.operations.deciding import cancel, fingerprint, retain
from portal.cancellations.operations.opening import argue, open_case
from portal.cancellations.operations.watching import alarm_open_cases, call_silent_customers
from portal.cancellations.queries.cases import load_case
from portal.cancellations.queries.settlement import facts_of
from portal.cancellations.rules.cases import (
    AlreadyAsked,
    Answer,
    CaseClosed,
    CaseState,
    Offer,
    Reason,
    SettlementChanged,
    WordsMissing,
    WrongFollowUp,
)
from portal.cancellations.rules.settlement import settle
from portal.contracts.models import Contract
from portal.contracts.operations.activating import end_contracts
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState, NotPossibleNow
from portal.invoices.models import Invoice
from portal.invoices.operations.billing_runs import bill_chunk, plan_run
from portal.invoices.queries.billing_runs import list_waiting_chunks
from portal.invoices.rules.states import InvoiceState
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.mail_delivery import send_mail
from portal.shared.mail_rows import MailMessage
from portal.tasks.models import Task
from portal.tasks.rules import TaskKind
from tests.factories.contracts import make_contract
from tests.factories.payments import pay
from tests.factories.quotes import House, make_house
from tests.support.letters import written
from tests.support.pdf import text_of

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
TENTH_OF_JULY = at_sao_paulo(date(2026, 7, 10), 15)
TWENTIETH_OF_AUGUST = at_sao_paulo(date(2026, 8, 20), 15)
PERSON = "52998224725"


def bill(session: Session, day: date) -> None:
    """A day's billing, as the schedule does it."""
    now = at_sao_paulo(day, 6)
    plan_run(session, day=day, now=now)
    for chunk_id in list_waiting_chunks(session):
        bill_chunk(session, chunk_id, now=now)
    session.expire_all()


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


@pytest.fixture
def contract(session: Session, house: House) -> Contract:
    """Active from 01/06, R$ 199,90 a month, paid and covered until 31/07; the next is due on 15/07."""
    return make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)


def ask(
    session: Session, contract: Contract, house: House, *, now: datetime = TENTH_OF_JULY
) -> CancellationCase:
    return open_case(
        session, contract=contract, reason=Reason.PRICE, words="Ficou caro.", actor=house.seller, now=now
    )


def confirm(session: Session, case: CancellationCase, house: House, *, now: datetime = TENTH_OF_JULY) -> None:
    contract = load_contract(session, case.contract_id)
    seen = fingerprint(settle(facts_of(session, contract, today=day_of(now))))
    cancel(session, case=case, outcome="Não quis ficar.", seen=seen, actor=house.seller, now=now)
    session.flush()
    session.expire_all()


def invoices(session: Session) -> list[Invoice]:
    return list(session.scalars(select(Invoice).order_by(Invoice.id)))


def tasks(session: Session, kind: TaskKind) -> list[Task]:
    return list(session.scalars(select(Task).where(Task.kind == kind).order_by(Task.id)))


class TestARequest:
    @pytest.mark.deep
    def test_has_a_protocol_and_the_time_of_its_moment_which_the_customer_is_told(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        case = ask(session, contract, house)
        assert case.protocol == f"2026-{case.id:06d}"
        assert case.requested_at == TENTH_OF_JULY
        mail = session.scalars(select(MailMessage).where(MailMessage.kind == "cancellation_opened")).one()
        letter = written(session, mail, now=TENTH_OF_JULY)
        assert case.protocol in letter.subject
        assert "10/07/2026 15:00" in letter.text_body
        assert "17/07/2026" in letter.text_body  # answered within seven days

    @pytest.mark.deep
    def test_asks_support_to_answer_on_its_day(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        ask(session, contract, house)
        (task,) = tasks(session, TaskKind.CANCELLATION)
        assert task.due_at == at_sao_paulo(date(2026, 7, 10), 18)

    def test_for_the_same_services_is_refused_with_the_first(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        first = ask(session, contract, house)
        with pytest.raises(AlreadyAsked, match=first.protocol):
            ask(session, contract, house, now=TENTH_OF_JULY + timedelta(minutes=5))

    def test_of_a_contract_that_ends_already_is_refused(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        confirm(session, ask(session, contract, house), house)
        with pytest.raises(NotPossibleNow):
            ask(session, load_contract(session, contract.id), house)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE cancellation_cases SET requested_at = requested_at - interval '1 day'",
            "UPDATE cancellation_cases SET reason = 'other'",
            "DELETE FROM cancellation_cases",
            (
                "INSERT INTO cancellation_cases (partner_id, customer_id, contract_id, origin, reason, words,"
                " requested_at, opened_by_id, state, outcome, is_withdrawal, refund_cents, fates)"
                " SELECT partner_id, customer_id, contract_id, origin, reason, words, requested_at,"
                " opened_by_id, state, outcome, is_withdrawal, refund_cents, fates FROM cancellation_cases"
            ),
        ],
        ids=["dated back", "another reason", "taken away", "a second one"],
    )
    def test_is_kept_by_the_database(
        self, session: Session, contract: Contract, house: House, statement: str
    ) -> None:
        ask(session, contract, house)
        with pytest.raises(IntegrityError):
            session.execute(text(statement))

    def test_cannot_be_made_for_a_time_before_what_the_log_knows(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        with pytest.raises(IntegrityError, match="dated back"):
            ask(session, contract, house, now=FIRST_OF_JUNE - timedelta(minutes=6))


class TestACustomerWhoPaidAhead:
    @pytest.mark.deep
    def test_uses_it_and_is_billed_no_more(self, session: Session, contract: Contract, house: House) -> None:
        bill(session, date(2026, 7, 5))
        case = ask(session, contract, house)
        confirm(session, case, house)
        ending = load_contract(session, contract.id)
        assert (ending.state, ending.ends_on) == (ContractState.ENDING, date(2026, 7, 31))
        assert [invoice.state for invoice in invoices(session)] == [InvoiceState.PAID, InvoiceState.VOID]
        assert case.protocol in invoices(session)[1].void_reason
        assert "000002" in tasks(session, TaskKind.CANCELLATION)[1].detail

        bill(session, date(2026, 8, 5))
        assert len(invoices(session)) == 2
        end_contracts(session, now=at_sao_paulo(date(2026, 8, 1), 0))
        assert load_contract(session, contract.id).state is ContractState.ENDED

    def test_gets_the_formal_mail_with_its_receipt(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        case = ask(session, contract, house)
        confirm(session, case, house)
        mail = session.scalars(select(MailMessage).where(MailMessage.kind == "cancellation_confirmed")).one()
        letter = written(session, mail, now=TENTH_OF_JULY)
        assert case.protocol in letter.subject
        assert "funciona até 31/07/2026" in letter.text_body
        assert f"Contrato {contract.label} cancelado" in letter.subject
        outgoing = send_mail.before(session, mail.id, now=TENTH_OF_JULY)
        (attached,) = outgoing.message.iter_attachments()
        assert attached.get_filename() == f"cancelamento-{case.protocol}.pdf"
        printed = text_of(attached.get_content())
        assert case.protocol in printed
        assert "31/07/2026" in printed


class TestACustomerWhoOwes:
    @pytest.mark.deep
    def test_is_collected_for_what_is_over_15_days_late_and_for_nothing_else(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        bill(session, date(2026, 7, 5))  # due 15/07, on 20/08 36 days late
        bill(session, date(2026, 8, 5))  # due 15/08, a Saturday: payable until 17/08, 3 days late
        case = ask(session, contract, house, now=TWENTIETH_OF_AUGUST)
        confirm(session, case, house, now=TWENTIETH_OF_AUGUST)
        ended = load_contract(session, contract.id)
        assert (ended.state, ended.ends_on) == (ContractState.ENDED, date(2026, 8, 20))
        assert [invoice.state for invoice in invoices(session)] == [
            InvoiceState.PAID,
            InvoiceState.OPEN,
            InvoiceState.VOID,
        ]
        assert load_case(session, case.id).last_day == date(2026, 8, 20)

    def test_whose_boleto_the_bank_reported_as_paid_keeps_its_month(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        bill(session, date(2026, 7, 5))  # due 15/07, for August
        account, owed = boleto_account(session), invoices(session)[1]
        boleto = issue_boleto(session, invoice_id=owed.id, account=account, now=TENTH_OF_JULY)
        boleto.state, boleto.paid_at = BoletoState.PAID_UNSETTLED, TENTH_OF_JULY
        session.flush()
        case = ask(session, contract, house)
        confirm(session, case, house)
        assert load_contract(session, contract.id).ends_on == date(2026, 8, 31)
        assert invoices(session)[1].state is InvoiceState.OPEN


class TestAConsumer:
    def test_who_withdraws_within_seven_days_gets_everything_back(self, session: Session) -> None:
        house = make_house(session, document=PERSON)
        contract = make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        eighth = at_sao_paulo(date(2026, 6, 8), 10)
        case = ask(session, contract, house, now=eighth)
        confirm(session, case, house, now=eighth)
        (task,) = tasks(session, TaskKind.REFUND)
        assert "199,90" in task.title
        assert load_contract(session, contract.id).state is ContractState.ENDED


class TestConfirming:
    def test_is_refused_when_a_payment_came_since_it_was_shown(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        bill(session, date(2026, 7, 5))
        case = ask(session, contract, house)
        seen = fingerprint(
            settle(facts_of(session, load_contract(session, contract.id), today=date(2026, 7, 10)))
        )
        pay(session, invoice_id=invoices(session)[1].id, now=TENTH_OF_JULY)
        with pytest.raises(SettlementChanged):
            cancel(session, case=case, outcome="Saiu", seen=seen, actor=house.seller, now=TENTH_OF_JULY)
        confirm(session, case, house)
        assert load_contract(session, contract.id).ends_on == date(2026, 8, 31)

    def test_happens_once(self, session: Session, contract: Contract, house: House) -> None:
        case = ask(session, contract, house)
        confirm(session, case, house)
        with pytest.raises(CaseClosed):
            cancel(session, case=case, outcome="Saiu", seen="", actor=house.seller, now=TENTH_OF_JULY)

    def test_needs_words(self, session: Session, contract: Contract, house: House) -> None:
        case = ask(session, contract, house)
        with pytest.raises(WordsMissing):
            cancel(session, case=case, outcome=" ", seen="", actor=house.seller, now=TENTH_OF_JULY)


class TestACustomerWhoStays:
    def test_keeps_everything_and_is_asked_again_on_a_day(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        case = ask(session, contract, house)
        argue(
            session,
            case=case,
            offer=Offer.TRAINING,
            answer=Answer.ACCEPTED,
            words="Duas horas na semana que vem.",
            actor=house.seller,
            now=TENTH_OF_JULY,
        )
        retain(
            session,
            case=case,
            outcome="Fica com o treinamento.",
            follow_up_on=date(2026, 8, 10),
            actor=house.seller,
            now=TENTH_OF_JULY,
        )
        assert case.state is CaseState.RETAINED
        assert load_contract(session, contract.id).state is ContractState.ACTIVE
        (task,) = tasks(session, TaskKind.FOLLOW_UP)
        assert task.due_at == at_sao_paulo(date(2026, 8, 10), 18)
        assert [task.closed_at is not None for task in tasks(session, TaskKind.CANCELLATION)] == [True]
        assert ask(session, contract, house).id != case.id  # asking again is a case of its own

    @pytest.mark.parametrize("day", [date(2026, 7, 10), date(2027, 1, 7)], ids=["today", "too far"])
    def test_is_asked_again_on_a_day_that_makes_sense(
        self, session: Session, contract: Contract, house: House, day: date
    ) -> None:
        case = ask(session, contract, house)
        with pytest.raises(WrongFollowUp):
            retain(
                session, case=case, outcome="Fica", follow_up_on=day, actor=house.seller, now=TENTH_OF_JULY
            )


class TestTheEvening:
    def test_alarms_support_of_what_is_still_open_once_a_day(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        case = ask(session, contract, house)
        evening = at_sao_paulo(date(2026, 7, 10), 18)
        assert [alarm_open_cases(session, now=evening) for _ in range(2)] == [1, 0]
        assert case.protocol in tasks(session, TaskKind.CANCELLATION)[1].title
        assert alarm_open_cases(session, now=evening + timedelta(days=1)) == 1
        confirm(session, case, house, now=evening + timedelta(days=1, minutes=1))
        assert alarm_open_cases(session, now=evening + timedelta(days=2)) == 0

    def test_leaves_support_nothing_to_do_once_the_case_is_closed(
        self, session: Session, contract: Contract, house: House
    ) -> None:
        bill(session, date(2026, 7, 5))
        case = ask(session, contract, house)
        argue(
            session,
            case=case,
            offer=None,
            answer=None,
            words="Ainda está aí?",
            awaits_reply=True,
            actor=house.seller,
            now=TENTH_OF_JULY,
        )
        evening = at_sao_paulo(date(2026, 7, 10), 18)
        assert (alarm_open_cases(session, now=evening), call_silent_customers(session, now=evening)) == (1, 1)
        confirm(session, case, house, now=evening)
        about = select(Task.team, Task.kind, Task.result_note).where(
            Task.subject_type == "cancellation_cases"
        )
        assert sorted(session.execute(about).all()) == [
            (Role.FINANCE, TaskKind.CANCELLATION, ""),  # the boleto of the void invoice
            (Role.SUPPORT, TaskKind.CALL, "Cancelado"),
            (Role.SUPPORT, TaskKind.CANCELLATION, "Cancelado"),
            (Role.SUPPORT, TaskKind.CANCELLATION, "Cancelado"),
        ]
