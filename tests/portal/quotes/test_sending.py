"""Sending, voiding and expiring."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.customers.models import Signatory
from portal.quotes.models import Approval, Quote
from portal.quotes.operations.answering import accept_quote
from portal.quotes.operations.copying import add_alternative
from portal.quotes.operations.drafting import revise_quote
from portal.quotes.operations.sending import expire_quotes, send_proposal, void_quote
from portal.quotes.rules.refusals import NobodyToWriteTo, StillNeedsApproval
from portal.quotes.rules.states import ApprovalState, NotPossibleNow, QuoteState
from portal.settings.operations import change_settings
from portal.settings.rules.names import Name
from portal.shared.audit import LogEntry
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from portal.shared.refusals import Missing, Refusal
from tests.factories.quotes import NOON, draft, live, make_house, pending, sent
from tests.support.letters import Written, all_written


def customer_mails(session: Session) -> list[Written]:
    found = select(MailMessage).where(MailMessage.kind == "quote_proposal").order_by(MailMessage.id)
    return all_written(session, session.scalars(found).all())


class TestSending:
    @pytest.mark.deep
    def test_mails_the_signatory_what_is_offered_with_the_link(self, session: Session) -> None:
        house = make_house(session)
        quote, token = sent(session, house, terms=("annual",), setup=True)
        version = live(session, quote)
        assert (version.state, version.expires_on) == (QuoteState.SENT, date(2026, 6, 25))
        [mail] = customer_mails(session)
        assert mail.to_address == "maria@paoquente.com.br"
        assert mail.reply_to == house.seller.email
        assert mail.link_token_id == token.id
        for fact in ("199,90", "159,90", "490,00", "Mensal", "Anual", "25/06/2026", "Sul Sistemas"):
            assert fact in mail.text_body
            assert fact in mail.html_body
        for inner in ("149,90", "85,00", "repasse"):  # minimum and cost are none of the customer's business
            assert inner not in mail.text_body + mail.html_body
        assert token.secret() not in mail.text_body

    def test_goes_to_the_customers_own_address_without_a_signatory(self, session: Session) -> None:
        house = make_house(session, signatory=None)
        sent(session, house)
        assert customer_mails(session)[0].to_address == "contato@paoquente.com.br"

    def test_without_any_address_is_refused_and_says_where_to_add_one(self, session: Session) -> None:
        house = make_house(session, signatory=None, email="")
        quote = draft(session, house)
        with pytest.raises(NobodyToWriteTo, match="ficha do cliente"):
            send_proposal(session, proposal=quote.proposal, actor=house.seller, now=NOON)
        session.expire_all()
        assert live(session, quote).state is QuoteState.DRAFT

    def test_is_refused_before_the_approval_it_needs(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house, negotiated_total=160_00)
        with pytest.raises(StillNeedsApproval):
            send_proposal(session, proposal=quote.proposal, actor=house.seller, now=NOON)
        assert not customer_mails(session)

    @pytest.mark.deep
    def test_is_refused_while_one_alternative_waits(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        quote = session.get_one(Quote, approval.quote_id)
        add_alternative(session, quote=quote, term="annual", actor=house.seller, now=NOON)
        with pytest.raises(StillNeedsApproval, match=f"{quote.proposal_id:06d}-A: em aprovação"):
            send_proposal(session, proposal=quote.proposal, actor=house.seller, now=NOON)

    @pytest.mark.deep
    def test_leaves_a_voided_alternative_out(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        quote = session.get_one(Quote, approval.quote_id)
        other = add_alternative(session, quote=quote, term="annual", actor=house.seller, now=NOON)
        void_quote(session, quote=quote, reason="wrong_data", actor=house.seller, now=NOON)
        send_proposal(session, proposal=quote.proposal, actor=house.seller, now=NOON)
        assert live(session, other).state is QuoteState.SENT
        assert "160,00" not in customer_mails(session)[0].text_body

    def test_twice_by_a_double_click_mails_once(self, session: Session) -> None:
        house = make_house(session)
        quote, token = sent(session, house)
        again = send_proposal(session, proposal=quote.proposal, actor=house.seller, now=NOON)
        assert again.id == token.id
        assert len(customer_mails(session)) == 1
        assert session.scalar(select(func.count()).where(LogEntry.action == "quote_sent")) == 1

    def test_again_after_the_address_was_corrected_mails_the_new_one(self, session: Session) -> None:
        house = make_house(session)
        quote, token = sent(session, house)
        session.scalars(select(Signatory)).one().email = "maria.nova@paoquente.com.br"
        again = send_proposal(session, proposal=quote.proposal, actor=house.seller, now=NOON)
        assert again.id == token.id
        assert customer_mails(session)[-1].to_address == "maria.nova@paoquente.com.br"

    def test_of_a_new_version_keeps_the_link_and_extends_it(self, session: Session) -> None:
        house = make_house(session)
        quote, token = sent(session, house)
        revise_quote(session, quote=quote, actor=house.seller, now=NOON)
        later = NOON + timedelta(days=5)
        again = send_proposal(session, proposal=quote.proposal, actor=house.seller, now=later)
        assert again.id == token.id
        assert again.expires_at == at_sao_paulo(date(2026, 7, 1))
        assert len(customer_mails(session)) == 2

    def test_is_not_for_another_partner(self, session: Session) -> None:
        house, other = make_house(session), make_house(session)
        quote = draft(session, house)
        with pytest.raises(Missing):
            send_proposal(session, proposal=quote.proposal, actor=other.seller, now=NOON)

    def test_gives_as_many_days_as_the_setting_says(self, session: Session) -> None:
        house = make_house(session)
        change_settings(
            session,
            wanted={Name.QUOTE_VALID_DAYS: 30},
            seen={Name.QUOTE_VALID_DAYS: 15},
            actor=house.admin,
            now=NOON,
        )
        quote, _token = sent(session, house, now=at_sao_paulo(date(2027, 1, 30), 23, 59))
        assert live(session, quote).expires_on == date(2027, 3, 1)


class TestVoiding:
    def test_needs_a_reason_of_the_list(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house)
        for reason, field in (("whatever", "reason"), ("other", "note")):
            with pytest.raises(Refusal) as refused:
                void_quote(session, quote=quote, reason=reason, actor=house.seller, now=NOON)
            assert refused.value.field == field
        void_quote(session, quote=quote, reason="other", note="Testei", actor=house.seller, now=NOON)
        version = live(session, quote)
        assert (version.state, version.void_reason, version.close_note) == (
            QuoteState.VOIDED,
            "other",
            "Testei",
        )

    @pytest.mark.deep
    def test_takes_an_open_request_back(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        quote = session.get_one(Quote, approval.quote_id)
        void_quote(session, quote=quote, reason="duplicate", actor=house.seller, now=NOON)
        session.refresh(approval)
        assert approval.state is ApprovalState.WITHDRAWN
        assert session.scalar(select(func.count()).where(Approval.state == ApprovalState.PENDING)) == 0

    def test_twice_is_refused(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house)
        void_quote(session, quote=quote, reason="duplicate", actor=house.seller, now=NOON)
        with pytest.raises(NotPossibleNow):
            void_quote(session, quote=quote, reason="duplicate", actor=house.seller, now=NOON)


class TestExpiry:
    def test_comes_after_the_last_day_in_sao_paulo_not_in_utc(self, session: Session) -> None:
        house = make_house(session)
        quote, _token = sent(session, house)
        last_minute = at_sao_paulo(date(2026, 6, 25), 23, 59)
        assert last_minute.date() == date(2026, 6, 26), (
            "the test must run while UTC is already at the next day"
        )
        assert expire_quotes(session, now=last_minute) == 0
        assert expire_quotes(session, now=at_sao_paulo(date(2026, 6, 26))) == 1
        assert live(session, quote).state is QuoteState.EXPIRED

    def test_is_told_to_the_owner_once(self, session: Session) -> None:
        house = make_house(session)
        sent(session, house)
        for _ in range(2):
            expire_quotes(session, now=NOON + timedelta(days=20))
        told = session.scalars(select(MailMessage).where(MailMessage.key.startswith("quote-expired"))).one()
        assert told.to_address == house.seller.email

    def test_leaves_drafts_and_answered_quotes_alone(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house)
        accepted, token = sent(session, house)
        accept_quote(session, token=token, quote_id=accepted.id, now=NOON)
        assert expire_quotes(session, now=NOON + timedelta(days=40)) == 0
        assert live(session, quote).state is QuoteState.DRAFT

    def test_refuses_to_mail_again_what_ran_out_but_nobody_marked(self, session: Session) -> None:
        house = make_house(session)
        quote, _token = sent(session, house)
        with pytest.raises(NotPossibleNow, match="expirou"):
            send_proposal(session, proposal=quote.proposal, actor=house.seller, now=NOON + timedelta(days=20))
