"""Who writes to us, who may be written to, and by which number."""

from typing import NamedTuple

import pytest
from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.shared.audit import LogEntry
from portal.shared.auth import Actor
from portal.tasks.models import Task
from portal.tasks.operations import close_task
from portal.tasks.rules import TaskKind, TaskResult
from portal.whatsapp.models import WhatsAppContact, WhatsAppEvent, WhatsAppMessage, WhatsAppReceived
from portal.whatsapp.operations.people import choose, know_contact
from portal.whatsapp.queries.reaching import mobile_in_sql, reach_of
from portal.whatsapp.rules.inbound import Intent, intent_of
from portal.whatsapp.rules.messages import MessageState
from portal.whatsapp.rules.reaching import NotReached, known_number, mobile_number
from tests.factories.quotes import make_house
from tests.factories.whatsapp import MOBILE, at, give_mobile
from tests.support.application import Transaction
from tests.support.whatsapp_line import TestLine
from tools.whatsapp_line import notices

BEGAN = int(at(17).timestamp())
BSUID = "BR.13491208655302741918"


class TestANumber:
    @pytest.mark.parametrize(
        ("phone", "number"),
        [
            ("47999991234", "5547999991234"),
            ("4799991234", "5547999991234"),  # before the ninth digit
            ("4734331234", None),  # a landline
            ("08001234567", None),
            ("", None),
            ("479999", None),
        ],
    )
    def test_is_a_mobile_in_full(self, phone: str, number: str | None) -> None:
        assert mobile_number(phone) == number

    @pytest.mark.parametrize(
        ("told", "number"),
        [
            ("554799991234", "5547999991234"),
            ("5547999991234", "5547999991234"),
            ("+55 47 99999-1234", "5547999991234"),
            ("14155550123", "14155550123"),
            ("abc", None),
        ],
    )
    def test_is_known_as_whatsapp_tells_it(self, told: str, number: str | None) -> None:
        assert known_number(told) == number

    def test_in_sql_is_that_of_the_rule(self, session: Session) -> None:
        for phone in (
            "47999991234",
            "4799991234",
            "4734331234",
            "08001234567",
            "",
            "11812345678",
            "1161234567",
        ):
            assert session.scalar(select(mobile_in_sql(literal(phone)))) == mobile_number(phone)


class TestWords:
    @pytest.mark.parametrize(
        ("text", "intent"),
        [
            ("Parar", Intent.OPT_OUT),
            (" SAIR! ", Intent.OPT_OUT),
            ("pare", Intent.OPT_OUT),
            ("Cancelar envio", Intent.OPT_OUT),
            ("cancelar o envio de mensagens", Intent.OPT_OUT),
            ("Não quero mais receber mensagens", Intent.OPT_OUT),
            ("não vou parar de pagar", Intent.OTHER),
            ("voltar", Intent.OPT_IN),
            ("Cancelar", Intent.CANCEL),
            ("quero cancelar meu contrato", Intent.CANCEL),
            ("como faço o cancelamento?", Intent.CANCEL),
            ("já paguei", Intent.OTHER),
            ("(áudio)", Intent.OTHER),
        ],
    )
    def test_say_what_is_wanted(self, text: str, intent: Intent) -> None:
        assert intent_of(text) is intent


class Ids(NamedTuple):
    """A house after its transaction."""

    customer: int
    partner: int
    admin: Actor


class TestSomebodyWhoWrites:
    @pytest.fixture
    def house(self, transaction: Transaction) -> Ids:
        with transaction() as session:
            house = make_house(session)
            ids = Ids(house.customer.id, house.partner.id, house.admin)
            give_mobile(session, ids.customer)
            return ids

    def write(
        self,
        line: TestLine,
        text: str,
        *,
        wamid: str = "wamid.in1",
        hour: int = 10,
        phone: str = "554791230001",
        user_id: str = "",
    ) -> None:
        told = notices.inbound(wamid, text, BEGAN + hour, phone=phone, user_id=user_id)
        line.tell(notices.changes(told))
        line.live(at(17, hour))

    def test_stop_is_not_written_to_any_more_and_told_so_once(
        self, line: TestLine, house: Ids, transaction: Transaction
    ) -> None:
        self.write(line, "Parar")
        self.write(line, "parar", wamid="wamid.in2", hour=11)
        (answer,) = line.store.list_messages()
        assert answer["type"] == "text"
        assert "não recebe mais mensagens" in answer["text"]["body"]
        with transaction() as session:
            contact = session.scalars(select(WhatsAppContact)).one()
            assert (contact.phone, contact.opted_out_at) == (MOBILE, at(17, 10))
            reach = reach_of(session, [house.customer], needs_consent=False)[house.customer]
            assert reach.why is NotReached.OPTED_OUT
            entries = session.scalars(select(LogEntry).where(LogEntry.action == "whatsapp_opted_out")).all()
            assert [(each.customer_id, each.reason) for each in entries] == [(house.customer, "Parar")]

    def test_back_is_written_to_again(self, line: TestLine, house: Ids, transaction: Transaction) -> None:
        self.write(line, "sair")
        self.write(line, "voltar", wamid="wamid.in2", hour=11)
        with transaction() as session:
            assert reach_of(session, [house.customer], needs_consent=False)[house.customer].why is None

    @pytest.mark.deep
    def test_cancel_is_a_task_at_once_on_the_record(
        self, line: TestLine, house: Ids, transaction: Transaction
    ) -> None:
        self.write(line, "Quero cancelar tudo")
        self.write(line, "cancelar!!", wamid="wamid.in2", hour=11)
        with transaction() as session:
            task = session.scalars(select(Task).where(Task.kind == TaskKind.CANCELLATION)).one()
            assert task.customer_id == house.customer
            assert task.title == "Pão Quente escreveu no WhatsApp que quer cancelar"
            assert "“Quero cancelar tudo”" in task.detail
            texts = session.scalars(select(WhatsAppReceived).order_by(WhatsAppReceived.id)).all()
            assert [each.text for each in texts] == ["Quero cancelar tudo", "cancelar!!"]
            assert {each.customer_id for each in texts} == {house.customer}

    def test_anything_else_is_answered_by_a_person(
        self, line: TestLine, house: Ids, transaction: Transaction
    ) -> None:
        self.write(line, "Já paguei ontem")
        self.write(line, "olhem aí", wamid="wamid.in2", hour=11)  # the same task waits
        with transaction() as session:
            task = session.scalars(select(Task).where(Task.kind == TaskKind.FOLLOW_UP)).one()
            assert task.title == "Responder Pão Quente no WhatsApp"
            close_task(
                session, task=task, result=TaskResult.DONE, note="ok", actor=house.admin, now=at(17, 12)
            )
        self.write(line, "e agora?", wamid="wamid.in3", hour=13)
        with transaction() as session:
            assert len(session.scalars(select(Task).where(Task.kind == TaskKind.FOLLOW_UP)).all()) == 2

    def test_nobody_knows_is_a_task_too(self, line: TestLine, house: Ids, transaction: Transaction) -> None:
        self.write(line, "olá", phone="5511988887777")
        with transaction() as session:
            task = session.scalars(select(Task).where(Task.kind == TaskKind.FOLLOW_UP)).one()
            assert (task.customer_id, task.title) == (None, "Responder (11) 98888-7777 no WhatsApp")

    def test_is_kept_once_and_only_where_it_is_read(
        self, line: TestLine, house: Ids, transaction: Transaction
    ) -> None:
        self.write(line, "segredo meu")
        self.write(line, "segredo meu")  # told again
        with transaction() as session:
            assert session.scalars(select(WhatsAppReceived)).one().text == "segredo meu"
            assert session.scalars(select(WhatsAppEvent)).one().body == {}

    def test_without_a_number_is_known_by_its_own_id(
        self, line: TestLine, house: Ids, transaction: Transaction
    ) -> None:
        self.write(line, "oi", phone="", user_id=BSUID)
        with transaction() as session:
            contact = session.scalars(select(WhatsAppContact)).one()
            assert (contact.phone, contact.user_id) == (None, BSUID)
            give_mobile(session, house.customer, "")
            contact.customer_id, contact.partner_id = house.customer, house.partner
            session.flush()
            reach = reach_of(session, [house.customer], needs_consent=False)[house.customer]
            assert (reach.why, reach.phone, reach.user_id) == (None, "", BSUID)

    def test_of_offers_says_so_by_a_preference(
        self, line: TestLine, house: Ids, transaction: Transaction
    ) -> None:
        line.tell(notices.changes(notices.preference(BEGAN, phone=MOBILE)))
        line.live(at(17))
        with transaction() as session:
            contact = session.scalars(select(WhatsAppContact)).one()
            assert (contact.no_offers_at is not None, contact.opted_out_at) == (True, None)


class TestAContact:
    def test_known_twice_becomes_one_and_keeps_what_it_refused(self, session: Session) -> None:
        by_id = know_contact(session, phone=None, user_id=BSUID)
        by_id.opted_out_at = at(17)
        know_contact(session, phone=MOBILE, user_id=None)
        one = know_contact(session, phone=MOBILE, user_id=BSUID)
        assert (one.phone, one.user_id, one.opted_out_at) == (MOBILE, BSUID, at(17))
        assert session.scalars(select(WhatsAppContact)).all() == [one]

    def test_with_a_new_phone_has_a_new_id(self, session: Session) -> None:
        know_contact(session, phone=MOBILE, user_id=BSUID)
        other = know_contact(session, phone="5547991230002", user_id=BSUID)
        first = session.scalars(select(WhatsAppContact).filter_by(phone=MOBILE)).one()
        assert (first.user_id, other.user_id) == (None, BSUID)


class TestAChoice:
    def test_is_kept_with_who_made_it(self, session: Session) -> None:
        house = make_house(session)
        customer = session.get_one(Customer, house.customer.id)
        give_mobile(session, customer.id)

        def chooses(*, wants: bool) -> bool:
            return choose(session, customer=customer, wants=wants, reason="x", actor=house.admin, now=at(17))

        def reasons() -> list[NotReached | None]:
            return [
                reach_of(session, [customer.id], needs_consent=consent)[customer.id].why
                for consent in (True, False)
            ]

        assert reasons() == [NotReached.NO_CONSENT, None]
        assert chooses(wants=True)
        assert not chooses(wants=True)
        assert reasons() == [None, None]
        assert chooses(wants=False)
        assert reasons() == [NotReached.OPTED_OUT, NotReached.OPTED_OUT]

    def test_of_the_customer_itself_counts_for_its_number_too(self, session: Session) -> None:
        house = make_house(session)
        customer = session.get_one(Customer, house.customer.id)
        give_mobile(session, customer.id)
        know_contact(session, phone=MOBILE, user_id=None).opted_out_at = at(16)
        session.flush()
        choose(session, customer=customer, wants=True, reason="x", actor=house.admin, now=at(17))
        assert reach_of(session, [customer.id], needs_consent=True)[customer.id].why is NotReached.OPTED_OUT
        choose(
            session, customer=customer, wants=True, reason="x", actor=None, address="a@b.example", now=at(17)
        )
        assert reach_of(session, [customer.id], needs_consent=True)[customer.id].why is None
        assert session.scalars(select(WhatsAppMessage).filter_by(state=MessageState.QUEUED)).all() == []
