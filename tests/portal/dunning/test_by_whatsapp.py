"""Steps by WhatsApp: which way each reminder goes, what it costs, what is seen of it, and the phone desk."""

from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.dunning.forms import PolicyForm
from portal.dunning.models import DunningMessage
from portal.dunning.operations.holds import hold
from portal.dunning.operations.prices import set_price
from portal.dunning.operations.runs import prepare_run
from portal.dunning.queries.evidence import count_states, evidence_of
from portal.dunning.queries.prices import billed_of, prices_on
from portal.dunning.queries.reading import counts_of
from portal.dunning.rules.prices import PastPrice, PriceSort, PriceThere, costs_of, in_reais, total_of
from portal.dunning.rules.sending import HoldKind
from portal.dunning.rules.steps import Channel
from portal.dunning.rules.texts import offer_words
from portal.dunning.rules.ways import NotByWhatsApp, is_too_long
from portal.shared.mail_rows import MailMessage
from portal.tasks.models import Task
from portal.whatsapp.models import WhatsAppMessage, WhatsAppTemplate
from portal.whatsapp.operations.people import choose, know_contact
from portal.whatsapp.operations.stopping import pause_line
from portal.whatsapp.rules.messages import MessageState
from tests.factories.dunning import policy_of
from tests.factories.overdue import active, night
from tests.factories.quotes import House, make_house
from tests.factories.whatsapp import (
    CHAT,
    FIFTH_OF_JULY,
    MOBILE,
    at,
    give_mobile,
    only_message,
    only_reminder,
    overdue_with_mobile,
    released,
)
from tests.support.application import Transaction
from tests.support.people import ClientOf
from tests.support.remembered import remembered
from tests.support.whatsapp_line import TestLine
from tools.whatsapp_line.store import Mood


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def ready(session: Session, house: House) -> None:
    """A policy by WhatsApp whose text is approved, and an overdue customer with a mobile."""
    _prepare(session, house)
    session.expire_all()


@remembered
def _prepare(session: Session, house: House) -> None:
    policy_of(session, CHAT, actor=house.admin)
    session.execute(text("UPDATE whatsapp_templates SET state = 'approved'"))
    overdue_with_mobile(session, house)


def ready_live(line: TestLine, transaction: Transaction) -> House:
    """As `ready`, with the text approved by the line itself."""
    with transaction() as session:
        house = make_house(session)
        policy_of(session, CHAT, actor=house.admin)
        overdue_with_mobile(session, house)
        session.refresh(house.customer)
        session.expunge(house.customer)
    line.live(at(16))
    return house


def way(session: Session, day: int = 17) -> tuple[Channel, NotByWhatsApp | None, str | None]:
    """How the one reminder of a day goes, why not by WhatsApp, and why it is left out."""
    prepare_run(session, now=at(day))
    found = session.scalars(select(DunningMessage).order_by(DunningMessage.id.desc())).first()
    assert found is not None
    return found.channel, found.instead, found.left_out.value if found.left_out else None


class TestTheWay:
    @pytest.mark.deep
    def test_is_whatsapp_where_it_can_be(self, session: Session, house: House, line: TestLine) -> None:
        ready(session, house)
        assert way(session) == (Channel.WHATSAPP, None, None)

    @pytest.mark.deep
    def test_without_a_line_is_a_task_with_the_message_ready(self, session: Session, house: House) -> None:
        ready_without = (CHAT,)
        policy_of(session, *ready_without, actor=house.admin)
        overdue_with_mobile(session, house)
        assert session.scalars(select(WhatsAppTemplate)).all() == []
        released(session, 17)
        message = only_reminder(session)
        assert (message.channel, message.instead) == (Channel.WHATSAPP, NotByWhatsApp.OFF)
        task = session.scalars(select(Task).where(Task.key == f"dunning:{message.id}")).one()
        assert task.title.startswith("Mandar WhatsApp a Pão Quente")

    @pytest.mark.deep
    def test_is_mail_while_the_text_waits_for_approval_or_the_line_is_paused(
        self, session: Session, house: House, line: TestLine
    ) -> None:
        ready(session, house)
        session.execute(text("UPDATE whatsapp_templates SET state = 'paused'"))
        assert way(session) == (Channel.EMAIL, NotByWhatsApp.TEMPLATE, None)
        session.execute(text("UPDATE whatsapp_templates SET state = 'approved'"))
        pause_line(session, code=190, now=at(17))
        assert way(session, 18) == (Channel.EMAIL, NotByWhatsApp.PAUSED, None)

    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("why", "change"),
        [
            (NotByWhatsApp.NO_NUMBER, "UPDATE signatories SET phone = ''"),
            (NotByWhatsApp.NO_NUMBER, "UPDATE signatories SET phone = '4734331234'"),
            (
                NotByWhatsApp.OPTED_OUT,
                "INSERT INTO whatsapp_contacts (phone, opted_out_at) VALUES ('5547991230001', now())",
            ),
            (
                NotByWhatsApp.UNREACHABLE,
                "INSERT INTO whatsapp_contacts (phone, unreachable_at) VALUES ('5547991230001', now())",
            ),
            (
                NotByWhatsApp.NO_CONSENT,
                (
                    "INSERT INTO settings (name, value, changed_at, changed_by_name, pending_by_name)"
                    " VALUES ('whatsapp_needs_consent', 1, now(), 'x', '')"
                ),
            ),
        ],
    )
    def test_is_mail_for_whom_it_does_not_reach(
        self, session: Session, house: House, line: TestLine, why: NotByWhatsApp, change: str
    ) -> None:
        ready(session, house)
        session.execute(text(change))
        session.expire_all()
        assert way(session) == (Channel.EMAIL, why, None)

    @pytest.mark.deep
    def test_is_a_call_for_whom_has_no_address_either(
        self, session: Session, house: House, line: TestLine
    ) -> None:
        ready(session, house)
        session.execute(text("UPDATE signatories SET phone = '', email = ''"))
        session.execute(text("UPDATE customers SET email = ''"))
        session.expire_all()
        assert way(session) == (Channel.PHONE, NotByWhatsApp.NO_NUMBER, None)

    @pytest.mark.deep
    def test_is_not_mail_for_whom_wants_none(self, session: Session, house: House, line: TestLine) -> None:
        ready(session, house)
        hold(
            session,
            customer=house.customer,
            kind=HoldKind.OPT_OUT,
            until_on=None,
            reason="x",
            actor=house.admin,
            now=at(16),
        )
        assert way(session) == (Channel.WHATSAPP, None, None)  # mails are not wanted, this is none
        choose(session, customer=house.customer, wants=False, reason="x", actor=house.admin, now=at(17))
        assert way(session, 18) == (Channel.EMAIL, NotByWhatsApp.OPTED_OUT, "opted_out")

    @pytest.mark.deep
    def test_of_many_is_found_in_one_statement(self, session: Session, house: House, line: TestLine) -> None:
        ready(session, house)
        for _ in range(3):
            contract = active(session, make_house(session))
            night(session, FIFTH_OF_JULY)
            give_mobile(session, contract.customer_id, "")
        prepare_run(session, now=at(17))
        channels = session.scalars(select(DunningMessage.channel)).all()
        assert sorted(channels) == ["email"] * 3 + ["whatsapp"]


class TestACatchUp:
    def test_opted_out_meanwhile_is_not_written_to(self, line: TestLine, transaction: Transaction) -> None:
        with transaction() as session:
            house = make_house(session)
            ready(session, house)
            released(session, 17)
            know_contact(session, phone=MOBILE, user_id=None).opted_out_at = at(17)
        line.work(at(17, 10))
        with transaction() as session:
            assert line.sent_to() == []
            assert only_message(session).state is MessageState.FAILED
            assert only_reminder(session).fell_back_to is Channel.EMAIL

    @pytest.mark.deep
    def test_in_hold_meanwhile_is_not_needed(self, line: TestLine, transaction: Transaction) -> None:
        with transaction() as session:
            house = make_house(session)
            ready(session, house)
            released(session, 17)
            hold(
                session,
                customer=house.customer,
                kind=HoldKind.PROMISE,
                until_on=date(2026, 7, 20),
                reason="x",
                actor=house.admin,
                now=at(17),
            )
        line.work(at(17, 10))
        with transaction() as session:
            assert only_message(session).state is MessageState.NOT_NEEDED


class TestCost:
    @pytest.mark.deep
    def test_is_that_of_the_runs_day(self, session: Session, house: House, line: TestLine) -> None:
        ready(session, house)
        set_price(
            session,
            sort=PriceSort.UTILITY,
            from_on=date(2026, 7, 17),
            ten_thousandths=512,
            actor=house.admin,
            now=at(16),
        )
        run = prepare_run(session, now=at(17))
        costs = costs_of(counts_of(session, run.id).by_channel, prices_on(session, run.day))
        assert (costs[Channel.WHATSAPP].many, costs[Channel.WHATSAPP].ten_thousandths) == (1, 512)
        assert prices_on(session, date(2026, 7, 16))[PriceSort.UTILITY] == 367
        assert total_of(costs).cents == 5  # 5.12 centavos
        assert total_of(costs_of({Channel.WHATSAPP: 1_000}, prices_on(session, run.day))).cents == 5_120
        assert in_reais(512) == "R$\N{NO-BREAK SPACE}0,0512"

    def test_changes_for_no_day_that_is_past(self, session: Session, house: House) -> None:
        asked = {"sort": PriceSort.UTILITY, "actor": house.admin, "now": at(17)}
        with pytest.raises(PastPrice):
            set_price(session, from_on=date(2026, 7, 16), ten_thousandths=1, **asked)  # type: ignore[arg-type]
        first = set_price(session, from_on=date(2026, 7, 18), ten_thousandths=1, **asked)  # type: ignore[arg-type]
        again = set_price(session, from_on=date(2026, 7, 18), ten_thousandths=1, **asked)  # type: ignore[arg-type]
        assert again.id == first.id
        with pytest.raises(PriceThere):
            set_price(session, from_on=date(2026, 7, 18), ten_thousandths=2, **asked)  # type: ignore[arg-type]

    def test_is_what_whatsapp_bills_once_it_has_said(self, line: TestLine, transaction: Transaction) -> None:
        ready_live(line, transaction)
        with transaction() as session:
            released(session, 17)
        line.live(at(17))
        with transaction() as session:
            run = prepare_run(session, now=at(17))
            billed = billed_of(session, run, prices_on(session, run.day))
            assert (billed.many, billed.ten_thousandths) == (1, 367)


class TestEvidence:
    def test_says_each_way_with_its_state(self, line: TestLine, transaction: Transaction) -> None:
        ready_live(line, transaction)
        with transaction() as session:
            run_id = released(session, 17).id
        line.store.choose(Mood.FAILS, code=131026)
        line.live(at(17))
        with transaction() as session:
            message = only_reminder(session)
            found = evidence_of(session, [message])[message.id]
            assert [(each.channel, each.word) for each in found] == [
                (Channel.WHATSAPP, "Número sem WhatsApp"),
                (Channel.EMAIL, "Na fila"),
            ]
            counted = {(each.channel, each.word): each.many for each in count_states(session, run_id)}
            assert counted == {
                (Channel.WHATSAPP, "Número sem WhatsApp"): 1,
                (Channel.EMAIL, "Na fila"): 1,
            }

    @pytest.mark.deep
    def test_stands_in_run_customers_page_and_timeline(
        self, line: TestLine, client_of: ClientOf, transaction: Transaction
    ) -> None:
        house = ready_live(line, transaction)
        with transaction() as session:
            run_id, customer_id, admin = released(session, 17).id, house.customer.id, house.admin.user_id
        line.live(at(17))
        with time_machine.travel(at(17, 11)):
            client = client_of(admin)
            page = client.get(f"/regua/{run_id}").text
            assert "Lida" in page
            assert "R$\N{NO-BREAK SPACE}0,04" in page
            assert "WhatsApp: lida" in client.get(f"/clientes/{customer_id}/cobranca").text
            assert "Lembrete por whatsapp" in client.get(f"/clientes/{customer_id}/movimentacoes").text
            assert "WhatsApp: Lida" in client.get(f"/regua/{run_id}.csv").text


def set_second_copy(transaction: Transaction, state: str) -> None:
    """How the text of a second copy stands."""
    with transaction() as session:
        asked = "UPDATE whatsapp_templates SET state = :state WHERE name LIKE 'fatura_%'"
        session.execute(text(asked), {"state": state})


class TestThePhoneDesk:
    @pytest.fixture
    def call(self, line: TestLine, transaction: Transaction) -> tuple[int, int, int]:
        """A call, its customer, and who makes it."""
        house = ready_live(line, transaction)
        with transaction() as session:
            released(session, 17)
            found = only_reminder(session).id, house.customer.id, house.admin.user_id
        line.live(at(17))
        return found

    def test_sends_pix_and_boleto_at_once_whatever_the_hour(
        self, line: TestLine, call: tuple[int, int, int], client_of: ClientOf, transaction: Transaction
    ) -> None:
        message_id, customer_id, admin = call
        set_second_copy(transaction, "pending")
        with time_machine.travel(at(19, 21)):  # a Sunday evening
            client = client_of(admin)
            address = f"/regua/ligacao/{message_id}"
            client.get(address)
            first = client.submit(f"{address}/whatsapp", {}, follow_redirects=True)
            assert "O WhatsApp ainda não aprovou este texto" in first.text
        set_second_copy(transaction, "approved")
        with time_machine.travel(at(19, 21, 5)):
            answer = client.submit(f"{address}/whatsapp", {}, follow_redirects=True)
            assert "sai agora por WhatsApp para Maria da Silva" in answer.text
        line.live(at(19, 21, 6))
        last = line.store.list_messages()[-1]
        assert last["template"]["name"].startswith("fatura_")
        with time_machine.travel(at(19, 21, 10)):
            assert "Lida" in client.get(address).text
            assert "enviada por WhatsApp a Maria" in client.get(f"/clientes/{customer_id}/movimentacoes").text

    def test_is_told_when_it_did_not_arrive(
        self, line: TestLine, call: tuple[int, int, int], client_of: ClientOf, transaction: Transaction
    ) -> None:
        message_id, _customer_id, admin = call
        with time_machine.travel(at(20, 10)):
            client = client_of(admin)
            client.get(f"/regua/ligacao/{message_id}")
            line.store.choose(Mood.FAILS, code=131026)
        with time_machine.travel(at(20, 10, 5)):
            answer = client.submit(f"/regua/ligacao/{message_id}/whatsapp", {}, follow_redirects=True)
            assert "sai agora por WhatsApp" in answer.text
        line.live(at(20, 10, 6))
        with transaction() as session:
            task = session.scalars(select(Task).where(Task.key.startswith("whatsapp-invoice:"))).one()
            assert "não chegou por WhatsApp" in task.title
            kinds = session.scalars(select(WhatsAppMessage.kind).order_by(WhatsAppMessage.id)).all()
            assert kinds == ["dunning_reminder", "invoice"]
            assert session.scalars(select(MailMessage).filter_by(kind="dunning_reminder")).all() == []


class TestATextByWhatsApp:
    def test_is_no_offer(self) -> None:
        assert offer_words("Indique um amigo e ganhe desconto.") == ["desconto", "indique"]
        assert offer_words("Sua fatura venceu ontem.") == []

    def test_is_not_too_long(self) -> None:
        assert not is_too_long("Sua fatura {fatura} venceu.", "Empresa")
        assert is_too_long("x" * 800, "Empresa")

    def test_is_refused_at_its_field(self, app: Flask) -> None:
        typed = {
            "steps-0-days": "2",
            "steps-0-channel": "whatsapp",
            "steps-0-audience": "everybody",
            "steps-0-subject": "Fatura",
            "steps-0-body": "Ganhe desconto se pagar hoje.",
        }
        with app.test_request_context("/", method="POST", data=typed):
            form = PolicyForm(meta={"csrf": False})
            assert not form.validate()
            assert "oferta (desconto)" in form.steps[0].form.body.errors[0]
