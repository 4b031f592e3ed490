"""Writing quotes: price, list and last day, saving, next versions, copies, alternatives."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.quotes.models import Quote, QuoteVersion
from portal.quotes.operations.copying import add_alternative, clone_quote
from portal.quotes.operations.drafting import create_quote, revise_quote, save_draft
from portal.quotes.operations.sending import expire_quotes, send_proposal
from portal.quotes.operations.submitting import submit_quote
from portal.quotes.rules.refusals import (
    NoLongerFits,
    PriceListChanged,
    PricesNoLongerStand,
    SavedElsewhere,
    SelectionRejected,
    TooManyAlternatives,
)
from portal.quotes.rules.states import NotPossibleNow, QuoteState
from portal.shared.audit import LogEntry
from portal.shared.clock import at_sao_paulo
from portal.shared.refusals import Forbidden, Missing
from tests.factories.quotes import (
    NOON,
    a_selection,
    approved,
    draft,
    live,
    make_house,
    pending,
    publish_dearer_list,
    save,
    sent,
)
from tests.factories.users import actor_of, make_user


class TestANewQuote:
    def test_keeps_every_figure_it_was_made_of(self, session: Session) -> None:
        house = make_house(session)
        version = live(session, draft(session, house, negotiated_total=187_81))
        assert (version.original_cents, version.minimum_cents, version.negotiated_cents) == (
            199_90,
            149_90,
            187_81,
        )
        assert (version.free_down_to_cents, version.discount_basis_points) == (179_91, 605)
        assert (version.price_list_id, version.plan, version.months) == (house.list_id, "gestao", 1)
        assert version.breakdown["monthly"]["negotiated"] == "187.81"
        assert version.selection["negotiated_total"] == "187.81"
        assert version.engine_version

    def test_has_the_tier_of_the_partner_whatever_the_form_says(self, session: Session) -> None:
        house = make_house(session, tier="bronze")
        version = live(session, draft(session, house, negotiated_total=185_00, tier="platina"))
        assert (version.tier, version.free_down_to_cents, version.needs_approval) == ("bronze", 189_91, True)

    def test_is_refused_below_the_minimum_naming_it_and_nothing_is_stored(self, session: Session) -> None:
        house = make_house(session)
        with pytest.raises(SelectionRejected) as refused:
            draft(session, house, negotiated_total=149_89)
        assert refused.value.field == "negotiated_total"
        assert refused.value.message == "O valor mínimo desta negociação é R$\u00a0149,90."
        assert session.scalar(select(func.count()).select_from(QuoteVersion)) == 0

    def test_is_refused_with_any_list_but_todays(self, session: Session) -> None:
        house = make_house(session)
        publish_dearer_list(session, valid_from=date(2026, 6, 10))
        with pytest.raises(PriceListChanged, match="10/06/2026"):
            draft(session, house)

    def test_is_activated_on_the_day_of_sao_paulo_even_when_utc_is_a_day_ahead(
        self, session: Session
    ) -> None:
        house = make_house(session)
        late = at_sao_paulo(date(2026, 6, 30), 23, 30)
        assert late.date() == date(2026, 7, 1), "the test must run while UTC is already at the next day"
        version = live(session, draft(session, house, now=late))
        assert version.selection["on"] == "2026-06-30"
        assert version.expires_on == date(2026, 7, 15)

    def test_is_not_written_for_another_partner(self, session: Session) -> None:
        house, other = make_house(session), make_house(session)
        with pytest.raises(Missing):
            create_quote(
                session,
                customer=other.customer,
                selection=a_selection(),
                price_list_id=house.list_id,
                actor=house.seller,
                now=NOON,
            )

    def test_is_not_written_by_the_vendor(self, session: Session) -> None:
        house = make_house(session)
        with pytest.raises(Forbidden):
            draft(session, replace(house, seller=house.admin))

    def test_stands_in_the_customers_log(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house)
        entry = session.scalars(select(LogEntry).order_by(LogEntry.id.desc())).first()
        assert entry is not None
        assert entry.summary == f"Orçamento {quote.proposal_id:06d} criado"
        assert (entry.stream, entry.actor_label) == (f"customer:{house.customer.id}", "Bruno Lima")


class TestSavingADraft:
    def test_prices_it_anew(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house)
        version = save(session, house, quote, quantities={"user": 3})
        assert (version.number, version.original_cents) == (1, 199_90 + 19_90)

    def test_of_another_tab_is_refused_and_says_when(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house)
        opened = live(session, quote).lock_version
        save(session, house, quote, now=NOON + timedelta(minutes=2), quantities={"user": 3})
        with pytest.raises(SavedElsewhere, match="10/06/2026 às 12:02"):
            save_draft(
                session,
                version=live(session, quote),
                selection=a_selection(),
                lock_version=opened,
                actor=house.seller,
                now=NOON,
            )
        assert live(session, quote).original_cents == 199_90 + 19_90

    def test_keeps_the_list_while_its_prices_stand(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house)
        publish_dearer_list(session, valid_from=date(2026, 6, 15))
        version = save(session, house, quote, now=NOON + timedelta(days=15), quantities={"user": 3})
        assert (version.price_list_id, version.original_cents) == (house.list_id, 199_90 + 19_90)

    def test_takes_todays_list_once_its_prices_no_longer_stand(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house)
        dearer = publish_dearer_list(session, valid_from=date(2026, 6, 15))
        with pytest.raises(PricesNoLongerStand, match="25/06/2026"):
            send_proposal(session, proposal=quote.proposal, actor=house.seller, now=NOON + timedelta(days=16))
        version = save(session, house, quote, now=NOON + timedelta(days=16))
        assert (version.price_list_id, version.original_cents) == (dearer, 249_90)
        assert version.expires_on == date(2026, 7, 11)

    def test_is_refused_once_it_left_draft(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house)
        quote = session.get_one(Quote, approval.quote_id)
        with pytest.raises(NotPossibleNow, match="bloqueado"):
            save(session, house, quote, negotiated_total=170_00)


class TestTheNextVersion:
    @pytest.mark.deep
    def test_is_a_draft_beside_the_old_one(self, session: Session) -> None:
        house = make_house(session)
        quote, _token = sent(session, house, negotiated_total=190_00)
        version = revise_quote(session, quote=quote, actor=house.seller, now=NOON)
        assert (version.number, version.state, version.negotiated_cents) == (2, QuoteState.DRAFT, 190_00)
        history = session.scalars(select(QuoteVersion).order_by(QuoteVersion.number)).all()
        assert [(each.state, each.is_live) for each in history] == [
            (QuoteState.SENT, False),
            (QuoteState.DRAFT, True),
        ]

    def test_keeps_the_list_of_a_quote_that_stands(self, session: Session) -> None:
        house = make_house(session)
        quote, _token = sent(session, house)
        publish_dearer_list(session, valid_from=date(2026, 6, 11))
        version = revise_quote(session, quote=quote, actor=house.seller, now=NOON + timedelta(days=2))
        assert (version.price_list_id, version.original_cents) == (house.list_id, 199_90)

    def test_of_an_expired_quote_has_todays_prices(self, session: Session) -> None:
        house = make_house(session)
        quote, _token = sent(session, house)
        dearer = publish_dearer_list(session, valid_from=date(2026, 6, 11))
        later = NOON + timedelta(days=20)
        assert expire_quotes(session, now=later) == 1
        version = revise_quote(session, quote=quote, actor=house.seller, now=later)
        assert (version.price_list_id, version.original_cents) == (dearer, 249_90)

    @pytest.mark.parametrize("state", ["draft", "pending"])
    def test_is_refused_of_a_draft_and_while_pending(self, session: Session, state: str) -> None:
        house = make_house(session)
        quote = draft(session, house, negotiated_total=160_00)
        if state == "pending":
            submit_quote(session, quote=quote, actor=house.seller, now=NOON)
        with pytest.raises(NotPossibleNow):
            revise_quote(session, quote=quote, actor=house.seller, now=NOON)


class TestACopy:
    def test_is_another_proposal_with_todays_prices(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house, quantities={"user": 3})
        dearer = publish_dearer_list(session, valid_from=date(2026, 6, 20))
        copy = clone_quote(session, quote=quote, actor=house.seller, now=NOON + timedelta(days=12))
        version = live(session, copy)
        assert copy.proposal_id != quote.proposal_id
        assert copy.cloned_from_id == quote.id
        assert (version.price_list_id, version.original_cents) == (dearer, 249_90 + 19_90)
        assert version.selection["on"] == "2026-06-22"

    def test_pressed_twice_is_one(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house)
        first, second = (
            clone_quote(session, quote=quote, actor=house.seller, now=NOON + timedelta(seconds=each))
            for each in (0, 1)
        )
        assert first.id == second.id
        save(session, house, first, quantities={"user": 3})
        third = clone_quote(session, quote=quote, actor=house.seller, now=NOON)
        assert third.id != first.id

    def test_that_no_longer_fits_says_why(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house, negotiated_total=190_00)
        publish_dearer_list(session, valid_from=date(2026, 6, 20))
        with pytest.raises(NoLongerFits, match="219,90"):
            clone_quote(session, quote=quote, actor=house.seller, now=NOON + timedelta(days=12))

    def test_does_not_inherit_an_approval(self, session: Session) -> None:
        house = make_house(session)
        quote = approved(session, house)
        copy = clone_quote(session, quote=quote, actor=house.seller, now=NOON)
        assert live(session, copy).needs_approval

    def test_is_owned_by_who_made_it(self, session: Session) -> None:
        house = make_house(session)
        colleague = actor_of(make_user(session, partner_id=house.partner.id, name="Eva"))
        quote = draft(session, house)
        assert clone_quote(session, quote=quote, actor=colleague, now=NOON).owner_id == colleague.user_id


class TestAnAlternative:
    def test_stands_in_the_same_proposal_for_another_term_at_original(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house, negotiated_total=185_00)
        other = add_alternative(session, quote=quote, term="annual", actor=house.seller, now=NOON)
        version = live(session, other)
        assert (other.proposal_id, other.alternative) == (quote.proposal_id, 2)
        assert (version.term, version.months, version.negotiated_cents) == ("annual", 12, 159_90)

    def test_is_refused_from_the_sixth_on(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house)
        for hour in range(4):
            later = NOON + timedelta(hours=hour)
            add_alternative(session, quote=quote, term="annual", actor=house.seller, now=later)
        with pytest.raises(TooManyAlternatives):
            add_alternative(session, quote=quote, term="monthly", actor=house.seller, now=NOON)

    def test_pressed_twice_is_one(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house)
        first, second = (
            add_alternative(
                session, quote=quote, term="annual", actor=house.seller, now=NOON + timedelta(seconds=second)
            )
            for second in (0, 1)
        )
        assert first.id == second.id

    def test_of_an_unknown_term_is_refused(self, session: Session) -> None:
        house = make_house(session)
        quote = draft(session, house)
        with pytest.raises(NoLongerFits, match="prazo"):
            add_alternative(session, quote=quote, term="biennial", actor=house.seller, now=NOON)
