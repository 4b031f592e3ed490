"""Quotes nobody answered, many on one day."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from portal.quotes.models import QuoteVersion
from portal.quotes.rules.states import QuoteState
from portal.shared.db import db
from portal.shared.schedule import find_job, run_job_now
from tests.factories.copies import copy_quotes
from tests.factories.quotes import NOON, make_house, sent
from tests.support.application import Transaction


class TestMoreThanOneBatch:
    def test_all_expire_on_their_day(self, app: Flask, transaction: Transaction) -> None:
        with transaction() as session:
            sent(session, make_house(session))
            copy_quotes(session, first=1, last=500)
        later = NOON + timedelta(days=20)
        with app.app_context():
            found = find_job("expire-quotes")
            assert found is not None
            run = run_job_now(db.engine, *found, as_of=later, clock=lambda: later)
        assert run.message == "Orçamentos expirados: 1."
        with transaction() as session:
            expired = QuoteVersion.state == QuoteState.EXPIRED
            assert session.scalar(select(func.count(QuoteVersion.id)).where(expired)) == 501
