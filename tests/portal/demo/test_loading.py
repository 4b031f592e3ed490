"""The demonstration: whole, the same at every load, on whatever day somebody tries the portal."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.banking.models.boleto import Boleto
from portal.banking.rules.boleto import BoletoState
from portal.contracts.models import Contract, ContractRequest
from portal.contracts.rules.states import ContractKind, ContractState
from portal.customers.models import Customer
from portal.demo.accounts import DEMO_PARTNERS, DEMO_USERS, PASSWORD
from portal.demo.operations import YEAR, load_demo
from portal.documents.queries import read_content
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.partners.models import Partner
from portal.payouts.models import RepasseAccrual
from portal.payouts.scheduled import check_books
from portal.quotes.models import Approval, Proposal, ProposalView, Quote, QuoteVersion
from portal.quotes.rules.states import ApprovalState, QuoteState
from portal.receipts.models.payment import ParkedPayment
from portal.receipts.models.ted import TedTransfer
from portal.receipts.rules.ted import TedState
from portal.shared import clock
from portal.shared.audit import LogEntry, LogHead, first_broken_position
from portal.shared.auth import Role
from portal.shared.clock import day_of
from portal.shared.db import db
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.queue import QueuedJob
from portal.shared.tokens import LinkToken
from portal.signatures.models import Envelope
from portal.signatures.rules.seals import SealFinding, read_seal
from portal.signatures.rules.states import EnvelopeState
from portal.subscriptions.models import Coverage
from portal.users.models import User
from tests.support.application import Transaction, settings_for
from tests.support.databases import EMPTY, Database
from tests.support.live_server import DAYS_TOLD

FIRST_USER = "marina@sul.example"
DAYS = [datetime(2026, 3, 31, 18, tzinfo=UTC), datetime(2027, 2, 28, 2, 30, tzinfo=UTC)]
REACHABLE = set(ContractState) - {ContractState.SUSPENDED}  # nobody in the demonstration is late for long


def count(session: Session, *conditions: object) -> int:
    return session.scalar(select(func.count()).where(*conditions)) or 0  # type: ignore[arg-type]


def states_of(session: Session, *conditions: object) -> set[QuoteState]:
    live = select(QuoteVersion.state).where(QuoteVersion.is_live, *conditions)  # type: ignore[arg-type]
    return set(session.scalars(live.distinct()))


def contract_states_of(session: Session) -> set[ContractState]:
    return set(session.scalars(select(Contract.state).distinct()))


@pytest.fixture(params=[DAYS_TOLD, pytest.param(YEAR, marks=pytest.mark.deep)])
def days(request: pytest.FixtureRequest) -> int:
    """How long the story is; as the journeys begin with it, and as long as it can be."""
    return int(request.param)


@pytest.fixture
def told(portal: Flask, database: Database, demo_template: str, days: int) -> Iterator[Session]:
    """The demonstration as it was told, up to its last entry, for whoever needs it in this run."""
    database.restore(demo_template if days == DAYS_TOLD else EMPTY)
    with portal.app_context():
        if days != DAYS_TOLD:
            load_demo(db.session, now=clock.now(), days=days)
        yield db.session
        db.session.rollback()


class TestTheDemonstration:
    @pytest.mark.deep
    @pytest.mark.parametrize("now", DAYS, ids=["end of march", "end of february, near midnight"])
    def test_shows_every_state_whatever_day_it_is(self, session: Session, now: datetime) -> None:
        load_demo(session, now=now)
        assert states_of(session) == set(QuoteState)
        assert contract_states_of(session) == REACHABLE
        assert 190 <= count(session, Quote.id > 0) <= 250
        latest = session.scalars(select(func.max(LogEntry.at))).one()
        assert latest <= now

    def test_is_as_promised(self, told: Session, days: int) -> None:
        session, now = told, told.scalars(select(func.max(LogEntry.at))).one()
        self.holds_people_of_every_role_and_tier(session)
        self.holds_a_quote_of_every_kind(session)
        self.sells_nothing_below_the_minimum(session)
        self.holds_a_log_that_nobody_changed(session)
        self.owes_only_the_mail_of_the_last_hours(session, now)
        self.holds_a_contract_of_every_kind(session, now, running=15 if days == YEAR else 10)
        self.holds_signed_files_that_are_sealed(session)
        self.waits_for_money_in_every_way(session)
        check_books(session, now=now)
        self.leaves_nothing_to_be_run(session)

    def holds_people_of_every_role_and_tier(self, session: Session) -> None:
        assert set(session.scalars(select(User.role))) == set(Role)
        assert len(session.scalars(select(User.id)).all()) == len(DEMO_USERS)
        partners = session.scalars(select(Partner)).all()
        assert len(partners) == len(DEMO_PARTNERS) == 6
        assert {partner.tier for partner in partners} == {"bronze", "prata", "ouro", "platina"}
        assert count(session, Customer.id > 0) == 121  # one of them at two partners: it is changing over

    def holds_a_quote_of_every_kind(self, session: Session) -> None:
        first_user = session.scalars(select(User.id).where(User.email == FIRST_USER)).one()
        assert states_of(session, QuoteVersion.owner_id == first_user) == set(QuoteState)
        seen = select(ProposalView.proposal_id)
        open_proposals = (
            select(Proposal.id)
            .join(Quote, Quote.proposal_id == Proposal.id)
            .join(QuoteVersion, QuoteVersion.quote_id == Quote.id)
            .where(QuoteVersion.is_live, QuoteVersion.state == QuoteState.SENT)
        )
        assert session.scalars(open_proposals.where(Proposal.id.in_(seen))).first()
        assert session.scalars(open_proposals.where(Proposal.id.not_in(seen))).first()
        assert session.scalars(select(QuoteVersion.id).where(QuoteVersion.number >= 3)).first()
        assert session.scalars(select(Quote.id).where(Quote.alternative == 3)).first()
        assert count(session, Approval.state == ApprovalState.PENDING) >= 6

    def sells_nothing_below_the_minimum(self, session: Session) -> None:
        assert count(session, QuoteVersion.negotiated_cents < QuoteVersion.minimum_cents) == 0

    def holds_a_log_that_nobody_changed(self, session: Session) -> None:
        streams = session.scalars(select(LogHead.stream)).all()
        assert len(streams) > 120
        assert [stream for stream in streams if first_broken_position(session, stream)] == []

    def owes_only_the_mail_of_the_last_hours(self, session: Session, now: datetime) -> None:
        oldest = session.scalars(
            select(func.min(MailMessage.created_at)).where(MailMessage.state == MailState.QUEUED)
        ).one()
        assert (now - oldest).total_seconds() <= 12 * 3600
        used = LinkToken.used_at.is_not(None) | LinkToken.revoked_at.is_not(None)
        dead = count(
            session, MailMessage.link_token_id == LinkToken.id, MailMessage.state == MailState.QUEUED, used
        )
        assert dead == 0, "a mail whose link was used in the story would fail"

    def holds_a_contract_of_every_kind(self, session: Session, now: datetime, *, running: int) -> None:
        starts = select(Contract.starts_on).where(Contract.state == ContractState.ACTIVE)
        first_days = sorted(day for day in session.scalars(starts) if day is not None)
        today = day_of(now)
        assert len(first_days) >= running
        assert first_days[0] < today - timedelta(days=120)
        assert any(today - timedelta(days=10) < day <= today for day in first_days)
        assert count(session, Contract.kind == ContractKind.AMENDMENT) >= 3
        assert count(session, ContractRequest.kind == ContractKind.PARTNER_CHANGE) == 1
        assert count(session, Envelope.postponed_count > 0) >= 1
        assert count(session, Coverage.covers_until >= today) >= 10

    def holds_signed_files_that_are_sealed(self, session: Session) -> None:
        signed = session.scalars(select(Envelope).where(Envelope.state == EnvelopeState.SIGNED)).all()
        assert len(signed) >= 20
        for envelope in signed:
            assert envelope.signed_file_id
            seal = read_seal(read_content(session, envelope.signed_file_id))
            assert seal.finding is SealFinding.INTACT
            assert seal.fingerprint == envelope.seal_fingerprint
        assert count(session, Envelope.state == EnvelopeState.SEALING) == 0

    def waits_for_money_in_every_way(self, session: Session) -> None:
        unpaid = (
            select(Invoice.payment_method)
            .join(Contract, Contract.id == Invoice.contract_id)
            .where(Contract.state == ContractState.AWAITING_PAYMENT, Invoice.state == InvoiceState.OPEN)
        )
        assert set(session.scalars(unpaid)) == {"boleto", "ted", "card"}
        assert count(session, Boleto.state == BoletoState.REJECTED) == 1
        assert count(session, ParkedPayment.resolved_at.is_(None)) == 1
        assert count(session, TedTransfer.state == TedState.WAITING) == 1
        assert count(session, TedTransfer.state == TedState.CONFIRMED_ONCE, TedTransfer.needs_two) == 1
        assert count(session, RepasseAccrual.repasse_cents > 0) >= 10

    def leaves_nothing_to_be_run(self, session: Session) -> None:
        assert count(session, QueuedJob.state == "done") >= 60
        assert count(session, QueuedJob.state != "done", QueuedJob.kind != "mail") == 0


class TestTheCommand:
    def test_leaves_a_database_with_partners_alone(self, app: Flask, transaction: Transaction) -> None:
        from tests.factories.partners import make_partner

        with transaction() as session:
            make_partner(session)
        result = app.test_cli_runner().invoke(args=["demo", "tell"])
        assert (result.exit_code, result.output) == (0, "The demonstration is already there.\n")
        with transaction() as session:
            assert count(session, Partner.id > 0) == 1

    @pytest.mark.parametrize("command", ["load", "prepare", "tell"])
    def test_is_refused_in_production(self, app: Flask, tmp_path: Path, command: str) -> None:
        settings = settings_for(app.config["PORTAL"].database_url, tmp_path)
        settings = replace(settings, environment="production")
        result = create_app(settings).test_cli_runner().invoke(args=["demo", command])
        assert result.exit_code == 1
        assert "refused in production" in result.output

    def test_names_everybody_who_can_sign_in(self, app: Flask) -> None:
        output = app.test_cli_runner().invoke(args=["demo", "users"]).output
        assert PASSWORD in output
        for user in DEMO_USERS:
            assert user.email in output
