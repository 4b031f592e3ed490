"""To whom a step speaks: the tone follows how somebody paid so far, and what its service is."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.banking.operations.boleto import issue_boleto
from portal.banking.queries.account import boleto_account
from portal.banking.rules.boleto import BoletoState
from portal.catalog.rules import ServiceKind
from portal.contracts.models import Contract
from portal.dunning.operations.runs import prepare_run, release_run, send_chunk
from portal.dunning.rules.steps import SUGGESTED, Audience, Channel, Step, in_order
from portal.dunning.rules.texts import banned_words, unknown_fields
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from tests.factories.dunning import REMINDER, policy_of
from tests.factories.overdue import MENTORING, active, invoices_of, night, nights, paid
from tests.factories.quotes import House, make_house
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.forms import form_values
from tests.support.letters import written
from tests.support.people import ClientOf

FIFTH_OF_JULY = date(2026, 7, 5)
GOOD = Step(2, Channel.EMAIL, Audience.GOOD, 0, "Sempre em dia", "Obrigado.")
LATE = Step(2, Channel.EMAIL, Audience.LATE_BEFORE, 0, "De novo", "Vamos ver juntos?")
REPEATED = Step(2, Channel.EMAIL, Audience.REPEATED, 0, "Outro dia?", "Quer mudar o vencimento?")


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def live(session: Session, days_late: dict[Contract, list[int]]) -> None:
    """A month after the other from July on, each contract paid so many days after the 15th."""
    for number in range(max(len(days) for days in days_late.values())):
        nights(session, date(2026, 7 + number, 5), date(2026, 7 + number, 6))
        for contract, late in days_late.items():
            if number < len(late):
                day = date(2026, 7 + number, 15 + late[number])
                paid(session, invoices_of(session, contract)[-1], at_sao_paulo(day, 9))


def told(session: Session, day: date) -> dict[int, str]:
    """The subject of what a day's run says, by contract."""
    run = prepare_run(session, now=at_sao_paulo(day, 9))
    rows = session.execute(
        text(
            "SELECT m.contract_id, s.subject FROM dunning_messages m JOIN dunning_steps s"
            " ON s.id = m.step_id WHERE m.run_id = :run"
        ),
        {"run": run.id},
    ).all()
    return dict(rows)


class TestTheTone:
    @pytest.mark.deep
    def test_is_that_of_a_first_delay_a_usual_one_or_a_repeated_one(
        self, session: Session, house: House
    ) -> None:
        """November's invoice is due on Sunday 15, payable until Monday 16: two days late on Wednesday 18."""
        policy_of(session, REMINDER, LATE, REPEATED, GOOD, actor=house.admin)  # in whatever order
        always, once, often = (active(session, make_house(session)) for _ in range(3))
        live(session, {always: [0, 0, 3, 0], once: [0, 5, 0, 0], often: [5, 5, 5, 0]})
        nights(session, date(2026, 11, 5), date(2026, 11, 6))
        assert told(session, date(2026, 11, 18)) == {
            always.id: "Sempre em dia",
            once.id: "De novo",
            often.id: "Outro dia?",
        }

    @pytest.mark.deep
    def test_of_repeated_delays_forgets_what_is_over_a_year_old(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, LATE, REPEATED, actor=house.admin)
        often = active(session, make_house(session))
        live(session, {often: [5, 5, 5, 0]})
        session.execute(text("ALTER TABLE invoices DISABLE TRIGGER USER"))
        a_year_before = "paid_at = paid_at - interval '1 year', due_on = due_on - 365"
        session.execute(text(f"UPDATE invoices SET {a_year_before} WHERE installment_number = 2"))  # noqa: S608
        session.execute(text("ALTER TABLE invoices ENABLE TRIGGER USER"))
        nights(session, date(2026, 11, 5), date(2026, 11, 6))
        assert told(session, date(2026, 11, 18)) == {often.id: "De novo"}

    def test_without_its_own_text_is_the_one_for_everybody(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, GOOD, actor=house.admin)
        late = active(session, make_house(session))
        live(session, {late: [5]})
        nights(session, date(2026, 8, 5), date(2026, 8, 6))
        assert told(session, date(2026, 8, 19)) == {late.id: "Fatura {fatura}"}


class TestAStepForOneSortOfContract:
    @pytest.mark.deep
    def test_goes_before_the_one_for_all_and_to_nobody_else(self, session: Session, house: House) -> None:
        mentoring = REMINDER._replace(subject="Mentoria", service_kind=ServiceKind.MENTORING)
        policy_of(session, REMINDER, mentoring, actor=house.admin)
        usual, mentored = active(session, house), active(session, make_house(session), **MENTORING)
        night(session, FIFTH_OF_JULY)
        assert told(session, date(2026, 7, 17)) == {usual.id: "Fatura {fatura}", mentored.id: "Mentoria"}

    def test_is_first_where_it_is_narrowest(self) -> None:
        both = GOOD._replace(service_kind=ServiceKind.TELECOM)
        sort = REMINDER._replace(service_kind=ServiceKind.TELECOM)
        assert in_order([REMINDER, sort, LATE, REPEATED, GOOD, both]) == [
            both,
            REPEATED,
            GOOD,
            LATE,
            sort,
            REMINDER,
        ]


class TestTheSuggestedSteps:
    def test_have_a_text_for_each_tone_and_threaten_nobody(self) -> None:
        after = {step.days for step in SUGGESTED if step.days > 0}
        for day in after:
            audiences = {step.audience for step in SUGGESTED if step.days == day}
            assert audiences == {Audience.GOOD, Audience.REPEATED, Audience.EVERYBODY}
        for step in SUGGESTED:
            assert banned_words(f"{step.subject} {step.body}") == []
            assert unknown_fields(f"{step.subject} {step.body}") == []


class TestATextBeforeItIsSaved:
    def test_is_shown_as_real_customers_would_read_it(
        self, client_of: ClientOf, transaction: Transaction
    ) -> None:
        """On Friday 17/07: a first delay, at 199,90 with 4,00 and two days of interest, 0,13."""
        with time_machine.travel(at_sao_paulo(date(2026, 7, 17), 9)):
            with transaction() as session:
                finance = make_user(session, role=Role.FINANCE).id
                house = make_house(session)
                policy_of(session, GOOD._replace(body="{nome}: {fatura}, {valor}."), actor=house.admin)
                active(session, house)
                night(session, FIFTH_OF_JULY)
                assert house.customer.signatory is not None
                name, whose = house.customer.signatory.name, house.customer.display_name
            client = client_of(finance)
            page = client.get("/regua/passos").text
            assert "Como fica para um cliente inventado" in page
            assert page.count("(opcional)") == 1  # the least amount of its one step
            answer = client.submit("/regua/passos", form_values(page) | {"preview": "1"})
            assert answer.status_code == 200
            assert f"Como fica para {whose}, fatura 000002" in answer.text
            assert f"{name}: 000002, R$ 204,03." in answer.text.replace("\u00a0", " ")


class TestAReminder:
    @pytest.mark.deep
    def test_brings_pix_and_boleto_and_says_who_collects(self, session: Session, house: House) -> None:
        policy_of(session, REMINDER, actor=house.admin)
        contract = active(session, house)
        night(session, FIFTH_OF_JULY)
        (invoice,) = invoices_of(session, contract)
        now = at_sao_paulo(date(2026, 7, 17), 9)
        boleto = issue_boleto(session, invoice_id=invoice.id, account=boleto_account(session), now=now)
        boleto.state = BoletoState.REGISTERED
        session.flush()
        run = prepare_run(session, now=now)
        release_run(session, run.id, actor=None, now=now)
        send_chunk(session, run.id, now=now)
        mail = session.scalars(select(MailMessage).filter_by(kind="dunning_reminder")).one()
        letter = written(session, mail, now=now)
        for body in (letter.text_body, letter.html_body):
            assert "br.gov.bcb.pix" in body
            assert "5406204.03" in body  # the field of the amount, with the day's charges in it
            assert boleto.line in body
            assert "CNPJ" in body
