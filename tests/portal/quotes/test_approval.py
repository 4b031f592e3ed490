"""Asking, deciding, countering, and what an approval is good for later."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.quotes.models import Approval, Quote, QuoteVersion
from portal.quotes.operations.approval import approve_quote, counter_quote, reject_quote
from portal.quotes.operations.drafting import revise_quote
from portal.quotes.operations.sending import send_proposal
from portal.quotes.operations.submitting import accept_counter, submit_quote, withdraw_submission
from portal.quotes.rules.approval import AlreadyDecided, CannotDecideOwn
from portal.quotes.rules.refusals import StillNeedsApproval
from portal.quotes.rules.states import ApprovalState, NotPossibleNow, QuoteState
from portal.shared.audit import LogEntry
from portal.shared.auth import Role
from portal.shared.mail_rows import MailMessage
from portal.shared.refusals import Forbidden, Missing, Refusal
from portal.users.models import User
from tests.factories.quotes import NOON, House, approved, draft, live, make_house, pending, save
from tests.factories.users import actor_of, make_user
from tests.support.letters import Written, all_written

MINUTE = timedelta(minutes=1)


def quote_of(session: Session, approval: Approval) -> Quote:
    return session.get_one(
        Quote, approval.quote_id, options=[joinedload(Quote.proposal)], populate_existing=True
    )


def mails(session: Session, kind: str) -> list[Written]:
    found = session.scalars(
        select(MailMessage).where(MailMessage.key.startswith(kind)).order_by(MailMessage.id)
    )
    return all_written(session, found.all())


class TestSubmitting:
    def test_locks_the_version_and_asks_the_account_manager(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        version = live(session, quote_of(session, approval))
        assert (version.state, approval.state) == (QuoteState.PENDING_APPROVAL, ApprovalState.PENDING)
        [mail] = mails(session, "approval-requested")
        assert mail.to_address == house.manager.email
        for fact in (
            "160,00",
            "149,90",
            "199,90",
            "19,96",
            "Concorrente ofereceu menos",
            "Padaria Pão Quente",
        ):
            assert fact in mail.text_body
            assert fact in mail.html_body
        assert "/aprovacoes" in mail.text_body

    def test_within_authority_asks_nobody_and_leaves_the_draft_ready(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house, negotiated_total=179_91)
        assert submit_quote(session, quote=quote, actor=house.seller, now=NOON) is None
        assert live(session, quote).state is QuoteState.DRAFT
        assert not mails(session, "approval")

    def test_is_needed_for_the_setup_fee_alone_too(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house, setup=True, negotiated_setup=440_99)
        assert submit_quote(session, quote=quote, actor=house.seller, now=NOON) is not None

    def test_twice_is_refused(self, session: Session) -> None:
        house = make_house(session)
        quote = quote_of(session, pending(session, house))
        with pytest.raises(NotPossibleNow, match="em aprovação"):
            submit_quote(session, quote=quote, actor=house.seller, now=NOON)

    def test_asks_the_substitute_for_the_account_managers_own_quote(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house, negotiated_total=160_00)
        quote.owner_id = house.manager.user_id
        session.flush()
        submit_quote(session, quote=quote, actor=house.seller, now=NOON)
        assert [mail.to_address for mail in mails(session, "approval-requested")] == [house.substitute.email]

    def test_asks_every_admin_when_nobody_looks_after_the_partner(self, session: Session) -> None:
        house = make_house(session)
        for each in (house.manager, house.substitute):
            session.get_one(User, each.user_id).disabled_at = NOON
        pending(session, house)
        assert [mail.to_address for mail in mails(session, "approval-requested")] == [house.admin.email]

    def test_dates_a_draft_of_another_day_anew(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house, negotiated_total=160_00)
        submit_quote(session, quote=quote, actor=house.seller, now=NOON + timedelta(days=3))
        version = live(session, quote)
        assert version.selection["on"] == "2026-06-13"
        assert version.breakdown["payments"][0]["due_on"] == "2026-06-13"


class TestWithdrawing:
    def test_makes_the_next_version_a_draft(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        quote = quote_of(session, approval)
        version = withdraw_submission(session, quote=quote, actor=house.seller, now=NOON)
        session.refresh(approval)
        assert (version.number, version.state, version.negotiated_cents) == (2, QuoteState.DRAFT, 160_00)
        assert approval.state is ApprovalState.WITHDRAWN

    def test_after_the_decision_is_refused(self, session: Session) -> None:
        house = make_house(session)
        quote = approved(session, house)
        with pytest.raises(NotPossibleNow, match="Aprovado"):
            withdraw_submission(session, quote=quote, actor=house.seller, now=NOON)

    def test_tells_whoever_decides_afterwards(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        withdraw_submission(session, quote=quote_of(session, approval), actor=house.seller, now=NOON)
        with pytest.raises(AlreadyDecided, match="Bruno Lima retirou este pedido de aprovação há 1 minuto"):
            approve_quote(session, approval=approval, actor=house.manager, now=NOON + MINUTE)


class TestDeciding:
    def test_approves_at_the_price_asked(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house, setup=True, negotiated_setup=300_00)
        approve_quote(session, approval=approval, actor=house.manager, now=NOON + MINUTE)
        version = live(session, quote_of(session, approval))
        assert (version.state, version.approved_cents, version.approved_setup_cents) == (
            QuoteState.APPROVED,
            160_00,
            300_00,
        )
        assert (approval.decided_by_id, approval.decided_at) == (house.manager.user_id, NOON + MINUTE)
        [mail] = mails(session, "approval-decided")
        assert mail.to_address == house.seller.email
        assert "Ana Souza" in mail.text_body
        assert f"/orcamentos/{approval.quote_id}" in mail.text_body
        entry = session.scalars(select(LogEntry).where(LogEntry.action == "quote_approved")).one()
        assert entry.actor_label == "Ana Souza"
        assert "aprovado: R$\u00a0160,00" in entry.summary

    def test_refuses_with_a_reason_only(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        with pytest.raises(Refusal) as refused:
            reject_quote(session, approval=approval, reason=" ", actor=house.manager, now=NOON)
        assert refused.value.field == "reason"
        reject_quote(session, approval=approval, reason="Margem baixa", actor=house.manager, now=NOON)
        assert live(session, quote_of(session, approval)).state is QuoteState.REJECTED
        assert "Margem baixa" in mails(session, "approval-decided")[0].text_body

    @pytest.mark.deep
    def test_lets_a_refused_quote_be_revised(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        reject_quote(session, approval=approval, reason="Não", actor=house.manager, now=NOON)
        version = revise_quote(session, quote=quote_of(session, approval), actor=house.seller, now=NOON)
        assert (version.number, version.needs_approval) == (2, True)

    @pytest.mark.parametrize("who", ["substitute", "admin"])
    def test_is_for_the_substitute_and_admins_too(self, session: Session, who: str) -> None:
        house = make_house(session)
        approval = pending(session, house)
        approve_quote(session, approval=approval, actor=getattr(house, who), now=NOON)
        assert live(session, quote_of(session, approval)).state is QuoteState.APPROVED

    def test_is_not_for_another_partners_account_manager(self, session: Session) -> None:
        house, other = make_house(session), make_house(session)
        approval = pending(session, house)
        with pytest.raises(Missing):
            approve_quote(session, approval=approval, actor=other.manager, now=NOON)

    @pytest.mark.parametrize("role", [Role.FINANCE, Role.SUPPORT])
    def test_is_not_for_other_roles(self, session: Session, role: Role) -> None:
        house = make_house(session)
        approval = pending(session, house)
        with pytest.raises(Forbidden):
            approve_quote(session, approval=approval, actor=actor_of(make_user(session, role=role)), now=NOON)

    def test_is_not_for_the_reseller(self, session: Session) -> None:
        house = make_house(session)
        with pytest.raises(Forbidden):
            approve_quote(session, approval=pending(session, house), actor=house.seller, now=NOON)

    @pytest.mark.parametrize("column", ["owner_id", "requested_by_id"])
    @pytest.mark.parametrize("who", ["manager", "admin"])
    def test_is_never_for_the_owner_or_who_asked(self, session: Session, who: str, column: str) -> None:
        house = make_house(session)
        approval = pending(session, house)
        decider = getattr(house, who)
        if column == "owner_id":
            quote_of(session, approval).owner_id = decider.user_id
        else:
            approval.requested_by_id = decider.user_id
        session.flush()
        session.refresh(approval)
        with pytest.raises(CannotDecideOwn):
            approve_quote(session, approval=approval, actor=decider, now=NOON)

    @pytest.mark.deep
    def test_a_second_time_is_refused_naming_the_first(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        approve_quote(session, approval=approval, actor=house.manager, now=NOON)
        with pytest.raises(AlreadyDecided, match=r"^Ana Souza aprovou este orçamento há 1 minuto\.$"):
            reject_quote(session, approval=approval, reason="Não", actor=house.substitute, now=NOON + MINUTE)
        assert live(session, quote_of(session, approval)).state is QuoteState.APPROVED


class TestACounterOffer:
    def test_is_accepted_with_one_click_and_approved_at_that_price(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house, setup=True, negotiated_setup=300_00)
        counter_quote(
            session,
            approval=approval,
            counter_cents=170_00,
            counter_setup_cents=350_00,
            reason="Até aqui eu vou",
            actor=house.manager,
            now=NOON,
        )
        quote = quote_of(session, approval)
        assert live(session, quote).state is QuoteState.COUNTERED
        mail = mails(session, "approval-decided")[0]
        assert "170,00" in mail.text_body
        assert "350,00" in mail.text_body
        version = accept_counter(session, quote=quote, actor=house.seller, now=NOON)
        assert (version.number, version.state) == (2, QuoteState.APPROVED)
        assert (version.negotiated_cents, version.approved_cents) == (170_00, 170_00)
        assert (version.setup_cents, version.approved_setup_cents) == (350_00, 350_00)
        send_proposal(session, proposal=quote.proposal, actor=house.seller, now=NOON)
        assert live(session, quote).state is QuoteState.SENT

    def test_below_the_minimum_is_refused_at_the_field(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        with pytest.raises(Refusal, match="149,90") as refused:
            counter_quote(session, approval=approval, counter_cents=149_89, actor=house.manager, now=NOON)
        assert refused.value.field == "counter_cents"
        session.refresh(approval)
        assert approval.state is ApprovalState.PENDING

    def test_twice_accepted_makes_one_version(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        counter_quote(session, approval=approval, counter_cents=170_00, actor=house.manager, now=NOON)
        quote = quote_of(session, approval)
        accept_counter(session, quote=quote, actor=house.seller, now=NOON)
        with pytest.raises(NotPossibleNow, match="contraproposta"):
            accept_counter(session, quote=quote, actor=house.seller, now=NOON)
        assert live(session, quote).number == 2

    @pytest.mark.deep
    def test_is_not_sendable_before_it_is_accepted(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        counter_quote(session, approval=approval, counter_cents=170_00, actor=house.manager, now=NOON)
        quote = quote_of(session, approval)
        with pytest.raises(StillNeedsApproval):
            send_proposal(session, proposal=quote.proposal, actor=house.seller, now=NOON)


class TestALaterVersion:
    def revised(self, session: Session, house: House, **changes: Any) -> QuoteVersion:
        quote = approved(session, house, negotiated_total=160_00)
        revise_quote(session, quote=quote, actor=house.seller, now=NOON)
        return save(session, house, quote, **changes)

    @pytest.mark.deep
    def test_at_the_same_price_needs_no_new_answer(self, session: Session) -> None:
        house = make_house(session)
        version = self.revised(session, house)
        assert (version.needs_approval, version.approved_cents) == (False, 160_00)

    @pytest.mark.deep
    def test_with_more_at_the_same_discount_has_the_approved_price_rounded_up(self, session: Session) -> None:
        house = make_house(session)
        # 160,00 of 199,90 → of 219,80 (one more user) 175,9279…
        version = self.revised(session, house, quantities={"user": 3}, negotiated_total=176_00)
        assert (version.needs_approval, version.approved_cents) == (False, 175_93)
        quote = version.quote
        send_proposal(session, proposal=quote.proposal, actor=house.seller, now=NOON)
        assert live(session, quote).state is QuoteState.SENT

    @pytest.mark.deep
    def test_one_centavo_lower_asks_again_and_is_not_sendable(self, session: Session) -> None:
        house = make_house(session)
        version = self.revised(session, house, negotiated_total=159_99)
        assert (version.needs_approval, version.approved_cents, version.approval_id) == (True, None, None)
        with pytest.raises(StillNeedsApproval):
            send_proposal(session, proposal=version.quote.proposal, actor=house.seller, now=NOON)
        assert submit_quote(session, quote=version.quote, actor=house.seller, now=NOON)

    @pytest.mark.deep
    def test_for_another_term_asks_again(self, session: Session) -> None:
        house = make_house(session)
        version = self.revised(session, house, term="annual", negotiated_total=140_00)
        assert version.needs_approval

    def test_does_not_need_one_that_was_refused_to_count(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        reject_quote(session, approval=approval, reason="Não", actor=house.manager, now=NOON)
        version = revise_quote(session, quote=quote_of(session, approval), actor=house.seller, now=NOON)
        assert version.needs_approval

    @pytest.mark.deep
    def test_is_covered_by_a_counter_offer_once_accepted(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        counter_quote(session, approval=approval, counter_cents=170_00, actor=house.manager, now=NOON)
        quote = quote_of(session, approval)
        accept_counter(session, quote=quote, actor=house.seller, now=NOON)
        revise_quote(session, quote=quote, actor=house.seller, now=NOON)
        assert not save(session, house, quote, negotiated_total=171_00).needs_approval
        assert save(session, house, quote, negotiated_total=169_99).needs_approval
