"""The customer opens, accepts or declines."""

from datetime import date, timedelta

import pytest
from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.quotes.events import QuoteAccepted
from portal.quotes.models import Approval, ProposalView, Quote
from portal.quotes.operations.answering import accept_quote, decline_proposal, record_view
from portal.quotes.operations.copying import add_alternative
from portal.quotes.operations.drafting import revise_quote
from portal.quotes.operations.sending import send_proposal, void_quote
from portal.quotes.operations.submitting import submit_quote
from portal.quotes.rules.refusals import AlreadyAnswered, ProposalClosed
from portal.quotes.rules.states import ApprovalState, QuoteState
from portal.shared.audit import LogEntry
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from portal.shared.refusals import Missing, Refusal
from tests.factories.quotes import NOON, draft, live, make_house, save, sent
from tests.support.letters import Written, all_written


def mails(session: Session, key: str) -> list[Written]:
    found = select(MailMessage).where(MailMessage.key.startswith(key))
    return all_written(session, session.scalars(found).all())


class TestOpening:
    @pytest.mark.deep
    def test_is_recorded_and_told_to_the_owner_the_first_time(self, session: Session) -> None:
        house = make_house(session)
        _quote, token = sent(session, house)
        assert record_view(session, token=token, device="phone", now=NOON)
        assert record_view(session, token=token, device="phone", now=NOON + timedelta(hours=2))
        assert session.scalar(select(func.count()).select_from(ProposalView)) == 2
        [mail] = mails(session, "proposal-viewed")
        assert mail.to_address == house.seller.email

    def test_again_within_half_an_hour_is_the_same_visit(self, session: Session) -> None:
        house = make_house(session)
        _quote, token = sent(session, house)
        record_view(session, token=token, device="phone", now=NOON)
        later = NOON + timedelta(minutes=29)
        assert not record_view(session, token=token, device="phone", now=later)
        assert record_view(session, token=token, device="computer", now=later)

    def test_does_not_use_the_link_up(self, session: Session) -> None:
        house = make_house(session)
        _quote, token = sent(session, house)
        record_view(session, token=token, now=NOON)
        session.refresh(token)
        assert token.used_at is None


class TestAccepting:
    @pytest.mark.deep
    def test_takes_one_and_voids_the_others(self, session: Session) -> None:
        house = make_house(session)
        quote, token = sent(session, house, terms=("semiannual", "annual"))
        others = session.scalars(select(Quote).where(Quote.id != quote.id)).all()
        accept_quote(session, token=token, quote_id=quote.id, now=NOON)
        version = live(session, quote)
        assert (version.state, version.answered_at) == (QuoteState.ACCEPTED, NOON)
        assert [(live(session, each).state, live(session, each).void_reason) for each in others] == [
            (QuoteState.VOIDED, "other_alternative"),
            (QuoteState.VOIDED, "other_alternative"),
        ]
        assert mails(session, "quote-accepted")[0].to_address == house.seller.email
        entry = session.scalars(select(LogEntry).where(LogEntry.action == "quote_accepted")).one()
        assert entry.actor_label == "Cliente: Padaria Pão Quente Ltda"

    @pytest.mark.deep
    def test_takes_open_requests_of_other_alternatives_back(self, session: Session) -> None:
        house = make_house(session)
        quote, token = sent(session, house)
        other = add_alternative(session, quote=quote, term="annual", actor=house.seller, now=NOON)
        save(session, house, other, negotiated_total=120_00)
        submit_quote(session, quote=other, actor=house.seller, now=NOON)
        accept_quote(session, token=token, quote_id=quote.id, now=NOON)
        assert session.scalars(select(Approval.state)).all() == [ApprovalState.WITHDRAWN]
        assert live(session, other).state is QuoteState.VOIDED

    def test_publishes_the_fact_in_the_same_transaction(
        self, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[QuoteAccepted] = []
        monkeypatch.setitem(
            current_app.extensions,
            "portal.reactions",
            {QuoteAccepted: (lambda _session, fact: seen.append(fact),)},
        )
        house = make_house(session)
        quote, token = sent(session, house)
        accept_quote(session, token=token, quote_id=quote.id, now=NOON)
        [fact] = seen
        assert (fact.quote_id, fact.version_id) == (quote.id, live(session, quote).id)
        assert (fact.customer_id, fact.partner_id) == (house.customer.id, house.partner.id)

    @pytest.mark.deep
    def test_a_second_time_is_refused(self, session: Session) -> None:
        house = make_house(session)
        quote, token = sent(session, house, terms=("annual",))
        accept_quote(session, token=token, quote_id=quote.id, now=NOON)
        other = session.scalars(select(Quote.id).where(Quote.id != quote.id)).one()
        for quote_id in (quote.id, other):
            with pytest.raises(AlreadyAnswered, match="já foi aceita"):
                accept_quote(session, token=token, quote_id=quote_id, now=NOON)
        assert len(mails(session, "quote-accepted")) == 1

    def test_works_until_the_last_minute_of_the_last_day_in_sao_paulo(self, session: Session) -> None:
        house = make_house(session)
        quote, token = sent(session, house)
        last = at_sao_paulo(date(2026, 6, 25), 23, 59)
        accept_quote(session, token=token, quote_id=quote.id, now=last)
        assert live(session, quote).state is QuoteState.ACCEPTED

    def test_is_refused_after_it_even_if_nobody_marked_it_expired(self, session: Session) -> None:
        house = make_house(session)
        quote, token = sent(session, house)
        with pytest.raises(ProposalClosed, match="25/06/2026"):
            accept_quote(session, token=token, quote_id=quote.id, now=at_sao_paulo(date(2026, 6, 26)))
        assert live(session, quote).state is QuoteState.SENT

    @pytest.mark.parametrize("change", ["revised", "voided"])
    def test_is_refused_of_what_was_taken_back(self, session: Session, change: str) -> None:
        house = make_house(session)
        quote, token = sent(session, house)
        if change == "revised":
            revise_quote(session, quote=quote, actor=house.seller, now=NOON)
        else:
            void_quote(session, quote=quote, reason="wrong_data", actor=house.seller, now=NOON)
        with pytest.raises(ProposalClosed, match="revista"):
            accept_quote(session, token=token, quote_id=quote.id, now=NOON)

    def test_is_refused_of_an_alternative_that_was_never_sent(self, session: Session) -> None:
        house = make_house(session)
        quote, token = sent(session, house)
        other = add_alternative(session, quote=quote, term="annual", actor=house.seller, now=NOON)
        with pytest.raises(ProposalClosed):
            accept_quote(session, token=token, quote_id=other.id, now=NOON)

    def test_is_refused_of_a_quote_of_another_proposal(self, session: Session) -> None:
        house = make_house(session)
        _quote, token = sent(session, house)
        with pytest.raises(Missing):
            accept_quote(session, token=token, quote_id=draft(session, house).id, now=NOON)


class TestDeclining:
    @pytest.mark.deep
    def test_answers_every_alternative_with_the_reason(self, session: Session) -> None:
        house = make_house(session)
        quote, token = sent(session, house, terms=("annual",))
        declined = decline_proposal(session, token=token, reason="price", note="Achei caro", now=NOON)
        assert [(each.state, each.decline_reason) for each in declined] == [
            (QuoteState.DECLINED, "price")
        ] * 2
        [mail] = mails(session, "quote-declined")
        assert "Achei caro" in mail.text_body
        assert live(session, quote).close_note == "Achei caro"

    def test_needs_a_reason_of_the_list(self, session: Session) -> None:
        house = make_house(session)
        quote, token = sent(session, house)
        with pytest.raises(Refusal) as refused:
            decline_proposal(session, token=token, reason="", now=NOON)
        assert refused.value.field == "reason"
        assert live(session, quote).state is QuoteState.SENT

    def test_then_accepting_is_refused(self, session: Session) -> None:
        house = make_house(session)
        quote, token = sent(session, house)
        decline_proposal(session, token=token, reason="timing", now=NOON)
        with pytest.raises(AlreadyAnswered):
            accept_quote(session, token=token, quote_id=quote.id, now=NOON)

    def test_then_a_new_version_gets_a_new_link(self, session: Session) -> None:
        house = make_house(session)
        quote, token = sent(session, house)
        decline_proposal(session, token=token, reason="price", now=NOON)
        revise_quote(session, quote=quote, actor=house.seller, now=NOON)
        again = send_proposal(session, proposal=quote.proposal, actor=house.seller, now=NOON)
        assert again.id != token.id
        accept_quote(session, token=again, quote_id=quote.id, now=NOON)
        assert live(session, quote).state is QuoteState.ACCEPTED
