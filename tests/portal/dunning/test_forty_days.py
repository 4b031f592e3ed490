"""Forty days of five customers, day by day through a real mail server; who hears what when, by hand.

Each owes R$ 199,90 due on Wednesday 15/07/2026 for August and is paid until 31/07. The steps: three days
before, 2, 8 and 12 days after by mail, 10 days after a call, 20 days after by mail. On 02/08 the policy is
changed: the last step is 24 days after, and the text of 2 days after greets who was late before. On 23/07
the mail server is away from morning to night.

Nights: 18/07 is the last day of grace, so notice is given on Sunday 19/07; nothing is paid from 01/08 on: the
service is suspended that night, and August's invoice (due on Saturday 15/08, payable until Monday 17) is
issued on 05/08 to those in order alone.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractState
from portal.customers.models import Customer
from portal.customers.rules import SignatoryDetails
from portal.dunning.models import DunningMessage
from portal.dunning.operations.holds import hold
from portal.dunning.operations.runs import prepare_run, release_run, send_chunk
from portal.dunning.rules.sending import HoldKind, is_sending_day
from portal.dunning.rules.steps import Audience, Channel, Step
from portal.invoices.models import Invoice
from portal.receipts.rules.receiving import Payer
from portal.shared.clock import at_sao_paulo
from portal.tasks.models import Task
from tests.factories.contracts import make_contract
from tests.factories.customers import MARIA_CPF
from tests.factories.dunning import policy_of
from tests.factories.overdue import active, night
from tests.factories.payments import pay
from tests.factories.quotes import make_house
from tests.support.application import Transaction
from tests.support.outbox import let_mails_leave
from tests.support.smtp import MailServer

FIRST, LAST = date(2026, 7, 12), date(2026, 8, 20)
NAMES = ("pontual", "esquecido", "prometeu", "aos poucos", "sumiu")


def mail(days: int, audience: Audience = Audience.EVERYBODY, least: int = 5_00) -> Step:
    says = f"Passo {days}: {{valor}}" if audience is Audience.EVERYBODY else f"Passo {days} outra vez"
    return Step(days, Channel.EMAIL, audience, least, says, "Texto.")


CALL = Step(10, Channel.PHONE, Audience.EVERYBODY, 100_00, "Ligar", "Olá, {nome}!")
STEPS = (mail(-3), mail(2), mail(8), CALL, mail(12), mail(20))
CHANGED = (mail(-3), mail(2), mail(2, Audience.LATE_BEFORE), mail(8), CALL, mail(12), mail(24))


def signatory_at(number: int) -> SignatoryDetails:
    return SignatoryDetails(name="Maria da Silva", cpf=MARIA_CPF, email=f"c{number}@loja.example")


class Town:
    """The five, what they do, and what they heard: (day and hour, what)."""

    def __init__(self, app: Flask, outbox: MailServer, transaction: Transaction) -> None:
        self.app, self.outbox, self.transaction = app, outbox, transaction
        self.heard: dict[str, list[tuple[str, str]]] = {name: [] for name in NAMES}
        self.customers: dict[str, tuple[int, str]] = {}
        self.now = at_sao_paulo(FIRST, 15)

    def begin(self) -> None:
        with self.transaction() as session:
            for number, name in enumerate(NAMES):
                house = make_house(session, email=f"c{number}@loja.example", signatory=signatory_at(number))
                self.customers[name] = house.customer.id, house.customer.document
                self.admin = house.admin
                active(session, house)
            policy_of(session, *STEPS, actor=self.admin)
            night(session, date(2026, 7, 5))
        self.deliver(at_sao_paulo(date(2026, 7, 5), 9))
        for heard in self.heard.values():
            heard.clear()

    def deliver(self, now: datetime) -> None:
        let_mails_leave(self.app, now)
        local = now - timedelta(hours=3)
        for message in self.outbox.messages:
            number = message["To"].split("c", 1)[1][0] if "loja.example" in message["To"] else None
            if number is not None and (what := _what(message["Subject"])):
                self.heard[NAMES[int(number)]].append((f"{local:%d/%m %Hh}", what))
        self.outbox.messages.clear()

    def live(self, day: date, acts: dict[date, Callable[[Session], None]]) -> None:
        """A day: the night, the run at nine, mails through the day, and what customers do at three."""
        with self.transaction() as session:
            night(session, day)
        self.deliver(at_sao_paulo(day, 1))
        if is_sending_day(day):
            with self.transaction() as session:
                now = at_sao_paulo(day, 9)
                run = prepare_run(session, now=now)
                release_run(session, run.id, actor=None, now=now)
                send_chunk(session, run.id, now=now)
                self._note_calls(session, run.id, now)
        is_away = day == date(2026, 7, 23)
        if is_away:
            self.outbox.stop()
        for hour in (8, 9, 12, 19, 21):
            self.deliver(at_sao_paulo(day, hour))
        if is_away:
            self.outbox.start()
        if act := acts.get(day):
            with self.transaction() as session:
                act(session)

    def _note_calls(self, session: Session, run_id: int, now: datetime) -> None:
        calls = select(DunningMessage).filter_by(run_id=run_id, channel=Channel.PHONE, left_out=None)
        for each in session.scalars(calls):
            (name,) = [name for name in NAMES if self.customers[name][0] == each.customer_id]
            assert session.scalar(select(func.count()).where(Task.key == f"dunning:{each.id}")) == 1
            self.heard[name].append((f"{now - timedelta(hours=3):%d/%m %Hh}", "ligação"))

    def pays(self, name: str, cents: int) -> Callable[[Session], None]:
        """An open invoice of a customer, the oldest, with so much by Pix."""

        def act(session: Session) -> None:
            customer_id, document = self.customers[name]
            owed = select(Invoice).filter_by(customer_id=customer_id, state="open").order_by(Invoice.id)
            invoice = session.scalars(owed).first()
            assert invoice is not None
            payer = Payer(document=document)
            pay(session, invoice_id=invoice.id, amount_cents=cents, payer=payer, now=self.now)

        return act

    def promises(self, name: str, until: date) -> Callable[[Session], None]:
        def act(session: Session) -> None:
            hold(
                session,
                customer=session.get_one(Customer, self.customers[name][0]),
                kind=HoldKind.PROMISE,
                until_on=until,
                reason="Prometeu na ligação",
                actor=self.admin,
                now=self.now,
            )

        return act


def _what(subject: str) -> str:
    if subject.startswith("Passo"):
        return subject.replace("\u00a0", " ")
    return "aviso" if "vencida: pague" in subject else "suspensão" if "suspenso" in subject else ""


@pytest.fixture
def town(app: Flask, outbox: MailServer, transaction: Transaction) -> Town:
    town = Town(app, outbox, transaction)
    town.begin()
    return town


@pytest.mark.deep
def test_each_hears_what_fits_and_no_more(town: Town) -> None:
    def change(session: Session) -> None:
        policy_of(session, *CHANGED, actor=town.admin)

    acts = {
        date(2026, 7, 14): town.pays("pontual", 199_90),
        date(2026, 7, 20): town.pays("esquecido", 199_90),
        date(2026, 7, 21): town.pays("aos poucos", 150_00),
        date(2026, 7, 25): town.promises("prometeu", date(2026, 7, 29)),
        date(2026, 8, 2): change,
        date(2026, 8, 13): town.pays("pontual", 199_90),
    }
    day = FIRST
    while day <= LAST:
        town.now = at_sao_paulo(day, 15)
        town.live(day, acts)
        day += timedelta(days=1)
    assert town.heard == {
        # Pays on the day before: reminded before the due date, and never after.
        "pontual": [("13/07 09h", "Passo -3: R$ 199,90"), ("12/08 09h", "Passo -3: R$ 199,90")],
        # Five days late: 4,00 and 0,33 of charges are a line of August's invoice; the tone is another now.
        "esquecido": [
            ("13/07 09h", "Passo -3: R$ 199,90"),
            ("17/07 09h", "Passo 2: R$ 204,03"),
            ("19/07 01h", "aviso"),
            ("12/08 09h", "Passo -3: R$ 204,23"),
            ("19/08 09h", "Passo 2 outra vez"),
        ],
        # Nothing until the promise is broken; then step 12 is made up, three days late.
        "prometeu": [
            ("13/07 09h", "Passo -3: R$ 199,90"),
            ("17/07 09h", "Passo 2: R$ 204,03"),
            ("19/07 01h", "aviso"),
            ("24/07 08h", "Passo 8: R$ 204,50"),
            ("25/07 09h", "ligação"),
            ("30/07 09h", "Passo 12: R$ 204,90"),
            ("01/08 01h", "suspensão"),
            ("08/08 09h", "Passo 24: R$ 205,50"),
        ],
        # 49,90 stay open and 3,00 and 0,30 of charges; too little for a call, whose least is 100,00.
        "aos poucos": [
            ("13/07 09h", "Passo -3: R$ 199,90"),
            ("17/07 09h", "Passo 2: R$ 204,03"),
            ("19/07 01h", "aviso"),
            ("24/07 08h", "Passo 8: R$ 54,35"),
            ("27/07 09h", "Passo 12: R$ 54,40"),
            ("01/08 01h", "suspensão"),
            ("08/08 09h", "Passo 24: R$ 54,60"),
        ],
        "sumiu": [
            ("13/07 09h", "Passo -3: R$ 199,90"),
            ("17/07 09h", "Passo 2: R$ 204,03"),
            ("19/07 01h", "aviso"),
            ("24/07 08h", "Passo 8: R$ 204,50"),
            ("25/07 09h", "ligação"),
            ("27/07 09h", "Passo 12: R$ 204,70"),
            ("01/08 01h", "suspensão"),
            ("08/08 09h", "Passo 24: R$ 205,50"),
        ],
    }


@pytest.mark.deep
def test_nobody_hears_twice_a_day_or_a_fourth_time_in_a_week(town: Town) -> None:
    """A step on every day, and nobody pays. A notice and a suspension are never left out."""
    with town.transaction() as session:
        policy_of(session, *(mail(days) for days in range(1, 25)), actor=town.admin)
    day = date(2026, 7, 16)
    while day <= date(2026, 8, 10):
        town.live(day, {})
        day += timedelta(days=1)
    for heard in town.heard.values():
        days = [datetime.strptime(f"2026/{when[:5]}", "%Y/%d/%m").date() for when, _what in heard]  # noqa: DTZ007
        assert len(set(days)) == len(days)
        reminded = [day for day, (_when, what) in zip(days, heard, strict=True) if what.startswith("Passo")]
        assert max(sum(0 <= (day - other).days < 7 for other in days) for day in reminded) == 3
        assert [what for _when, what in heard if not what.startswith("Passo")] == ["aviso", "suspensão"]


class TestTheTwentyNinthOfFebruary:
    def test_is_a_day_as_any_other(self, session: Session) -> None:
        """Due on Tuesday 15/02/2028: fourteen days later is Tuesday 29/02."""
        house = make_house(session)
        policy_of(session, mail(14), actor=house.admin)
        first = at_sao_paulo(date(2028, 1, 3), 12)
        make_contract(session, house, state=ContractState.ACTIVE, now=first)
        night(session, date(2028, 2, 5))
        sent = {}
        for day in (date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)):
            run = prepare_run(session, now=at_sao_paulo(day, 9))
            release_run(session, run.id, actor=None, now=at_sao_paulo(day, 9))
            sent[day.isoformat()] = session.scalar(
                select(func.count()).where(DunningMessage.run_id == run.id)
            )
        assert sent == {"2028-02-28": 0, "2028-02-29": 1, "2028-03-01": 0}
