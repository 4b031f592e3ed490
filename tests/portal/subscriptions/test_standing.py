"""How far a customer is, in one word, and what it has: by the table, and by lists that ask the database."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.operations.canceling import cancel_contract
from portal.contracts.operations.drafting import draft_again
from portal.contracts.operations.signing import record_decline, record_expiry
from portal.contracts.rules.states import ContractKind, ContractState
from portal.customers.queries.reading import customer_list, list_customers, situation_of, standings_on
from portal.customers.rules import CustomerSituation, Standing
from portal.quotes.operations.answering import decline_proposal
from portal.quotes.rules.states import QuoteState
from portal.subscriptions import rules
from tests.factories import quotes
from tests.factories.contracts import make_contract, sign
from tests.factories.quotes import NOON, House, make_house
from tests.portal.contracts.test_changing import changed, running

TODAY = NOON.date()
MONTHS_LATER = NOON + timedelta(days=120)

# Contracts, quotes that became none, and the word. Read from top to bottom: the first that applies decides.
WORDS = [
    ("active canceled ended suspended", "draft", "Ativo"),
    ("suspended ending draft", "sent", "Suspenso"),
    ("ending awaiting_payment", "", "Encerrando"),
    ("awaiting_payment awaiting_signature ended", "sent", "Aguardando pagamento"),
    ("awaiting_signature draft canceled", "sent", "Aguardando contrato"),
    ("draft canceled ended", "sent", "Aceito"),
    ("", "accepted sent", "Aceito"),
    ("", "contracted", "Aceito"),
    ("canceled", "sent draft", "Proposta enviada"),
    ("ended", "pending_approval draft", "Em aprovação"),
    ("declined", "draft expired", "Em orçamento"),
    ("", "approved", "Em orçamento"),
    ("", "countered", "Em orçamento"),
    ("", "rejected", "Em orçamento"),
    ("ended canceled", "expired", "Encerrado"),
    ("declined canceled", "declined", "Contrato não assinado"),
    ("expired canceled", "", "Contrato não assinado"),
    ("canceled", "declined expired", "Contrato cancelado"),
    ("", "declined expired voided", "Proposta recusada"),
    ("", "expired voided", "Proposta expirada"),
    ("", "voided", "Sem contratação"),
    ("", "", "Sem contratação"),
]


class TestTheWord:
    @pytest.mark.parametrize(("contracts", "open_quotes", "word"), WORDS)
    def test_is_of_what_is_farthest(self, contracts: str, open_quotes: str, word: str) -> None:
        states = [ContractState(name) for name in contracts.split()]
        found = rules.situation_of(states, [QuoteState(name) for name in open_quotes.split()])
        assert found.label == word

    def test_is_there_for_every_state(self) -> None:
        told = {state for contracts, _quotes, _word in WORDS for state in contracts.split()}
        assert told == {state.value for state in ContractState}
        told = {state for _contracts, open_quotes, _word in WORDS for state in open_quotes.split()}
        assert told == {state.value for state in QuoteState}


def listed(
    session: Session, house: House, asked: Mapping[str, str] = MappingProxyType({}), on: date = TODAY
) -> Mapping[str, Standing]:
    """The customers of a list, by name."""
    session.flush()
    standings = standings_on(session, on)
    request = customer_list(standings, house.seller).read(asked)
    page = list_customers(session, house.seller, request, standings)
    return {entry.customer.name: entry.standing for entry in page.items}


def standing_of(session: Session, house: House) -> Standing:
    """What the record says; each list of a situation must agree."""
    session.flush()
    found = situation_of(session, house.seller, house.customer, now=NOON).standing
    assert found is not None
    for situation in CustomerSituation:
        is_listed = house.customer.name in listed(session, house, {"situacao": situation.value})
        assert is_listed == (situation is found.situation), situation
    return found


class TestACustomer:
    @pytest.mark.deep
    def test_whose_only_contract_was_canceled_is_not_accepted(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house)
        assert standing_of(session, house).situation.label == "Aceito"
        cancel_contract(session, contract=contract, reason="Desistiu", actor=house.seller, now=NOON)
        assert standing_of(session, house).situation.label == "Contrato cancelado"
        draft_again(session, contract=contract, actor=house.seller, now=MONTHS_LATER)
        assert standing_of(session, house).situation.label == "Aceito"

    @pytest.mark.deep
    def test_whose_contract_nobody_signed_is_neither(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        assert standing_of(session, house).situation.label == "Aguardando contrato"
        assert contract.envelope_id is not None
        record_expiry(session, envelope_id=contract.envelope_id, now=NOON)
        assert standing_of(session, house).situation.label == "Contrato não assinado"

    @pytest.mark.deep
    def test_that_declined_to_sign_and_asks_again_is_told_by_the_new_quote(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        assert contract.envelope_id is not None
        record_decline(session, envelope_id=contract.envelope_id, reason="Caro", now=NOON)
        quotes.draft(session, house)
        assert standing_of(session, house).situation.label == "Em orçamento"

    @pytest.mark.deep
    def test_goes_from_a_quote_to_active(self, session: Session) -> None:
        house = make_house(session)
        assert standing_of(session, house).situation.label == "Sem contratação"
        quotes.pending(session, house)
        assert standing_of(session, house).situation.label == "Em aprovação"
        quotes.sent(session, house)
        assert standing_of(session, house).situation.label == "Proposta enviada"
        make_contract(session, house, state=ContractState.AWAITING_PAYMENT)
        assert standing_of(session, house).situation.label == "Aguardando pagamento"
        make_contract(session, house, state=ContractState.ACTIVE)
        assert standing_of(session, house).situation.label == "Ativo"

    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("state", "word"), [("suspended", "Suspenso"), ("ending", "Encerrando"), ("ended", "Encerrado")]
    )
    def test_that_had_a_contract_is_told_by_it(self, session: Session, state: str, word: str) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.ACTIVE)
        last_day = None if state == "suspended" else TODAY
        session.execute(text("SET LOCAL session_replication_role = replica"))  # no notice was given
        session.execute(
            update(Contract).where(Contract.id == contract.id).values(state=state, ends_on=last_day)
        )
        assert standing_of(session, house).situation.label == word

    def test_that_refused_every_proposal_is_told_so(self, session: Session) -> None:
        house = make_house(session)
        quote, token = quotes.sent(session, house)
        decline_proposal(session, token=token, reason="price", now=NOON)
        assert standing_of(session, house).situation.label == "Proposta recusada"
        assert quote.customer_id == house.customer.id


class TestWhatItHas:
    @pytest.mark.deep
    def test_is_nothing_before_a_contract_is_in_force(self, session: Session) -> None:
        house = make_house(session)
        make_contract(session, house, state=ContractState.AWAITING_PAYMENT)
        found = standing_of(session, house)
        assert (found.plans, found.cost_cents, found.repasse_cents) == ((), None, None)
        assert found.released_until is None

    @pytest.mark.deep
    def test_is_the_plan_its_cost_and_repasse_and_until_when_it_is_paid(self, session: Session) -> None:
        house = make_house(session)
        make_contract(session, house, state=ContractState.ACTIVE, on=TODAY)
        found = standing_of(session, house)
        # Of R$ 199,90 the vendor charges R$ 85,00, and the central keeps 6,74 %: R$ 13,47.
        assert found.plans == ("Hiper Gestão",)
        assert (found.cost_cents, found.repasse_cents) == (85_00, 101_43)
        assert (found.released_until, found.is_released) == (date(2026, 7, 31), True)

    @pytest.mark.deep
    def test_adds_up_over_contracts(self, session: Session) -> None:
        house = make_house(session)
        make_contract(session, house, state=ContractState.ACTIVE)
        make_contract(session, house, state=ContractState.ACTIVE, plan="mini")
        found = standing_of(session, house)
        assert found.plans == ("Hiper Gestão", "Hiper Mini")
        assert found.cost_cents is not None
        assert found.cost_cents > 85_00

    @pytest.mark.deep
    def test_does_not_count_twice_what_another_contract_follows(self, session: Session) -> None:
        house = make_house(session)
        downgrade = changed(
            session, house, running(session, house), ContractKind.AMENDMENT, negotiated_total=185_00
        )
        sign(session, downgrade.id)  # it holds from 15/07, and what it follows until the day before
        name = house.customer.name
        before = listed(session, house, on=date(2026, 7, 14))[name]
        assert (before.plans, before.cost_cents, before.repasse_cents) == (("Hiper Gestão",), 85_00, 101_43)
        after = listed(session, house, on=date(2026, 7, 15))[name]
        assert (after.plans, after.cost_cents, after.repasse_cents) == (("Hiper Gestão",), 85_00, 87_53)


class TestTheList:
    @pytest.mark.deep
    def test_is_narrowed_by_plan_and_last_paid_day(self, session: Session) -> None:
        house = make_house(session)
        make_contract(session, house, state=ContractState.ACTIVE, on=TODAY)  # until 31/07/2026
        name = house.customer.name
        found = {"plano": "gestao", "de": "2026-07-31", "ate": "2026-07-31"}
        assert list(listed(session, house, found)) == [name]
        assert list(listed(session, house, {"de": "2026-07-01"})) == [name]
        assert list(listed(session, house, {"ate": "2026-12-31"})) == [name]
        for other in ({"plano": "mini"}, {"de": "2026-08-01"}, {"ate": "2026-07-30"}):
            assert listed(session, house, other) == {}

    def test_says_nothing_of_another_partners_customers(self, session: Session) -> None:
        house = make_house(session)
        rival = make_house(session)
        make_contract(session, rival, state=ContractState.ACTIVE)
        for asked in ({}, {"situacao": "active"}, {"plano": "gestao"}, {"de": "2026-01-01"}):
            found = listed(session, house, asked)
            assert all(standing.cost_cents is None for standing in found.values())
            assert len(found) == (0 if asked else 1)
