"""The folder that the bank's transfer program shares with us."""

import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile
from portal.banking.models.boleto import Boleto
from portal.banking.operations.remittances import make_remittance, put_into_folder
from portal.banking.queries.file_contents import whole_content
from portal.banking.rules.bank_files import BankFileState, NoFolder
from portal.banking.scheduled import collect_returns, send_remittances
from portal.config import Settings
from portal.receipts.models.payment import Payment
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from portal.shared import clock, queue
from portal.shared.auth import Role
from portal.shared.db import db
from tests.factories.invoices import make_invoice
from tests.factories.payments import A_DAY_LATER, ACCOUNT
from tests.factories.users import actor_of, make_user
from tests.support.application import Transaction


@pytest.fixture
def folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, and an app that knows it."""
    settings: Settings = app.config["PORTAL"]
    known = replace(settings, bank=replace(settings.bank, folder=tmp_path))
    monkeypatch.setitem(app.config, "PORTAL", known)
    return tmp_path


def leave(folder: Path, name: str, content: bytes) -> Path:
    """A return that the bank's program wrote a while ago."""
    path = folder / "retorno" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    long_ago = A_DAY_LATER.timestamp() - 600
    os.utime(path, (long_ago, long_ago))
    return path


def paying(session: Session) -> bytes:
    make_invoice(session)
    boleto = session.scalars(select(Boleto)).one()
    line = ReturnLine(
        code="06",
        number=boleto.number,
        on=date(2026, 6, 12),
        due_on=boleto.due_on,
        title_cents=199_90,
        paid_cents=199_90,
    )
    return return_file(ACCOUNT, [line], made_at=A_DAY_LATER, number=1)


class TestReturnsInTheFolder:
    def test_are_applied_once_and_then_set_aside(self, folder: Path, session: Session) -> None:
        path = leave(folder, "CN1.RET", paying(session))
        collect_returns(session, now=A_DAY_LATER)
        assert path.exists()
        collect_returns(session, now=A_DAY_LATER)
        assert [one.name for one in (folder / "retorno" / "processados").iterdir()] == ["CN1.RET"]
        assert not path.exists()
        assert session.scalar(select(func.count(Payment.id))) == 1

    @pytest.mark.deep
    def test_that_are_damaged_are_set_aside_with_the_reason(self, folder: Path, session: Session) -> None:
        leave(folder, "A.RET", paying(session)[:-402])
        leave(folder, "B.RET", b"<html>")
        collect_returns(session, now=A_DAY_LATER)
        refused = folder / "retorno" / "recusados"
        assert "falta o resto" in (refused / "A.RET.motivo.txt").read_text(encoding="utf-8")
        assert "página da internet" in (refused / "B.RET.motivo.txt").read_text(encoding="utf-8")
        kept = session.scalars(select(BankFile)).one()
        assert (kept.name, kept.state) == ("A.RET", BankFileState.DAMAGED)
        assert session.scalar(select(func.count(Payment.id))) == 0

    def test_still_being_written_wait(self, folder: Path, session: Session) -> None:
        path = leave(folder, "A.RET", paying(session))
        just_now = A_DAY_LATER.timestamp() - 5
        os.utime(path, (just_now, just_now))
        collect_returns(session, now=A_DAY_LATER)
        assert session.scalar(select(func.count(BankFile.id))) == 0


class TestARemittanceForTheFolder:
    @pytest.mark.deep
    def test_is_put_there_and_marked_as_sent(
        self, app: Flask, folder: Path, transaction: Transaction
    ) -> None:
        with transaction() as session:
            make_invoice(session)
            desk = actor_of(make_user(session, role=Role.FINANCE))
            file = make_remittance(session, account=ACCOUNT, actor=desk, now=A_DAY_LATER)
            put_into_folder(session, file_id=file.id, has_folder=True, now=clock.now())
            file_id, content = file.id, whole_content(session, file)
        with app.app_context():
            queue.run_all(db.engine, clock=clock.now)
        assert [one.name for one in (folder / "remessa").iterdir()] == ["CB110601.REM"]
        assert (folder / "remessa" / "CB110601.REM").read_bytes() == content
        with transaction() as session:
            sent = session.get_one(BankFile, file_id)
            assert (sent.state, sent.sent_by_id) == (BankFileState.SENT, None)

    def test_needs_a_folder(self, session: Session) -> None:
        with pytest.raises(NoFolder):
            put_into_folder(session, file_id=1, has_folder=False, now=A_DAY_LATER)


class TestWhatWaits:
    def billed(self, transaction: Transaction) -> None:
        with transaction() as session:
            make_invoice(session)

    def names(self, folder: Path) -> list[str]:
        return sorted(one.name for one in folder.glob("remessa/*"))

    def send(self, app: Flask, now: datetime) -> int:
        with app.app_context():
            report = send_remittances(db.session, now=now)
            db.session.commit()
            queue.run_all(db.engine, clock=lambda: now)
            return (report.counts or {}).get("sent", 0)

    def test_is_sent_by_nobody_once_on_a_bank_day(
        self, app: Flask, folder: Path, transaction: Transaction
    ) -> None:
        self.billed(transaction)
        assert self.send(app, A_DAY_LATER) == 1
        assert self.send(app, A_DAY_LATER) == 0
        assert self.names(folder) == ["CB110601.REM"]
        with transaction() as session:
            file = session.scalars(select(BankFile)).one()
            assert (file.state, file.made_by) == (BankFileState.SENT, "Portal")
            assert session.scalars(select(Boleto.remittance_id)).one() == file.id

    def test_stays_on_a_day_without_banks(self, app: Flask, folder: Path, transaction: Transaction) -> None:
        self.billed(transaction)
        assert self.send(app, A_DAY_LATER + timedelta(days=2)) == 0  # a Saturday
        assert self.names(folder) == []

    def test_is_left_to_people_without_a_folder(self, app: Flask, transaction: Transaction) -> None:
        self.billed(transaction)
        assert self.send(app, A_DAY_LATER) == 0
        with transaction() as session:
            assert session.scalar(select(func.count(BankFile.id))) == 0
