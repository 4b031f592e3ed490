"""Administrators are written to when a scheduled job fails, the check of the books above all."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from portal.invoices.models import InvoiceSeries
from portal.shared.auth import Role
from portal.shared.db import db
from portal.shared.schedule import find_job, run_job_now
from tests.factories.invoices import make_invoice
from tests.factories.quotes import NOON
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.outbox import let_mails_leave
from tests.support.smtp import MailServer

ADMIN = "ines@portal.example"


def run(app: Flask, name: str) -> str:
    with app.app_context():
        found = find_job(name)
        assert found is not None
        return run_job_now(db.engine, *found, as_of=NOON, clock=lambda: NOON).message


def lose_numbers(session: Session) -> None:
    make_user(session, role=Role.ADMIN, name="Inês Prado", email=ADMIN)
    make_user(session, role=Role.SUPPORT, email="outra@portal.example")
    make_invoice(session)
    session.execute(update(InvoiceSeries).values(last_number=2))


class TestAFailedCheckOfTheBooks:
    def test_reaches_the_administrators_once_a_day_with_the_rows(
        self, app: Flask, transaction: Transaction, outbox: MailServer
    ) -> None:
        with transaction() as session:
            lose_numbers(session)
        run(app, "check-books")
        assert run(app, "tell-of-failed-jobs") == "Rotinas que falharam: 1."
        run(app, "tell-of-failed-jobs")
        let_mails_leave(app, NOON + timedelta(minutes=1))
        (mail,) = outbox.to(ADMIN)
        assert mail["Subject"] == "Rotina com falha: Conferência dos livros"
        body = mail.get_body(("plain",))
        assert body is not None
        assert "números de fatura sem fatura (M12): 1 (2)" in " ".join(body.get_content().split())
        assert outbox.to("outra@portal.example") == []

    @pytest.mark.deep
    def test_tells_nobody_when_it_went_well_before_the_mail_left(
        self, app: Flask, transaction: Transaction, outbox: MailServer
    ) -> None:
        with transaction() as session:
            lose_numbers(session)
        run(app, "check-books")
        run(app, "tell-of-failed-jobs")
        with transaction() as session:
            make_invoice(session)  # which bears 3
            session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(text("UPDATE invoices SET number = number - 1 WHERE number = 3"))
            session.execute(text("UPDATE invoice_series SET last_number = 2"))
        run(app, "check-books")
        let_mails_leave(app, NOON + timedelta(minutes=1))
        assert outbox.to(ADMIN) == []
