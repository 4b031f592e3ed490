"""Quotes nobody answered, many on one day."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.quotes import scheduled
from portal.quotes.models import QuoteVersion
from portal.quotes.operations import sending
from portal.quotes.operations.sending import EXPIRED_AT_ONCE
from portal.quotes.rules.states import QuoteState
from portal.shared.db import db
from portal.shared.schedule import find_job, run_job_now
from tests.factories.copies import copy_quotes
from tests.factories.quotes import NOON, make_house, sent
from tests.support.application import Transaction


class TestMoreThanOneBatch:
    @pytest.mark.parametrize("at_once", [20, pytest.param(EXPIRED_AT_ONCE, marks=pytest.mark.deep)])
    def test_all_expire_on_their_day(
        self, app: Flask, transaction: Transaction, monkeypatch: pytest.MonkeyPatch, at_once: int
    ) -> None:
        monkeypatch.setattr(sending, "EXPIRED_AT_ONCE", at_once)
        monkeypatch.setattr(scheduled, "EXPIRED_AT_ONCE", at_once)
        with transaction() as session:
            sent(session, make_house(session))
            copy_quotes(session, first=1, last=at_once)
        later = NOON + timedelta(days=20)
        with app.app_context():
            found = find_job("expire-quotes")
            assert found is not None
            run = run_job_now(db.engine, *found, as_of=later, clock=lambda: later)
        assert run.message == "Orçamentos expirados: 1."
        with transaction() as session:
            expired = QuoteVersion.state == QuoteState.EXPIRED
            assert session.scalar(select(func.count(QuoteVersion.id)).where(expired)) == at_once + 1
