"""Loading the demonstration: everything or nothing, once."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.cards.operations.expired_requests import expire_card_requests
from portal.contracts.operations.activating import end_contracts
from portal.demo.bank import Bank
from portal.demo.contracting import Contracting
from portal.demo.contracts import ContractStory
from portal.demo.founding import found_company
from portal.demo.quotes import Cast, QuoteStory
from portal.demo.setting import set_the_scenes
from portal.demo.timeline import Timeline, in_working_hours
from portal.demo.worker import leave_the_rest
from portal.partners.models import Partner
from portal.quotes.operations.sending import expire_quotes
from portal.shared.mail import MAIL
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.queue import QueuedJob
from portal.shared.tokens import LinkToken
from portal.signatures.operations.maintenance import expire_signatures, remind_of_signatures

CUSTOMERS = 120
PROPOSALS = 150  # in a year; with their alternatives and the scenes of `scenes.py` about 200 quotes
YEAR = 360  # days
SCENES = 160  # days: the oldest scene of the desk begins then
SEED = 20260601


def is_loaded(session: Session) -> bool:
    """Whether there is anybody to sell: the demonstration never mixes with real partners."""
    return session.scalar(select(Partner.id).limit(1)) is not None


def load_demo(session: Session, *, now: datetime, days: int = YEAR) -> None:
    """People, price lists, customers and the quotes of so many days up to `now`, the same at every load."""
    random = Random(SEED)  # noqa: S311 - a story, not a secret
    start = now - timedelta(days=days)
    cast, people = found_company(session, random, start=start, customers=CUSTOMERS)
    # Contracts have a dice of their own: the quotes of the year are the same, whatever becomes of them.
    dice = Random(SEED + 1)  # noqa: S311 - as above
    bank = Bank(
        session=session, random=dice, finance=people["carla"], administrator=people["elisa"], present=now
    )
    contracting = Contracting(session=session, bank=bank, present=now)
    _tell(random, cast, contracting, start=start, now=now)
    _mark_old_mail_as_sent(session, now=now)
    leave_the_rest(session, now=now)


def _tell(random: Random, cast: Cast, contracting: Contracting, *, start: datetime, now: datetime) -> None:
    session, dice = contracting.session, contracting.bank.random
    timeline = Timeline(until=now)
    sellers = {seller.user_id: seller for each in cast.sellers.values() for seller in each}
    contracts = ContractStory(contracting, dice, sellers, timeline)
    story = QuoteStory(session, random, cast, timeline, go_on=contracts.begin)
    span, days = (now - start).total_seconds(), (now - start).days
    for index in range(PROPOSALS * days // YEAR):
        # More quotes lately than a year ago, as in a business that grows; a fifth in the last days.
        share = random.random() ** 0.7 if index % 5 else 1 - random.random() * 0.02
        timeline.plan(in_working_hours(start + timedelta(seconds=span * share)), story.begin)
    set_the_scenes(timeline, random, cast, contracting)
    for day in range(days + 1):
        timeline.plan(start + timedelta(days=day, hours=3), lambda at: _keep_the_calendar(contracting, at))
    timeline.run()


def _keep_the_calendar(contracting: Contracting, at: datetime) -> None:
    """What finance and the portal by itself do once a day."""
    session = contracting.session
    expire_quotes(session, now=at)
    end_contracts(session, now=at)
    expire_signatures(session, now=at)
    expire_card_requests(session, now=at)
    remind_of_signatures(session, now=at)
    contracting.bank.exchange_files(at)


def _mark_old_mail_as_sent(session: Session, *, now: datetime) -> None:
    """The story's mails left long ago; those of the last hours go out now, to be seen in the catcher.

    Not one whose link the story has used already: it would fail for good.
    """
    session.flush()
    is_old = MailMessage.created_at < now - timedelta(hours=12)
    used_links = select(LinkToken.id).where(
        LinkToken.used_at.is_not(None) | LinkToken.revoked_at.is_not(None)
    )
    session.execute(
        update(MailMessage)
        .where(MailMessage.state.in_([MailState.QUEUED, MailState.HELD]))
        .where(is_old | MailMessage.link_token_id.in_(used_links))
        .values(
            state=MailState.SENT,
            let_go_at=MailMessage.created_at,
            sent_at=MailMessage.created_at,
            last_error="",
        )
    )
    gone = select(MailMessage.id).where(MailMessage.state == MailState.SENT)
    jobs = update(QueuedJob).where(QueuedJob.kind == MAIL)
    session.execute(
        jobs.where(QueuedJob.subject_id.in_(gone)).values(state="done", finished_at=now, attempts=1)
    )
