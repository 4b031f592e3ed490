"""Changes of a running contract: amendment, renewal, move, another partner."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.operations.activating import end_contracts
from portal.contracts.operations.changing import quote_partner_change, start_change, start_partner_change
from portal.contracts.operations.generating import generate_contract
from portal.contracts.pages.detail import contract_page
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.refusals import ChangeUnderWay, NothingToMove
from portal.contracts.rules.states import ContractKind, ContractState
from portal.customers.models import Customer
from portal.documents.queries import read_paper
from portal.invoices.models import Invoice
from portal.partners.models import Partner
from portal.payouts.models import RepasseAccrual
from portal.quotes.models import Quote
from portal.quotes.operations.answering import accept_quote
from portal.quotes.operations.sending import send_proposal
from portal.shared.audit import LogEntry
from portal.shared.auth import Actor, Role
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from portal.shared.refusals import Forbidden
from portal.subscriptions.queries.coverage import released_until
from tests.factories.contracts import generated, make_contract, pay, printed, sign
from tests.factories.partners import make_partner
from tests.factories.quotes import NOON, House, live, make_house, save
from tests.factories.users import actor_of, make_user
from tests.portal.contracts.test_generating import words_of

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)


def running(session: Session, house: House, **selection: Any) -> Contract:
    """Active since 01/06/2026 at R$ 199,90 a month, so paid until 31/07 and next due on 15/07."""
    return make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE, **selection)


def changed(
    session: Session, house: House, contract: Contract, kind: ContractKind, **selection: Any
) -> Contract:
    """The contract of a change, generated on 10/06; its quote is the running one with `selection`."""
    quote = start_change(session, contract=contract, kind=kind, actor=house.seller, now=NOON)
    if selection:
        save(session, house, quote, **selection)
    return _accepted(session, house, quote, house.seller)


def _accepted(session: Session, house: House, quote: Quote, actor: Actor) -> Contract:
    token = send_proposal(session, proposal=quote.proposal, actor=actor, now=NOON)
    version = accept_quote(session, token=token, quote_id=quote.id, now=NOON)
    contract = session.scalars(select(Contract).where(Contract.version_id == version.id)).one()
    return generated(session, contract.id, house)


class TestAnUpgrade:
    @pytest.mark.deep
    def test_charges_the_difference_for_the_covered_time_left_and_then_replaces(
        self, session: Session
    ) -> None:
        house = make_house(session)
        base = running(session, house)
        contract = changed(session, house, base, ContractKind.AMENDMENT, negotiated_total=229_90)
        # R$ 30,00 a month more, from 10/06 to 31/07: 21/30 of June and all of July.
        assert (contract.amendment_charge_cents, contract.covers_until) == (51_00, date(2026, 7, 31))
        assert contract.file_id is not None
        paper = words_of(read_paper(session, contract.file_id))
        assert "de R$\u00a0199,90 para R$\u00a0229,90, R$\u00a030,00 a mais por mês" in paper
        assert "52 dias já pagos, até 31/07/2026, é cobrada a diferença de R$\u00a051,00" in paper
        assert "no vencimento de 15/07/2026" in paper
        assert load_contract(session, base.id).state is ContractState.ACTIVE  # before the signature: nothing
        sign(session, contract.id)
        invoice = session.scalars(select(Invoice).where(Invoice.contract_id == contract.id)).one()
        assert invoice.amount_cents == 51_00
        assert load_contract(session, base.id).state is ContractState.ACTIVE
        active = pay(session, contract.id, key="boleto:2")
        assert (active.state, active.starts_on) == (ContractState.ACTIVE, date(2026, 6, 10))
        old = load_contract(session, base.id)
        assert (old.state, old.ends_on) == (ContractState.ENDED, date(2026, 6, 9))
        logged = session.scalars(select(LogEntry.summary).filter_by(action="contract_followed")).all()
        assert logged == [
            f"Contrato {base.label} vale até 09/06/2026: começa o contrato {contract.label}",
        ]
        assert released_until(session, contract.id) == date(2026, 7, 31)

    @pytest.mark.deep
    def test_names_what_is_more(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house, quantities={"user": 3})
        contract = changed(
            session, house, base, ContractKind.AMENDMENT, quantities={"user": 5}, apps={"nfse": 1}
        )
        assert contract.file_id is not None
        paper = words_of(read_paper(session, contract.file_id))
        assert "Usuário adicional: de 1 para 3." in paper  # two users are part of the plan
        assert "entra no contrato" in paper
        assert f"Aditivo ao contrato {base.label}" in paper


class TestADowngrade:
    @pytest.mark.deep
    def test_needs_no_payment_and_applies_from_the_next_due_date(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        contract = changed(session, house, base, ContractKind.AMENDMENT, negotiated_total=185_00)
        assert (contract.amendment_charge_cents, contract.applies_on) == (0, date(2026, 7, 15))
        assert contract.file_id is not None
        paper = words_of(read_paper(session, contract.file_id))
        assert "R$\u00a014,90 a menos por mês, a partir do próximo vencimento, em 15/07/2026" in paper
        active = sign(session, contract.id)
        assert (active.state, active.starts_on) == (ContractState.ACTIVE, date(2026, 7, 15))
        old = load_contract(session, base.id)
        assert (old.state, old.ends_on) == (ContractState.ENDING, date(2026, 7, 14))
        assert session.scalars(select(Invoice).where(Invoice.contract_id == contract.id)).all() == []

    def test_is_said_to_begin_later(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        contract = sign(
            session, changed(session, house, base, ContractKind.AMENDMENT, negotiated_total=185_00).id
        )
        page = contract_page(session, contract.id, actor=house.seller, now=NOON)
        activation = next(step for step in page.steps if step.title == "Ativação")
        assert (page.begins_later, activation.state_words) == (True, "Ativo a partir de 15/07/2026")

    @pytest.mark.deep
    def test_ends_the_former_contract_when_its_last_day_has_passed(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        contract = changed(session, house, base, ContractKind.AMENDMENT, negotiated_total=185_00)
        sign(session, contract.id)
        last_day = at_sao_paulo(date(2026, 7, 14), 23)
        assert end_contracts(session, now=last_day) == 0
        assert end_contracts(session, now=last_day + timedelta(hours=2)) == 1
        assert load_contract(session, base.id).state is ContractState.ENDED


class TestARenewal:
    @pytest.mark.deep
    def test_is_planned_for_the_next_due_date_and_follows_without_a_gap(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        contract = changed(session, house, base, ContractKind.RENEWAL)
        sign(session, contract.id)
        active = pay(session, contract.id, key="boleto:2")
        assert active.starts_on == date(2026, 7, 15)
        assert load_contract(session, base.id).ends_on == date(2026, 7, 14)
        assert released_until(session, contract.id) == date(2026, 8, 31)


class TestAMove:
    def test_is_for_contracts_the_partner_bills_itself(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        with pytest.raises(NothingToMove, match="já é cobrado pela Central"):
            changed(session, house, base, ContractKind.MOVE)

    def test_waits_until_the_partner_itself_has_moved(self, session: Session) -> None:
        house = make_house(session)
        session.get_one(Partner, house.partner.id).arrangement = "hiperador"
        base = running(session, house)
        with pytest.raises(NothingToMove, match="modalidade Hiperador"):
            changed(session, house, base, ContractKind.MOVE)

    @pytest.mark.deep
    def test_gives_the_customer_to_the_billing_centre(self, session: Session) -> None:
        house = make_house(session)
        partner = session.get_one(Partner, house.partner.id)
        partner.arrangement = "hiperador"
        base = running(session, house)
        partner.arrangement = "central_cobranca"
        session.flush()
        contract = changed(session, house, base, ContractKind.MOVE)
        assert (contract.kind, contract.version.arrangement) == (ContractKind.MOVE, "central_cobranca")
        sign(session, contract.id)
        pay(session, contract.id, key="boleto:2")
        assert load_contract(session, base.id).state is ContractState.ENDED


class TestStartingAChange:
    def test_twice_makes_one_quote(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        made = [
            start_change(session, contract=base, kind=ContractKind.AMENDMENT, actor=house.seller, now=NOON).id
            for _click in range(2)
        ]
        assert made[0] == made[1]

    @pytest.mark.deep
    def test_begins_with_what_the_customer_has_and_pays(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house, quantities={"user": 4}, negotiated_total=220_00)
        quote = start_change(
            session, contract=base, kind=ContractKind.AMENDMENT, actor=house.seller, now=NOON
        )
        version = live(session, quote)
        assert version.negotiated_cents == 220_00
        assert version.selection["quantities"] == {"user": 4}


class TestAnotherPartner:
    @pytest.mark.deep
    def test_gets_the_customer_charges_at_the_change_and_replaces_the_contract(
        self, session: Session
    ) -> None:
        house = make_house(session)
        base = running(session, house)
        partner = make_partner(session, trade_name="Norte Sistemas")
        seller = actor_of(make_user(session, partner_id=partner.id, name="Rita Norte"))
        support = actor_of(make_user(session, role=Role.SUPPORT, name="Davi"))
        request = start_partner_change(session, contract=base, partner_id=partner.id, actor=support, now=NOON)
        customer = session.get_one(Customer, request.customer_id)
        assert (customer.partner_id, customer.document) == (partner.id, base.customer.document)
        assert customer.id != base.customer_id
        quote = quote_partner_change(session, request=request, customer=customer, actor=seller, now=NOON)
        token = send_proposal(session, proposal=quote.proposal, actor=seller, now=NOON)
        version = accept_quote(session, token=token, quote_id=quote.id, now=NOON)
        found = session.scalars(select(Contract).where(Contract.version_id == version.id)).one()
        contract = load_contract(session, found.id)
        assert (contract.kind, contract.partner_id) == (ContractKind.PARTNER_CHANGE, partner.id)
        generate_contract(session, contract=contract, actor=seller, now=NOON)
        printed(session, contract.id)
        sign(session, contract.id)
        assert load_contract(session, base.id).state is ContractState.ACTIVE
        invoice = session.scalars(select(Invoice).where(Invoice.contract_id == contract.id)).one()
        assert (invoice.partner_id, invoice.amount_cents) == (partner.id, 199_90)
        pay(session, contract.id, key="pix:2")
        assert load_contract(session, base.id).state is ContractState.ENDED
        accrued = session.scalars(select(RepasseAccrual.partner_id).order_by(RepasseAccrual.id)).all()
        assert accrued == [house.partner.id, partner.id]
        told = session.scalars(select(MailMessage).filter_by(key=f"contract-passed-on:{base.id}")).one()
        assert (told.partner_id, told.to_address) == (house.partner.id, house.seller.email)

    def test_is_for_the_vendors_people_to_decide(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        other = make_partner(session, trade_name="Norte Sistemas")
        with pytest.raises(Forbidden):
            start_partner_change(session, contract=base, partner_id=other.id, actor=house.seller, now=NOON)

    def test_is_begun_once(self, session: Session) -> None:
        house = make_house(session)
        base = running(session, house)
        other = make_partner(session, trade_name="Norte Sistemas")
        support = actor_of(make_user(session, role=Role.SUPPORT))
        for attempt in range(2):
            if attempt:
                with pytest.raises(ChangeUnderWay):
                    start_partner_change(session, contract=base, partner_id=other.id, actor=support, now=NOON)
            else:
                start_partner_change(session, contract=base, partner_id=other.id, actor=support, now=NOON)
