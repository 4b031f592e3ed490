"""A world in which days pass and jobs run, and in which any step may be cut off and begun again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from email.message import EmailMessage

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.scheduled import collect_returns
from portal.cancellations.scheduled import watch_cancellations
from portal.cards.scheduled import charge_due_cards, compare_card_charges, retry_card_charges, sweep_cards
from portal.config.cards import CardSettings
from portal.contracts.scheduled import end_contracts
from portal.invoices.scheduled import bill_subscriptions, cover_free_months
from portal.overdue.scheduled import look_at_overdue
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from portal.shared.queue import Lane, QueuedJob, run_next_job
from portal.shared.refusals import Refusal
from portal.shared.schedule import Job
from tests.lives.processor import PixBank, Processor
from tests.lives.village import Village

# What a day brings, in its order; the check of the books is asked after every step anyway.
DAILY: tuple[Job, ...] = (
    end_contracts,
    cover_free_months,
    look_at_overdue,
    bill_subscriptions,
    collect_returns,
    sweep_cards,
    charge_due_cards,
    retry_card_charges,
    compare_card_charges,
    watch_cancellations,
)
LANES = (Lane.BANK, Lane.CARD, Lane.BILLING, Lane.DEFAULT, Lane.MAIL)
CARDS = CardSettings(
    secret_key="sk_test_lives", public_key="pk_test_lives", webhook_secret="whsec_lives", sandbox_url=None
)


class Cut(Exception):
    """The process was killed in the middle of a transaction."""


def _cut() -> None:
    raise Cut


class Postman:
    """Takes every mail; that a server does is tested elsewhere."""

    def send(self, message: EmailMessage) -> None:
        """Taken."""

    def is_reachable(self) -> bool:
        """Always."""
        return True


@dataclass
class World:
    """`today` is the day it is; `sent` what payers sent, in centavos by way, as they know it.

    `slips`: how often a boleto (its row) was paid on a day with an amount;
    `told_today` are invoices and amounts of those of today.
    """

    app: Flask
    village: Village
    today: date
    processor: Processor = field(default_factory=Processor)
    pix_bank: PixBank = field(default_factory=PixBank)
    sent: dict[str, int] = field(default_factory=dict)
    fees_cents: int = 0
    told_today: list[tuple[int, int]] = field(default_factory=list)
    acts: int = 0
    slips: dict[tuple[int, date, int], int] = field(default_factory=dict)
    is_cut: bool = False

    @property
    def now(self) -> datetime:
        """Each act has a minute of its own in the day."""
        return at_sao_paulo(self.today, 8) + timedelta(minutes=self.acts)

    def do[T](self, act: Callable[[Session], T]) -> T:
        """One transaction, as a request or a job has one; cut off, it is begun again."""
        self.acts += 1
        if self.is_cut:
            self.is_cut = False
            with suppress(Cut), self._transaction() as session:
                act(session)
                session.flush()
                _cut()
        with self._transaction() as session:
            return act(session)

    def attempt[T](self, act: Callable[[Session], T]) -> T | None:
        """As `do`; what the portal refuses is not done, and None."""
        try:
            return self.do(act)
        except Refusal:
            return None

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with self.app.app_context(), Session(db.engine) as session, session.begin():
            yield session

    def note(self, way: str, cents: int) -> None:
        """Somebody sent money."""
        self.sent[way] = self.sent.get(way, 0) + cents

    def pass_days(self, days: int, *, is_worked: bool = True) -> None:
        """Let days pass. Unless every day is worked, only the last one is: the others were missed."""
        for number in range(1, days + 1):
            self.today += timedelta(days=1)
            self.acts = 0
            self.told_today = []
            if is_worked or number == days:
                self.work_day()

    def work_day(self) -> None:
        """The jobs of the day, each in a transaction of its own, and what they put into the queue."""
        for job in DAILY:
            self.do(lambda session, job=job: job(session, now=self.now))  # type: ignore[misc]
        self.work_queue()

    def work_queue(self) -> None:
        """Do what is due in every lane until nothing is."""
        self.acts += 1
        at = self.now
        self.processor.now = at
        with self.app.app_context():
            while self._work_lanes(at):
                pass

    def _work_lanes(self, at: datetime) -> int:
        """One job of each lane in which any is due; how many were done."""
        due = select(QueuedJob.lane).where(QueuedJob.state == "waiting", QueuedJob.next_attempt_at <= at)
        with Session(db.engine) as session:
            lanes = set(session.scalars(due.distinct()))
        return sum(run_next_job(db.engine, lane, clock=lambda: at) for lane in LANES if lane in lanes)


@contextmanager
def plugged_in(app: Flask, world: World) -> Iterator[World]:
    """The app with the world's card processor and postman."""
    before = app.config["PORTAL"], app.extensions["portal.cards"], app.extensions["portal.mail"]
    app.extensions["portal.pix"] = world.pix_bank
    app.config["PORTAL"] = replace(before[0], cards=CARDS)
    app.extensions["portal.cards"] = world.processor
    app.extensions["portal.mail"] = replace(before[2], gateway=Postman())
    try:
        yield world
    finally:
        app.config["PORTAL"], app.extensions["portal.cards"], app.extensions["portal.mail"] = before
        app.extensions["portal.pix"] = None
