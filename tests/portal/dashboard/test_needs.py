"""What waits for a reseller: what is on the list, in which order, and what is not."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.contracts.operations.canceling import cancel_contract
from portal.contracts.operations.drafting import draft_again
from portal.contracts.operations.signing import record_decline
from portal.contracts.rules.states import ContractState
from portal.dashboard.queries.needs import NeedEntry, list_needs
from portal.dashboard.rules import Need
from portal.quotes.operations.answering import decline_proposal, record_view
from portal.quotes.operations.approval import counter_quote, reject_quote
from portal.shared.auth import Actor
from tests.factories.contracts import generated, make_contract
from tests.factories.quotes import NOON, House, approved, draft, live, make_house, pending, sent
from tests.factories.users import actor_of, make_user

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def waiting(session: Session, actor: Actor, owner_id: int | None = None, limit: int = 50) -> list[NeedEntry]:
    session.flush()
    return list_needs(session, actor=actor, owner_id=owner_id, now=NOON, limit=limit)


def needs_of(session: Session, house: House) -> list[Need]:
    return [entry.need for entry in waiting(session, house.seller)]


class TestWhatWaits:
    @pytest.mark.deep
    def test_is_a_counter_offer_with_its_price(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house, now=NOON - 3 * HOUR)
        counter_quote(
            session, approval=approval, counter_cents=175_00, actor=house.manager, now=NOON - 2 * HOUR
        )
        [entry] = waiting(session, house.seller)
        assert (entry.need, entry.customer, entry.amount_cents) == (Need.COUNTERED, "Pão Quente", 160_00)
        assert entry.why == "Ana Souza propôs R$\N{NO-BREAK SPACE}175,00 há 2 horas."

    @pytest.mark.deep
    def test_is_a_refusal_with_its_reason(self, session: Session) -> None:
        house = make_house(session)
        approval = pending(session, house, now=NOON - DAY)
        reject_quote(
            session, approval=approval, reason="Abaixo da margem.", actor=house.manager, now=NOON - HOUR
        )
        [entry] = waiting(session, house.seller)
        assert entry.why == "Ana Souza recusou há 1 hora: Abaixo da margem."

    @pytest.mark.deep
    def test_is_an_accepted_quote_until_its_contract_is_generated(self, session: Session) -> None:
        house = make_house(session)
        draft(session, house, now=NOON - 3 * DAY)
        contract = make_contract(session, house, now=NOON - 2 * HOUR)
        first, _draft = waiting(session, house.seller)
        assert (first.need, first.why) == (
            Need.ACCEPTED,
            "O cliente aceitou há 2 horas. Falta gerar o contrato.",
        )
        generated(session, contract.id, house, now=NOON - HOUR)
        assert needs_of(session, house) == [Need.OLD_DRAFT]

    @pytest.mark.deep
    def test_is_not_an_accepted_quote_whose_contract_was_given_up(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, now=NOON - 2 * HOUR)
        cancel_contract(session, contract=contract, reason="Desistiu", actor=house.seller, now=NOON - HOUR)
        assert needs_of(session, house) == []
        draft_again(session, contract=contract, actor=house.seller, now=NOON)
        assert needs_of(session, house) == [Need.ACCEPTED]

    @pytest.mark.deep
    def test_is_a_contract_nobody_signed_until_there_is_another(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE, now=NOON - 2 * DAY)
        assert needs_of(session, house) == []
        record_decline(session, envelope_id=contract.envelope_id or 0, reason="Caro", now=NOON - HOUR)
        [entry] = waiting(session, house.seller)
        assert (entry.need, entry.why) == (
            Need.NOT_SIGNED,
            "O contrato terminou sem assinatura há 1 hora.",
        )
        draft_again(session, contract=contract, actor=house.seller, now=NOON)
        assert needs_of(session, house) == []

    def test_is_an_approval_nobody_sent(self, session: Session) -> None:
        house = make_house(session)
        approved(session, house, now=NOON - 5 * HOUR)
        [entry] = waiting(session, house.seller)
        assert (entry.need, entry.why) == (Need.APPROVED, "Aprovado há 5 horas e ainda não enviado.")

    def test_is_a_draft_two_days_old_but_not_a_fresh_one(self, session: Session) -> None:
        house = make_house(session)
        draft(session, house, now=NOON - 2 * DAY + HOUR)
        assert needs_of(session, house) == []
        draft(session, house, now=NOON - 2 * DAY - HOUR)
        assert needs_of(session, house) == [Need.OLD_DRAFT]

    def test_is_a_proposal_the_customer_saw(self, session: Session) -> None:
        house = make_house(session)
        _quote, token = sent(session, house, now=NOON - 2 * DAY)
        assert needs_of(session, house) == []
        record_view(session, token=token, device="Chrome", now=NOON - 2 * HOUR)
        [entry] = waiting(session, house.seller)
        assert entry.why == "O cliente abriu a proposta há 2 horas e não respondeu."

    def test_is_a_proposal_in_its_last_three_days_once(self, session: Session) -> None:
        house = make_house(session)
        quote, token = sent(session, house, now=NOON - 9 * DAY)
        record_view(session, token=token, device="Chrome", now=NOON - 8 * DAY)
        assert needs_of(session, house) == [Need.VIEWED]
        version = live(session, quote)
        version.expires_on = NOON.date() + 3 * DAY
        assert needs_of(session, house) == [Need.EXPIRING]
        version.expires_on = NOON.date()
        assert waiting(session, house.seller)[0].why.startswith("Vale só até hoje.")

    @pytest.mark.deep
    def test_is_not_what_waits_for_others_or_is_done(self, session: Session) -> None:
        house = make_house(session)
        pending(session, house, now=NOON - 3 * DAY)
        _quote, token = sent(session, house, now=NOON - 3 * DAY)
        decline_proposal(session, token=token, reason="price", now=NOON - DAY)
        assert needs_of(session, house) == []

    def test_is_not_what_nobody_touched_for_a_month(self, session: Session) -> None:
        house = make_house(session)
        version = live(session, draft(session, house, now=NOON - 3 * DAY))
        version.changed_at = NOON - 31 * DAY
        assert needs_of(session, house) == []

    @pytest.mark.deep
    def test_is_a_proposal_once_however_many_alternatives(self, session: Session) -> None:
        house = make_house(session)
        _quote, token = sent(session, house, now=NOON - 2 * DAY, terms=("semiannual", "annual"))
        record_view(session, token=token, device="Chrome", now=NOON - DAY)
        [entry] = waiting(session, house.seller)
        assert entry.label == "000001-A"

    @pytest.mark.deep
    def test_comes_with_the_most_urgent_first(self, session: Session) -> None:
        house = make_house(session)
        draft(session, house, now=NOON - 3 * DAY)
        approval = pending(session, house, now=NOON - DAY)
        approved(session, house, now=NOON - HOUR)
        counter_quote(
            session, approval=approval, counter_cents=175_00, actor=house.manager, now=NOON - 5 * HOUR
        )
        assert needs_of(session, house) == [Need.COUNTERED, Need.APPROVED, Need.OLD_DRAFT]
        assert [entry.need for entry in waiting(session, house.seller, limit=2)] == [
            Need.COUNTERED,
            Need.APPROVED,
        ]


class TestWhoSeesIt:
    def test_is_the_own_partner_only(self, session: Session) -> None:
        house, rival = make_house(session), make_house(session)
        draft(session, house, now=NOON - 3 * DAY)
        assert needs_of(session, rival) == []

    def test_is_the_owner_when_only_the_own_are_asked_for(self, session: Session) -> None:
        house = make_house(session)
        draft(session, house, now=NOON - 3 * DAY)
        colleague = actor_of(make_user(session, partner_id=house.partner.id, name="Clara Melo"))
        assert waiting(session, colleague, owner_id=colleague.user_id) == []
        [entry] = waiting(session, colleague)
        assert entry.owner == "Bruno Lima"
