"""Contracts that be dropped before they are active."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.contracts.operations.canceling import cancel_contract
from portal.contracts.operations.drafting import draft_again
from portal.contracts.operations.generating import replace_signatory
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.refusals import AlreadyPaid, ReasonMissing
from portal.contracts.rules.states import ContractState, NotPossibleNow
from portal.customers.rules import SignatoryDetails
from portal.invoices.models import Invoice
from portal.shared import events
from portal.shared.mail_rows import MailMessage
from portal.shared.refusals import Forbidden
from portal.signatures.events import SignatureDeclined, SignatureExpired
from portal.signatures.models import Envelope
from portal.signatures.rules.refusals import BeingSealed
from portal.signatures.rules.states import EnvelopeState
from tests.factories.contracts import generated, make_contract, pay
from tests.factories.quotes import NOON, House, make_house
from tests.support.letters import written

LATER = NOON + timedelta(days=1)


def cancel(session: Session, contract_id: int, house: House, *, reason: str = "Cliente desistiu") -> None:
    contract = load_contract(session, contract_id)
    cancel_contract(session, contract=contract, reason=reason, actor=house.seller, now=LATER)


class TestCanceling:
    @pytest.mark.deep
    def test_stops_the_link_and_the_invoice_and_keeps_the_reason(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        cancel(session, contract.id, house)
        closed = load_contract(session, contract.id)
        assert (closed.state, closed.close_reason) == (ContractState.CANCELED, "Cliente desistiu")
        assert session.get_one(Envelope, closed.envelope_id).state is EnvelopeState.CANCELED
        assert [invoice.state.value for invoice in session.scalars(select(Invoice))] == ["void"]

    @pytest.mark.deep
    def test_is_refused_while_the_signature_is_being_sealed(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        session.execute(update(Envelope).values(state=EnvelopeState.SEALING, agreed_at=NOON, signed_at=NOON))
        with pytest.raises(BeingSealed):
            cancel(session, contract.id, house)

    def test_is_refused_once_the_first_payment_is_in(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        pay(session, contract.id)
        with pytest.raises(AlreadyPaid, match="fale com o financeiro"):
            cancel(session, contract.id, house)

    @pytest.mark.deep
    def test_is_refused_once_it_is_active(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.ACTIVE)
        with pytest.raises(NotPossibleNow, match="está ativo"):
            cancel(session, contract.id, house)

    def test_is_not_for_who_only_reads_contracts(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        joao = SignatoryDetails(name="João Alves", cpf="11144477735", email="joao@paoquente.com.br")
        with pytest.raises(Forbidden):
            cancel_contract(session, contract=contract, reason="Não", actor=house.manager, now=LATER)
        with pytest.raises(Forbidden):
            replace_signatory(session, contract=contract, signatory=joao, actor=house.manager, now=LATER)
        assert contract.state is ContractState.AWAITING_SIGNATURE

    def test_needs_a_reason(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house)
        with pytest.raises(ReasonMissing):
            cancel(session, contract.id, house, reason="  ")


class TestASignatureThatDoesNotCome:
    def test_declined_ends_the_contract_and_tells_the_reseller_why(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        assert contract.envelope_id is not None
        fact = SignatureDeclined(
            envelope_id=contract.envelope_id,
            reason="O preço mudou",
            at=LATER,
        )
        events.publish(session, fact)
        events.publish(session, fact)
        closed = load_contract(session, contract.id)
        assert (closed.state, closed.close_reason) == (ContractState.DECLINED, "O preço mudou")
        told = session.scalars(select(MailMessage).where(MailMessage.kind == "contract_update")).one()
        mail = written(session, told)
        assert mail.to_address == house.seller.email
        assert "recusou a assinatura" in mail.text_body
        assert "O preço mudou" in mail.text_body

    def test_in_time_ends_the_contract_and_another_can_be_made(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        assert contract.envelope_id is not None
        events.publish(session, SignatureExpired(envelope_id=contract.envelope_id, at=LATER))
        closed = load_contract(session, contract.id)
        assert closed.state is ContractState.EXPIRED
        made = draft_again(session, contract=closed, actor=house.seller, now=LATER)
        again = draft_again(session, contract=closed, actor=house.seller, now=LATER)
        assert made.id == again.id != closed.id
        other = generated(session, made.id, house, now=LATER)
        assert other.state is ContractState.AWAITING_SIGNATURE
        assert other.version_id == closed.version_id

    def test_of_a_contract_still_good_makes_no_second_one(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        with pytest.raises(NotPossibleNow, match="ainda vale"):
            draft_again(session, contract=contract, actor=house.seller, now=LATER)
