"""Two at once: one wins, the other is told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.shared.db import db
from portal.shared.queue import QueuedJob
from portal.shared.refusals import Refusal
from portal.shared.tokens import LinkToken
from portal.signatures.models import Envelope, EnvelopeEvent
from portal.signatures.operations.answering import postpone
from portal.signatures.operations.asking import cancel_envelope
from portal.signatures.rules.refusals import NotTheSignatory, WrongCode
from portal.signatures.rules.signing import CODE_ATTEMPTS
from portal.signatures.rules.states import EnvelopeState, EventKind
from tests.factories.quotes import NOON
from tests.factories.signatures import PHONE, agree, confirm, link_to, make_envelope
from tests.support.application import Transaction

type Step = Callable[[Session, LinkToken], object]


@pytest.fixture
def link(transaction: Transaction) -> tuple[int, str]:
    """The token's id and the code with which it can be signed."""
    with transaction() as session:
        token = link_to(session, make_envelope(session))
        return token.id, agree(session, token)


def at_once(app: Flask, token_id: int, *steps: Step) -> list[str]:
    """Take each step in a transaction of its own, all at the same time; "" or the refusal's class."""
    together = Barrier(len(steps))

    def take(step: Step) -> str:
        with app.app_context():
            together.wait(10)
            try:
                step(db.session, db.session.get_one(LinkToken, token_id))
            except (WrongCode, NotTheSignatory) as refusal:
                db.session.commit()  # as the page does: the attempt counts
                return type(refusal).__name__
            except Refusal as refusal:
                db.session.rollback()
                return type(refusal).__name__
            db.session.commit()
            return ""

    with ThreadPoolExecutor(len(steps)) as pool:
        return sorted(pool.map(take, steps))


def count(session: Session, kind: EventKind) -> int:
    return session.scalar(select(func.count()).select_from(EnvelopeEvent).filter_by(kind=kind)) or 0


class TestTwoAtOnce:
    @pytest.mark.deep
    def test_sign_once(self, app: Flask, transaction: Transaction, link: tuple[int, str]) -> None:
        token_id, code = link
        sign: Step = lambda session, token: confirm(session, token, code)  # noqa: E731 - twice the same
        assert at_once(app, token_id, sign, sign) == ["", "EnvelopeClosed"]
        with transaction() as session:
            assert count(session, EventKind.SIGNED) == 1
            assert session.scalar(select(func.count()).where(QueuedJob.kind == "seal_document")) == 1

    def test_sign_or_cancel(self, app: Flask, transaction: Transaction, link: tuple[int, str]) -> None:
        token_id, code = link

        def cancel(session: Session, token: LinkToken) -> None:
            envelope = session.get_one(Envelope, token.subject_id)
            cancel_envelope(session, envelope=envelope, reason="x", actor=None, now=NOON)

        outcome = at_once(app, token_id, lambda s, t: confirm(s, t, code), cancel)
        with transaction() as session:
            envelope = session.scalars(select(Envelope)).one()
            if envelope.state is EnvelopeState.SEALING:
                assert outcome == ["", "BeingSealed"]
            else:
                assert outcome == ["", "EnvelopeClosed"]
                assert (envelope.state, envelope.signed_at) == (EnvelopeState.CANCELED, None)

    @pytest.mark.deep
    def test_put_it_off_once(self, app: Flask, transaction: Transaction, link: tuple[int, str]) -> None:
        token_id, _code = link
        later: Step = lambda s, t: postpone(s, token=t, visitor=PHONE, now=NOON)  # noqa: E731
        assert at_once(app, token_id, later, later) == ["", ""]
        with transaction() as session:
            assert session.scalars(select(Envelope.postponed_count)).one() == 1

    @pytest.mark.deep
    def test_guess_no_more_often_than_one(
        self, app: Flask, transaction: Transaction, link: tuple[int, str]
    ) -> None:
        token_id, code = link
        wrong = "000000" if code != "000000" else "111111"
        guess: Step = lambda s, t: confirm(s, t, wrong)  # noqa: E731 - many times the same
        outcome = at_once(app, token_id, *[guess] * 8)
        assert outcome.count("WrongCode") == CODE_ATTEMPTS
        assert outcome.count("CodeNoLongerWorks") == 8 - CODE_ATTEMPTS
