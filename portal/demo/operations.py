"""Loading the demonstration: everything or nothing, once."""

import re
import tomllib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.cards.operations.requests import expire_card_requests
from portal.catalog.operations import import_price_list
from portal.contracts.operations.activating import end_contracts
from portal.customers.models import Customer
from portal.customers.operations import register_customer
from portal.customers.rules import ContactDetails, CustomerDetails, SignatoryDetails
from portal.demo.bank import Bank
from portal.demo.companies import DemoCompany, make_companies
from portal.demo.contract_scenes import EVERY_CONTRACT_SCENE, SOME_CONTRACT_SCENES, Desk
from portal.demo.contracting import Contracting
from portal.demo.contracts import ContractStory
from portal.demo.people import load_people
from portal.demo.quotes import Cast, QuoteStory
from portal.demo.scenes import EVERY_SCENE, SOME_SCENES, Stage, play
from portal.demo.timeline import Timeline, in_working_hours
from portal.demo.worker import leave_the_rest
from portal.partners.models import Partner
from portal.quotes.operations.sending import expire_quotes
from portal.shared.auth import Actor, Role
from portal.shared.clock import day_of
from portal.shared.mail import MAIL
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.queue import QueuedJob
from portal.shared.tokens import LinkToken
from portal.signatures.operations.maintenance import expire_signatures, remind_of_signatures

CATALOG = Path(__file__).resolve().parent.parent / "catalog" / "demo" / "catalog.toml"
CUSTOMERS = 120
PROPOSALS = 150  # with their alternatives and the scenes of `scenes.py` about 200 quotes
YEAR = timedelta(days=360)
SEED = 20260601
PRICES = 'monthly = "89.90", semiannual = "80.90", annual = "71.90"'
OLD_PRICES = 'monthly = "84.90", semiannual = "76.90", annual = "68.90"'


def is_loaded(session: Session) -> bool:
    """Whether there is anybody to sell: the demonstration never mixes with real partners."""
    return session.scalar(select(Partner.id).limit(1)) is not None


def load_demo(session: Session, *, now: datetime) -> None:
    """People, price lists, customers and a year of quotes up to `now`, the same at every load."""
    random = Random(SEED)  # noqa: S311 - a story, not a secret
    start = now - YEAR
    _load_price_lists(session, start=start)
    partners, people = load_people(session, now=start)
    customers = _load_customers(session, random, list(partners.values()), people, start=start)
    cast = Cast(
        sellers={
            partner.id: [each for each in people.values() if each.partner_id == partner.id]
            for partner in partners.values()
        },
        managers={
            partner.id: next(each for each in people.values() if each.user_id == partner.account_manager_id)
            for partner in partners.values()
        },
        customers=customers,
    )
    # Contracts have a dice of their own: the quotes of the year are the same, whatever becomes of them.
    dice = Random(SEED + 1)  # noqa: S311 - as above
    bank = Bank(
        session=session, random=dice, finance=people["carla"], administrator=people["elisa"], present=now
    )
    contracting = Contracting(session=session, bank=bank, present=now)
    _tell_the_year(random, cast, contracting, start=start, now=now)
    _mark_old_mail_as_sent(session, now=now)
    leave_the_rest(session, now=now)


def _load_price_lists(session: Session, *, start: datetime) -> None:
    """The demonstration list and, if it began within the year, an older one before it."""
    content = CATALOG.read_text(encoding="utf-8")
    first_day = day_of(start).replace(day=1)
    if first_day < tomllib.loads(content)["price_list"]["valid_from"]:
        older = re.sub(r"(?m)^code = .*$", f'code = "demo-{first_day:%Y-%m}"', content, count=1)
        older = re.sub(
            r"(?m)^name = .*$", f'name = "Tabela {first_day:%m/%Y} (demonstração)"', older, count=1
        )
        older = re.sub(r"(?m)^valid_from = .*$", f"valid_from = {first_day.isoformat()}", older, count=1)
        older = older.replace(PRICES, OLD_PRICES, 1)
        import_price_list(session, content=older, actor=None, now=start, today=first_day)
    import_price_list(session, content=content, actor=None, now=start, today=first_day)


def _load_customers(
    session: Session,
    random: Random,
    partners: list[Partner],
    people: dict[str, Actor],
    *,
    start: datetime,
) -> dict[int, list[Customer]]:
    customers: dict[int, list[Customer]] = {partner.id: [] for partner in partners}
    for index, company in enumerate(make_companies(random, CUSTOMERS)):
        partner = partners[index % len(partners)]
        seller = next(
            each for each in people.values() if each.partner_id == partner.id and each.role is Role.SELLER
        )
        at = start + timedelta(minutes=index)
        customer = register_customer(
            session, partner_id=partner.id, details=_details(company), actor=seller, now=at
        )
        customers[partner.id].append(customer)
    return customers


def _details(company: DemoCompany) -> CustomerDetails:
    return CustomerDetails(
        document=company.document,
        name=company.name,
        trade_name=company.trade_name,
        email=company.email,
        phone=company.phone,
        postal_code=company.postal_code,
        street=company.street,
        street_number=company.street_number,
        district=company.district,
        city=company.city,
        state=company.state,
        contacts=(ContactDetails(name=company.person, position="Responsável", email=company.person_email),),
        signatory=SignatoryDetails(
            name=company.person,
            cpf=company.person_cpf,
            email=company.person_email,
            phone=company.person_phone,
        ),
    )


def _tell_the_year(
    random: Random, cast: Cast, contracting: Contracting, *, start: datetime, now: datetime
) -> None:
    session, dice = contracting.session, contracting.bank.random
    timeline = Timeline(until=now)
    sellers = {seller.user_id: seller for each in cast.sellers.values() for seller in each}
    contracts = ContractStory(contracting, dice, sellers, timeline)
    story = QuoteStory(session, random, cast, timeline, go_on=contracts.begin)
    span = (now - start).total_seconds()
    for index in range(PROPOSALS):
        # More quotes lately than a year ago, as in a business that grows; a fifth in the last days.
        share = random.random() ** 0.7 if index % 5 else 1 - random.random() * 0.02
        timeline.plan(in_working_hours(start + timedelta(seconds=span * share)), story.begin)
    _set_the_scenes(timeline, random, cast, contracting)
    for day in range(YEAR.days + 1):
        timeline.plan(start + timedelta(days=day, hours=3), lambda at: _keep_the_calendar(contracting, at))
    timeline.run()


def _set_the_scenes(timeline: Timeline, random: Random, cast: Cast, contracting: Contracting) -> None:
    partner_ids = list(cast.sellers)
    for index, (partner_id, sellers) in enumerate(cast.sellers.items()):
        stage = Stage(
            session=contracting.session,
            random=random,
            seller=sellers[0],
            manager=cast.managers[partner_id],
            customers=cast.customers[partner_id],
        )
        desk = Desk(
            stage=replace(stage, random=contracting.bank.random),
            contracting=contracting,
            next_partner_id=partner_ids[(index + 1) % len(partner_ids)],
        )
        pace = 1 + index / 4
        for scene in EVERY_SCENE if index == 0 else SOME_SCENES:
            play(timeline, scene(stage), pace=pace)
        for contract_scene in EVERY_CONTRACT_SCENE if index == 0 else SOME_CONTRACT_SCENES:
            play(timeline, contract_scene(desk), pace=pace)


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
