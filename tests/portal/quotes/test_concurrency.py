"""Two at once: one wins, the other is told; with real threads and connections."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.quotes.models import Approval, Proposal, Quote, QuoteVersion
from portal.quotes.operations.answering import accept_quote
from portal.quotes.operations.approval import approve_quote, reject_quote
from portal.quotes.operations.drafting import revise_quote, save_draft
from portal.quotes.operations.pricing import selection_of
from portal.quotes.operations.sending import expire_quotes, send_proposal
from portal.quotes.operations.submitting import submit_quote
from portal.quotes.rules.states import QuoteState
from portal.shared.audit import first_broken_position
from portal.shared.db import db
from portal.shared.mail_rows import MailMessage
from portal.shared.refusals import Conflict
from portal.shared.tokens import LinkToken
from tests.factories.quotes import NOON, House, draft, live, make_house, pending, sent
from tests.support.application import Transaction

type Act = Callable[[Session], object]


def at_once(app: Flask, *acts: Act) -> list[str]:
    """Do all of it at the same time, each in its own transaction; what each said: "done" or the refusal."""
    gate = threading.Barrier(len(acts))

    def run(act: Act) -> str:
        with app.app_context():
            gate.wait()
            try:
                act(db.session)
                db.session.commit()
            except Conflict as refusal:
                db.session.rollback()
                return refusal.message
            return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def arranged[T](transaction: Transaction, arrange: Callable[[Session], T]) -> T:
    with transaction() as session:
        session.expire_on_commit = False
        return arrange(session)


class TestTwoDeciders:
    def test_of_whom_one_wins_and_the_other_reads_who_was_faster(
        self, app: Flask, transaction: Transaction
    ) -> None:
        def arrange(session: Session) -> tuple[House, int]:
            house = make_house(session)
            return house, pending(session, house).id

        house, approval_id = arranged(transaction, arrange)

        def approve(session: Session) -> object:
            approval = session.get_one(Approval, approval_id)
            return approve_quote(session, approval=approval, actor=house.manager, now=NOON)

        def reject(session: Session) -> object:
            approval = session.get_one(Approval, approval_id)
            return reject_quote(session, approval=approval, reason="Não", actor=house.substitute, now=NOON)

        said = at_once(app, approve, reject)
        assert said.count("done") == 1
        told = next(each for each in said if each != "done")
        assert told in {
            "Ana Souza aprovou este orçamento agora mesmo.",
            "Carla Dias recusou este orçamento agora mesmo.",
        }
        with transaction() as session:
            keys = session.scalars(
                select(MailMessage.key).where(MailMessage.key.startswith("approval-decided"))
            )
            assert len(keys.all()) == 1
            assert first_broken_position(session, f"customer:{house.customer.id}") is None


class TestTwoClicks:
    @pytest.mark.deep
    def test_on_accept_make_one_acceptance(self, app: Flask, transaction: Transaction) -> None:
        def arrange(session: Session) -> tuple[int, list[int]]:
            house = make_house(session)
            _quote, token = sent(session, house, terms=("semiannual", "annual"))
            return token.id, list(session.scalars(select(Quote.id).order_by(Quote.id)))

        token_id, quote_ids = arranged(transaction, arrange)

        def accept(quote_id: int) -> Act:
            return lambda session: accept_quote(
                session, token=session.get_one(LinkToken, token_id), quote_id=quote_id, now=NOON
            )

        said = at_once(app, *(accept(quote_id) for quote_id in quote_ids), accept(quote_ids[0]))
        assert said.count("done") == 1
        with transaction() as session:
            states = Counter(session.scalars(select(QuoteVersion.state).where(QuoteVersion.is_live)))
            assert states == {QuoteState.ACCEPTED: 1, QuoteState.VOIDED: 2}

    @pytest.mark.deep
    def test_on_send_make_one_mail(self, app: Flask, transaction: Transaction) -> None:
        def arrange(session: Session) -> tuple[House, int]:
            house = make_house(session)
            return house, draft(session, house).proposal_id

        house, proposal_id = arranged(transaction, arrange)

        def send(session: Session) -> object:
            proposal = session.get_one(Proposal, proposal_id)
            return send_proposal(session, proposal=proposal, actor=house.seller, now=NOON)

        assert at_once(app, send, send) == ["done", "done"]
        with transaction() as session:
            count = select(func.count()).where(MailMessage.kind == "quote_proposal")
            assert session.scalar(count) == 1
            assert session.scalar(select(func.count()).select_from(LinkToken)) == 1

    def test_on_submit_make_one_request(self, app: Flask, transaction: Transaction) -> None:
        def arrange(session: Session) -> tuple[House, int]:
            house = make_house(session)
            return house, draft(session, house, negotiated_total=160_00).id

        house, quote_id = arranged(transaction, arrange)

        def submit(session: Session) -> object:
            quote = session.get_one(Quote, quote_id)
            return submit_quote(session, quote=quote, actor=house.seller, now=NOON)

        said = at_once(app, submit, submit)
        assert said.count("done") == 1
        with transaction() as session:
            assert session.scalar(select(func.count()).select_from(Approval)) == 1


class TestAcceptingWhileItExpiresOrIsRevised:
    def test_has_one_winner(self, app: Flask, transaction: Transaction) -> None:
        def arrange(session: Session) -> tuple[House, int, int]:
            house = make_house(session)
            quote, token = sent(session, house)
            return house, quote.id, token.id

        house, quote_id, token_id = arranged(transaction, arrange)
        last_day = NOON + timedelta(days=15)

        def accept(session: Session) -> object:
            token = session.get_one(LinkToken, token_id)
            return accept_quote(session, token=token, quote_id=quote_id, now=last_day)

        def revise(session: Session) -> object:
            quote = session.get_one(Quote, quote_id)
            return revise_quote(session, quote=quote, actor=house.seller, now=last_day)

        def expire(session: Session) -> object:
            return expire_quotes(session, now=last_day + timedelta(days=1))

        said = at_once(app, accept, revise, expire)
        with transaction() as session:
            version = live(session, session.get_one(Quote, quote_id))
            accepted = version.state is QuoteState.ACCEPTED
            assert accepted == (said[0] == "done")
            assert accepted != (said[1] == "done"), said


class TestTwoTabs:
    def test_saving_a_draft_at_once_keep_the_first(self, app: Flask, transaction: Transaction) -> None:
        def arrange(session: Session) -> tuple[House, int, int]:
            house = make_house(session)
            version = live(session, draft(session, house))
            return house, version.id, version.lock_version

        house, version_id, lock_version = arranged(transaction, arrange)

        def save(users: int) -> Act:
            def act(session: Session) -> object:
                version = session.get_one(QuoteVersion, version_id)
                selection = selection_of(version)
                return save_draft(
                    session,
                    version=version,
                    selection=replace(selection, quantities={"user": users}),
                    lock_version=lock_version,
                    actor=house.seller,
                    now=NOON,
                )

            return act

        said = at_once(app, save(3), save(4))
        assert said.count("done") == 1
        assert any("outra janela" in each for each in said)
