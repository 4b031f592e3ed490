"""Living months of a company: people act by the operations of their screens, the clock does the rest.

Slow: a month of a hundred customers takes minutes. It is done once, and kept (`keeping.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from functools import partial
from random import Random

from flask import Flask, current_app
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from portal.cards.rules.cards import PREPARE_SETUP
from portal.catalog.queries import price_list_on
from portal.contracts.models import Contract
from portal.customers.models import Customer
from portal.demo.bank import Bank
from portal.demo.clock.moving import move_on
from portal.demo.clock.operations import ask_to_move
from portal.demo.clock.rules import FEW
from portal.demo.contracting import Contracting
from portal.demo.contracts import ContractStory, Fate
from portal.demo.founding import found_company
from portal.demo.history.afterwards import Afterwards
from portal.demo.history.card_holders import CardHolders, TypeCard
from portal.demo.history.debtors import Debtors
from portal.demo.history.leaving import Leaving
from portal.demo.history.routine import Routine
from portal.demo.quotes import Cast, QuoteStory
from portal.demo.scenes import Stage
from portal.demo.selections import Negotiation
from portal.demo.setting import set_the_scenes
from portal.demo.timeline import Timeline, in_working_hours
from portal.demo.worker import leave_the_rest
from portal.quotes.operations.answering import accept_quote, record_view
from portal.sandbox_bank.operations.paying import set_habit
from portal.sandbox_bank.rules.habits import PayingHabit
from portal.shared import clock, mail, schedule
from portal.shared.auth import Actor
from portal.shared.demo_clock import set_clock
from portal.shared.queue import QueuedJob
from portal.shared.schedule import When
from portal.shared.schedule.registry import Timetable

SEED = 20260601
HABITS = (
    (PayingHabit.ON_TIME, 66),
    (PayingHabit.LATE, 18),
    (PayingHabit.OTHER_WAY, 8),
    (PayingHabit.TWICE, 2),
    (PayingHabit.PARTLY, 3),
    (PayingHabit.NEVER, 3),
)
SETTLES_IN = timedelta(days=45)  # at first everybody pays on time, else no contract would begin
STOPS_PAYING = timedelta(days=70)  # before the end: who never pays any more
TAX_NOTES, COMPARISON = "prepare-tax-notes", "compare-card-charges"  # scheduled jobs, by name
NOTES_FOR = timedelta(days=6)  # at the end: the month of the last 25th, in notas fiscais
PHONE = "Safari em iPhone"

type Tell = Callable[[datetime, datetime], None]


class Swallowed:
    """A mail server that takes everything and sends nothing: these mails went out long ago."""

    def send(self, message: EmailMessage) -> None:
        """Take it."""

    def is_reachable(self) -> bool:
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Who lives these months."""

    session: Session
    cast: Cast
    contracting: Contracting
    timeline: Timeline
    dice: Random
    later_dice: Random
    people: Mapping[str, Actor]


class LongStory(ContractStory):
    """As the story of a year, but that the bank pays by habit, and most contracts live."""

    card_holders: CardHolders

    def _fate_of(self, _contract: object) -> Fate:
        return self.random.choices(list(Fate), (40, 1, 1, 1))[0]

    def _generate(self, contract: Contract, seller: Actor, fate: Fate, now: datetime) -> None:
        """Where a card is asked for, the customer registers it meanwhile."""
        super()._generate(contract, seller, fate, now)
        self.card_holders.plan(contract.id, now)

    def _pay(self, _contract: object, now: datetime) -> None:
        """Left to the customer's habit."""


def live(
    engine: Engine,
    *,
    months: int,
    customers: int,
    tell: Tell | None = None,
    type_card: TypeCard | None = None,
) -> None:
    """Live the months up to this moment in an empty database; the clock begins in the past and ends here.

    `type_card` types a card at the sandbox of a processor; without it nobody pays by card.
    """
    until = clock.wall()
    first = _months_before(clock.day_of(until), months)
    start = clock.at_sao_paulo(first, 9)
    office = current_app.extensions["portal.mail"]
    mail.init_app(
        _app(),
        gateway=Swallowed(),
        sender=office.sender,
        base_url=office.base_url,
        limits=office.limits,
    )
    with Session(engine, expire_on_commit=False) as session:
        set_clock(session, shows=start)
        session.commit()
        current_app.extensions["portal.seal"].make_certificate(now=start)
        schedule.init_app(_app(), timetable=_calm(schedule.timetable(), notes_from=until - NOTES_FOR))
        company = _found(session, start=start, until=until, customers=customers)
        afterwards = Afterwards(company.timeline, session=Session(engine), beside=session)
        _plan(company, afterwards, type_card, start=start, until=until)
        ask_to_move(session, until=until, keeps_desk=True, asked_by_id=None, now=clock.now())
        session.commit()
        move_on(engine, tell=tell, before=partial(_play_until, company))
        leave_the_rest(session, now=until)
        _forget_vain_attempts(session, now=until)
        session.commit()
    if clock.now() < until:
        raise RuntimeError("the history broke off; the log says where")


def _forget_vain_attempts(session: Session, *, now: datetime) -> None:
    """No card processor was there while they lived: whoever opens a card's link asks one anew."""
    vain = update(QueuedJob).where(QueuedJob.state == "failed", QueuedJob.kind == PREPARE_SETUP)
    session.execute(vain.values(state="done", finished_at=now, last_error=""))


def _app() -> Flask:
    return current_app._get_current_object()  # type: ignore[attr-defined, no-any-return]


def _calm(timetable: Timetable, *, notes_from: datetime) -> Timetable:
    """The same jobs, but none more than twice a day: nobody watched these months go by.

    Notas fiscais are the last month's alone, or they would be most of the file. The processor of cards keeps
    its own time, in which all of this is one hour: its charges are not compared by the day.
    """
    often = When("duas vezes por dia", lambda _day: True, (time(6, 30), time(15)))
    calm = []
    for job, when in timetable:
        if job.name == TAX_NOTES:
            late = replace(when, falls_on=lambda day: day >= clock.day_of(notes_from))
            calm.append((job, late))
        elif job.name != COMPARISON:
            calm.append((job, often if len(when.times) > FEW else when))
    return tuple(calm)


def _found(session: Session, *, start: datetime, until: datetime, customers: int) -> Company:
    dice = Random(SEED)  # noqa: S311 - a story, not a secret
    cast, people = found_company(session, dice, start=start, customers=customers)
    bank = Bank(
        session=session, random=dice, finance=people["carla"], administrator=people["elisa"], present=until
    )
    contracting = Contracting(session=session, bank=bank, present=until)
    return Company(
        session=session,
        cast=cast,
        contracting=contracting,
        timeline=Timeline(until=until),
        dice=dice,
        later_dice=Random(SEED + 2),  # noqa: S311 - as above
        people=people,
    )


def _plan(
    company: Company,
    afterwards: Afterwards,
    type_card: TypeCard | None,
    *,
    start: datetime,
    until: datetime,
) -> None:
    """A contract for each customer, more lately than at first; quotes that come to nothing; today's desk."""
    session, dice, timeline = company.session, company.dice, company.timeline
    sellers = {seller.user_id: seller for each in company.cast.sellers.values() for seller in each}
    story = LongStory(company.contracting, dice, sellers, timeline)
    story.card_holders = CardHolders(timeline=afterwards, dice=company.later_dice, type_card=type_card)
    span = (until - start).total_seconds()
    for partner_id, customers in company.cast.customers.items():
        for customer in customers:
            at = in_working_hours(start + timedelta(seconds=span * dice.random() ** 1.2 * 0.95))
            seller = dice.choice(company.cast.sellers[partner_id])
            timeline.plan(at, partial(_sell, company, story, customer, seller))
            _plan_habit(company, customer, begins=at, until=until)
    quotes = QuoteStory(session, dice, company.cast, timeline, go_on=story.begin)
    for _ in range(len(sellers) * 6):
        timeline.plan(in_working_hours(start + timedelta(seconds=span * dice.random())), quotes.begin)
    set_the_scenes(timeline, dice, company.cast, company.contracting)
    _plan_afterwards(company, afterwards, start=start)


def _plan_afterwards(company: Company, afterwards: Afterwards, *, start: datetime) -> None:
    """What follows a sale, with a dice of its own: what is sold stays the same, whatever becomes of it."""
    dice, people, session = company.later_dice, company.people, afterwards.session
    bank = replace(company.contracting.bank, session=session, random=dice)
    contracting = replace(company.contracting, session=session, bank=bank)
    Routine(timeline=afterwards, dice=dice, people=people).plan(
        first=clock.day_of(start), last=clock.day_of(afterwards.until)
    )
    Leaving(timeline=afterwards, dice=dice, people=people).plan(start=start)
    Debtors(timeline=afterwards, dice=dice, contracting=contracting).plan()


def _plan_habit(company: Company, customer: Customer, *, begins: datetime, until: datetime) -> None:
    habits, weights = zip(*HABITS, strict=True)
    habit = company.dice.choices(habits, weights)[0]
    days_late = company.dice.randrange(2, 25)
    set_habit(company.session, customers=[customer], habit=PayingHabit.ON_TIME, days_late=0)
    at = until - STOPS_PAYING if habit is PayingHabit.NEVER else begins + SETTLES_IN

    def take_up(_now: datetime) -> None:
        set_habit(company.session, customers=[customer], habit=habit, days_late=days_late)

    company.timeline.plan(at, take_up)


def _sell(company: Company, story: LongStory, customer: Customer, seller: Actor, now: datetime) -> None:
    """A quote at a price that needs nobody's leave, sent, looked at and accepted."""
    if price_list_on(company.session, clock.day_of(now)) is None:
        return
    stage = Stage(
        session=company.session,
        random=company.dice,
        seller=seller,
        manager=company.cast.managers[customer.partner_id],
        customers=company.cast.customers[customer.partner_id],
    )
    quote = stage.write(now, Negotiation.WITHIN_AUTHORITY, customer=customer)
    token = stage.send(quote, now)
    record_view(company.session, token=token, device=PHONE, now=now)
    accept_quote(company.session, token=token, quote_id=quote.id, now=now)
    story.begin(quote.id, now)


def _play_until(company: Company, at: datetime) -> None:
    """What people did since the stop before."""
    company.timeline.run(until=at)
    company.session.commit()


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)
