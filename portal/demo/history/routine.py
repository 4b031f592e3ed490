"""What the vendor's people do by the calendar: reminders, prices, tasks; and who renews or asks for trust."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.customers.queries.reading import load_customer
from portal.demo.history.afterwards import Afterwards, trying
from portal.dunning.operations.policies import make_policy
from portal.dunning.operations.runs import release_run
from portal.dunning.queries.reading import find_run_of
from portal.dunning.rules.steps import SUGGESTED
from portal.overdue.operations.trust import release_in_trust
from portal.readjustments.models import RenewalOffer
from portal.readjustments.operations.holding import place_hold
from portal.readjustments.operations.releasing import release_campaign
from portal.readjustments.operations.renewing import accept_renewal
from portal.readjustments.rules.campaigns import months_offered
from portal.settings.operations import change_settings
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared.auth import Actor, Role
from portal.shared.clock import at_sao_paulo, day_of
from portal.tasks.models import Task
from portal.tasks.operations import close_task
from portal.tasks.rules import TaskKind, TaskResult

TRUST_AGAIN_DAYS = 90
PRICES_DAY = 20  # of each month: the next month's readjustment is released
TASKS_WAIT = timedelta(days=3)
LATELY = timedelta(days=40)  # whoever is suspended at the end may still ask for trust
A_CASE = r"^cancellation:\d+$"  # its task is closed by what comes of it, as that to pay repasse
NOTES = {
    TaskKind.CALL: "Falei com o cliente; vai pagar por Pix.",
    TaskKind.FOLLOW_UP: "Liguei: está tudo certo e segue conosco.",
    TaskKind.OFFER_RENEWAL: "Expliquei o reajuste; prefere ficar no plano mensal.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine:
    """Plans what comes by itself, day after day."""

    timeline: Afterwards
    dice: Random
    people: Mapping[str, Actor]

    @property
    def session(self) -> Session:
        """Where all of it is written."""
        return self.timeline.session

    def plan(self, *, first: date, last: date) -> None:
        """Put all of it on the timeline."""
        self.timeline.plan(at_sao_paulo(first, 11), self._begin)
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            for hour, act in self._of(day):
                self.timeline.plan(at_sao_paulo(day, hour), self._alone(act))

    def _of(self, day: date) -> Iterator[tuple[int, Callable[[datetime], None]]]:
        yield 16, self._release_reminders
        if day.day == PRICES_DAY:
            yield 10, self._release_prices
        if day.weekday() == 2 and day < self.timeline.until.date() - LATELY:
            yield 11, self._ask_for_trust
        if day.weekday() == 3:
            yield 11, self._renew
            yield 15, self._work_on_tasks

    def _alone(self, act: Callable[[datetime], None]) -> Callable[[datetime], None]:
        def go(now: datetime) -> None:
            with trying(self.session):
                act(now)

        return go

    def _begin(self, now: datetime) -> None:
        """The ladder of reminders, and trust once in a season instead of once in all."""
        make_policy(self.session, steps=SUGGESTED, actor=self.people["carla"], now=now)
        change_settings(
            self.session,
            wanted={Name.TRUST_RELEASE_AGAIN_DAYS: TRUST_AGAIN_DAYS},
            seen={Name.TRUST_RELEASE_AGAIN_DAYS: value(self.session, Name.TRUST_RELEASE_AGAIN_DAYS)},
            actor=self.people["elisa"],
            now=now,
        )

    def _release_reminders(self, now: datetime) -> None:
        run = find_run_of(self.session, day_of(now))
        if run is not None:
            release_run(self.session, run.id, actor=self.people["carla"], now=now)

    def _release_prices(self, now: datetime) -> None:
        """The next month's; one customer of it was promised that its price stays."""
        month = months_offered(day_of(now))[1]
        year_ago = month.replace(year=month.year - 1)
        promised = (
            select(Contract.id)
            .where(
                Contract.state == ContractState.ACTIVE,
                Contract.starts_on.between(year_ago - timedelta(days=31), year_ago),
            )
            .order_by(Contract.id)
            .limit(1)
        )
        contract_id = self.session.scalar(promised) if month.month % 3 == 0 else None
        if contract_id is not None:
            place_hold(
                self.session,
                contract=load_contract(self.session, contract_id),
                reason="Combinado na visita: o preço fica até o fim da obra da loja.",
                actor=self.people["carla"],
                now=now,
            )
        release_campaign(self.session, month=month, actor=self.people["carla"], now=now)

    def _ask_for_trust(self, now: datetime) -> None:
        """Some of those who are suspended; who asks twice is refused."""
        suspended = select(Contract.customer_id).where(Contract.state == ContractState.SUSPENDED)
        for customer_id in self.session.scalars(suspended.distinct().order_by(Contract.customer_id)).all():
            customer = load_customer(self.session, customer_id)
            if customer.signatory is None or self.dice.random() > 0.5:
                continue
            with trying(self.session):
                by = self.people["davi"] if self.dice.random() < 0.3 else None
                given_to = "" if by else customer.signatory.email
                release_in_trust(self.session, customer, actor=by, given_to=given_to, now=now)

    def _renew(self, now: datetime) -> None:
        """Every other customer who is offered the same price for another term takes it."""
        open_offers = select(RenewalOffer).where(
            RenewalOffer.accepted_at.is_(None), RenewalOffer.due_on > day_of(now), RenewalOffer.id % 2 == 0
        )
        for offer in self.session.scalars(open_offers.order_by(RenewalOffer.id)).all():
            signatory = load_customer(self.session, offer.customer_id).signatory
            with trying(self.session):
                accept_renewal(
                    self.session,
                    offer=offer,
                    actor=None,
                    address=signatory.email if signatory else "",
                    now=now,
                )

    def _work_on_tasks(self, now: datetime) -> None:
        """What waits for some days is done, but for what its own page closes."""
        waiting = select(Task).where(
            Task.closed_at.is_(None),
            Task.opened_at < now - TASKS_WAIT,
            Task.kind != TaskKind.PAY_REPASSE,
            ~Task.key.regexp_match(A_CASE),
        )
        for task in self.session.scalars(waiting.order_by(Task.id)).all():
            who = self.people["carla" if task.team is Role.FINANCE else "davi"]
            note = NOTES.get(task.kind, "Conferido e resolvido.")
            with trying(self.session):
                close_task(self.session, task=task, result=TaskResult.DONE, note=note, actor=who, now=now)
