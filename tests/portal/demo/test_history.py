"""The kept history of a company: whole, at the newest tables, and ready to be worked with."""

import json
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from portal.agreements.models import Agreement
from portal.agreements.rules.states import AgreementState
from portal.cancellations.models import CancellationCase
from portal.cancellations.rules.cases import CaseState
from portal.cards.models.cards import Card
from portal.cards.models.charge import Charge
from portal.cards.rules.cards import ChargeState
from portal.contracts.models import Contract
from portal.customers.models import Customer
from portal.demo.accounts import DEMO_USERS, PASSWORD
from portal.demo.clock.moving import move_on
from portal.demo.clock.operations import ask_to_move
from portal.demo.history.keeping import HISTORY, keep_history
from portal.demo.people import load_people
from portal.dunning.models import DunningMessage
from portal.dunning.rules.steps import Channel
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.overdue.models import TrustRelease
from portal.payouts.models.payout import Payout, PayoutTransfer
from portal.payouts.queries.invariants import Broken, find_broken
from portal.readjustments.models import Readjustment, RenewalOffer
from portal.readjustments.rules.campaigns import Outcome
from portal.receipts.models.payment import Payment
from portal.shared import clock
from portal.shared.audit import LogHead, first_broken_position
from portal.shared.db import db
from portal.tax_notes.models import TaxNote
from portal.tax_notes.rules.states import NoteState
from tests.factories.invoices import make_billed
from tests.support.clients import PortalClient
from tests.support.databases import Database
from tools.folder import CARD_STORE, TAX_STORE

LARGEST_FILE = 10_000_000


@pytest.fixture
def loaded(demo_app: Flask) -> Flask:
    told = demo_app.test_cli_runner().invoke(args=["demo", "load"])
    assert told.exit_code == 0, told.output
    return demo_app


class TestKeeping:
    def test_brings_the_same_rows_back_into_an_empty_database(
        self, demo_app: Flask, database: Database, tmp_path: Path
    ) -> None:
        kept = tmp_path / "kept.tar.xz"
        counts = select(func.count()).select_from(Invoice)
        with demo_app.app_context():
            load_people(db.session, now=clock.now())
            invoice_id = make_billed(db.session, now=clock.now()).invoice.id
            amount = db.session.get_one(Invoice, invoice_id).amount_cents
            db.session.commit()
            keep_history(db.engine, kept, effort=0)
            db.session.rollback()
            db.engine.dispose()
        database.restore("empty")
        told = demo_app.test_cli_runner().invoke(args=["demo", "load", str(kept)])
        assert told.exit_code == 0, told.output
        with demo_app.app_context():
            assert db.session.scalar(counts) == 1
            assert db.session.get_one(Invoice, invoice_id).amount_cents == amount
            assert invariants_broken() == []
            with pytest.raises(DBAPIError):  # triggers and keys are there again
                db.session.execute(text("DELETE FROM log_entries"))
            db.session.rollback()
            make_billed(db.session, now=clock.now())  # numbers go on
            db.session.commit()
            assert db.session.scalar(counts) == 2


def invariants_broken() -> list[Broken]:
    return find_broken(db.session, since=None, now=clock.now())


class TestTheKeptHistory:
    @pytest.mark.deep  # `test_make_run` loads it and signs in; the rest changes when it is kept anew
    def test_is_whole_and_its_people_can_sign_in(self, loaded: Flask, tmp_path: Path) -> None:
        self.is_loaded_once(loaded)
        self.stands_at_the_newest_tables(loaded)
        self.holds_every_invariant(loaded)
        self.shows_a_company_in_full_life(loaded)
        self.shows_what_customers_live_through(loaded)
        self.knows_what_the_sandboxes_know(loaded, tmp_path)
        self.lets_everybody_in(loaded)

    @pytest.mark.deep
    def test_goes_on_living_and_can_be_kept_again(self, loaded: Flask, tmp_path: Path) -> None:
        self.goes_on_living(loaded)
        self.can_be_kept_again(loaded, tmp_path)

    def is_loaded_once(self, app: Flask) -> None:
        again = app.test_cli_runner().invoke(args=["demo", "load"])
        assert again.output == "The demonstration is already there.\n"

    def stands_at_the_newest_tables(self, app: Flask) -> None:
        with app.app_context():
            heads = db.session.scalars(text("SELECT version_num FROM alembic_version")).all()
        assert heads == ScriptDirectory("migrations").get_heads()

    def holds_every_invariant(self, app: Flask) -> None:
        with app.app_context():
            assert find_broken(db.session, since=None, now=clock.now()) == []
            streams = db.session.scalars(select(LogHead.stream)).all()
            assert [stream for stream in streams if first_broken_position(db.session, stream)] == []

    def shows_a_company_in_full_life(self, app: Flask) -> None:
        with app.app_context():
            today = clock.today()
            states = set(db.session.scalars(select(Invoice.state)))
            assert {InvoiceState.OPEN, InvoiceState.PAID} <= states
            overdue = select(func.count()).where(Invoice.state == InvoiceState.OPEN, Invoice.due_on < today)
            assert db.session.scalar(overdue)
            assert len(set(db.session.scalars(select(Payment.source)))) >= 3
            assert (db.session.scalar(select(func.count()).select_from(Customer)) or 0) >= 120
            began = db.session.scalar(select(func.min(Contract.starts_on)))
            assert began
            assert (today - began).days >= 18 * 30
            assert db.session.scalar(select(func.count()).select_from(Payout))
            assert db.session.scalar(select(func.count()).select_from(PayoutTransfer))

    def shows_what_customers_live_through(self, app: Flask) -> None:
        """At least so many of each, told by the operations of the screens."""
        with app.app_context():
            for condition, least in (
                (Readjustment.outcome == Outcome.READJUSTED, 5),
                (Readjustment.outcome == Outcome.NEGATIVE, 3),
                (CancellationCase.state == CaseState.RETAINED, 2),
                (CancellationCase.state == CaseState.CANCELED, 3),
                (CancellationCase.services != [], 1),
                (Agreement.state == AgreementState.FULFILLED, 1),
                (Agreement.state == AgreementState.BROKEN, 1),
                (Agreement.state == AgreementState.RUNNING, 1),
                (Card.replaced_at.is_(None), 20),
                (Charge.state == ChargeState.DECLINED, 3),
                (TrustRelease.id > 0, 5),
                (TaxNote.state == NoteState.AUTHORIZED, 50),
                (DunningMessage.channel == Channel.EMAIL, 100),
                (DunningMessage.channel == Channel.PHONE, 10),
                (RenewalOffer.accepted_at.is_not(None), 5),
            ):
                found = db.session.scalar(select(func.count()).where(condition)) or 0
                assert found >= least, condition.compile(compile_kwargs={"literal_binds": True})

    def knows_what_the_sandboxes_know(self, app: Flask, folder: Path) -> None:
        """A card of the history can be charged by the sandbox of a machine that has just loaded it."""
        assert (folder / CARD_STORE).stat().st_size > 100_000
        with closing(sqlite3.connect(folder / TAX_STORE)) as office, app.app_context():
            ((issued,),) = office.execute("SELECT count(*) FROM notes").fetchall()
            ours = select(func.count()).where(TaxNote.state == NoteState.AUTHORIZED)
            assert issued == db.session.scalar(ours)

    def lets_everybody_in(self, app: Flask) -> None:
        for user in DEMO_USERS:
            browser = cast("PortalClient", app.test_client())
            browser.sign_in(user.email, PASSWORD)
            assert browser.get("/clientes").status_code == 200

    def goes_on_living(self, app: Flask) -> None:
        with app.app_context():
            now = clock.now()
            until = clock.at_sao_paulo(clock.day_of(now), 23, 30)
            ask_to_move(db.session, until=until, keeps_desk=True, asked_by_id=None, now=now)
            db.session.commit()
            assert move_on(db.engine)
            assert clock.now() >= until
            assert find_broken(db.session, since=None, now=clock.now()) == []
            db.session.rollback()

    def can_be_kept_again(self, app: Flask, folder: Path) -> None:
        with app.app_context():
            keep_history(db.engine, folder / "again.tar.xz", effort=0)
        before, after = self._head(HISTORY), self._head(folder / "again.tar.xz")
        assert set(before["tables"]) <= set(after["tables"])

    def _head(self, path: Path) -> dict[str, dict[str, list[str]]]:
        with tarfile.open(path, "r|xz") as archive:  # the first of its files, without reading the rest
            entry = archive.next()
            assert entry
            assert entry.name == "head.json"
            head = archive.extractfile(entry)
            assert head
            found: dict[str, dict[str, list[str]]] = json.loads(head.read())
            return found

    def test_is_small(self) -> None:
        assert HISTORY.stat().st_size < LARGEST_FILE

    def test_names_nobody_real(self) -> None:
        with tarfile.open(HISTORY) as archive:
            users = archive.extractfile("users")
            customers = archive.extractfile("customers")
            assert users
            assert customers
            addresses = [word for word in (users.read() + customers.read()).split() if b"@" in word]
        assert addresses
        assert {address.rpartition(b".")[2] for address in addresses} == {b"example"}

    def test_is_refused_where_the_clock_is_the_worlds(self, app: Flask) -> None:
        told = app.test_cli_runner().invoke(args=["demo", "load"])
        assert told.exit_code == 1
        assert "set PORTAL_DEMO_CLOCK=1" in told.output
