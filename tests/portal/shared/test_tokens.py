"""Links given out: one purpose, once, until they end (invariant T1)."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.shared import tokens
from portal.shared.db import db
from portal.shared.refusals import EndedLink
from portal.shared.tokens import LinkToken, Purpose
from tests.support.application import Transaction

NOW = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


def issue(session: Session, purpose: Purpose = Purpose.INVITATION, subject_id: int = 1) -> LinkToken:
    return tokens.issue(session, purpose=purpose, subject_id=subject_id, now=NOW, valid_for=WEEK)


class TestALink:
    def test_is_found_by_its_secret_and_purpose_only(self, session: Session) -> None:
        link = issue(session)
        assert tokens.find(session, purpose=Purpose.INVITATION, secret=link.secret()) is link
        assert tokens.find(session, purpose=Purpose.PROPOSAL, secret=link.secret()) is None
        assert tokens.find(session, purpose=Purpose.INVITATION, secret=link.secret() + "x") is None

    def test_has_256_bits_that_the_database_does_not_hold(self, session: Session) -> None:
        first, second = issue(session, subject_id=1), issue(session, subject_id=2)
        assert len(first.secret()) == 43
        assert first.secret() != second.secret()
        row = session.execute(select(LinkToken.__table__).where(LinkToken.id == first.id)).one()
        assert first.secret() not in [str(value) for value in row]

    def test_that_was_sent_opens_after_the_secret_key_changed_but_is_not_told_again(
        self, app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        link = issue(session)
        sent = link.secret()
        assert tokens.find_shared(session, purpose=Purpose.INVITATION, subject_id=1) is link
        monkeypatch.setitem(app.config, "SECRET_KEY", "another-secret-key-of-the-same-installation")
        assert link.secret() != sent
        assert tokens.find_shared(session, purpose=Purpose.INVITATION, subject_id=1) is None
        assert tokens.find(session, purpose=Purpose.INVITATION, secret=sent) is link

    def test_ends_on_its_last_second(self, session: Session) -> None:
        link = issue(session)
        assert tokens.is_valid(link, NOW + WEEK - timedelta(seconds=1))
        assert not tokens.is_valid(link, NOW + WEEK)
        assert not tokens.consume(session, link, now=NOW + WEEK)

    def test_is_read_for_ninety_days_after_nothing_can_be_done_by_it(self, session: Session) -> None:
        expired, used, revoked = (issue(session, subject_id=number) for number in (1, 2, 3))
        assert tokens.consume(session, used, now=NOW + timedelta(days=2))
        revoke_at = NOW + timedelta(days=1)
        tokens.revoke(session, purpose=Purpose.INVITATION, subject_id=3, now=revoke_at)
        session.expire_all()
        for link, days in ((expired, 97), (used, 92), (revoked, 91)):
            end, secret = NOW + timedelta(days=days), link.secret()
            before = end - timedelta(seconds=1)
            assert tokens.get(session, purpose=Purpose.INVITATION, secret=secret, now=before) is link
            with pytest.raises(EndedLink, match="Peça um novo a quem o enviou"):
                tokens.get(session, purpose=Purpose.INVITATION, secret=secret, now=end)

    def test_stops_when_a_newer_one_is_given_out_for_the_same(self, session: Session) -> None:
        old, other = issue(session), issue(session, subject_id=2)
        issue(session)
        session.expire_all()
        assert not tokens.is_valid(old, NOW)
        assert not tokens.consume(session, old, now=NOW)
        assert tokens.is_valid(other, NOW)

    def test_is_told_as_the_newest_where_older_ones_go_on_working(self, session: Session) -> None:
        issue(session)
        newest = tokens.issue(
            session,
            purpose=Purpose.INVITATION,
            subject_id=1,
            now=NOW,
            valid_for=WEEK,
            revoke_earlier=False,
        )
        assert tokens.find_shared(session, purpose=Purpose.INVITATION, subject_id=1) is newest

    def test_is_used_once(self, session: Session) -> None:
        link = issue(session)
        assert tokens.consume(session, link, now=NOW)
        assert not tokens.consume(session, link, now=NOW)
        session.refresh(link)
        assert not tokens.is_valid(link, NOW)

    def test_is_used_once_by_many_at_the_same_moment(self, app: Flask, transaction: Transaction) -> None:
        with transaction() as session:
            link_id = issue(session).id
        barrier, outcomes = threading.Barrier(4), []

        def run() -> None:
            with app.app_context():
                link = db.session.get_one(LinkToken, link_id)
                db.session.commit()
                barrier.wait()
                outcomes.append(tokens.consume(db.session, link, now=NOW))
                db.session.commit()

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == [False, False, False, True]
