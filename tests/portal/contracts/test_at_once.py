"""Two at once: exactly one contract, one document, one activation; with real threads and connections."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.operations.canceling import cancel_contract
from portal.contracts.operations.generating import generate_contract, issue_contract, prepare_printing
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.documents.models import StoredFile
from portal.shared.audit import first_broken_position
from portal.shared.mail_rows import MailMessage
from portal.shared.queue import QueuedJob
from portal.signatures.models import Envelope
from portal.signatures.operations.locking import locked_envelope
from portal.signatures.rules.states import EnvelopeState
from portal.subscriptions.models import Coverage
from tests.factories.contracts import COMPANY, make_contract, pay, printed, sign
from tests.factories.quotes import NOON, House, make_house
from tests.portal.quotes.test_concurrency import Act, arranged, at_once
from tests.support.application import Transaction


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def with_contract(state: ContractState) -> Callable[[Session], tuple[House, int]]:
    def arrange(session: Session) -> tuple[House, int]:
        house = make_house(session)
        return house, make_contract(session, house, state=state).id

    return arrange


class TestGeneratingAtOnce:
    def test_makes_one_document(self, app: Flask, transaction: Transaction) -> None:
        house, contract_id = arranged(transaction, with_contract(ContractState.DRAFT))

        def click(session: Session) -> object:
            contract = load_contract(session, contract_id)
            return generate_contract(session, contract=contract, actor=house.seller, now=NOON)

        assert at_once(app, click, click, click) == ["done", "done", "done"]
        with transaction() as session:
            assert session.scalars(select(QueuedJob.run_count).filter_by(kind="render_contract")).all() == [1]
            printed(session, contract_id)
        with transaction() as session:
            assert count(session, StoredFile) == count(session, Envelope) == 1

    def test_by_jobs_that_both_printed_keeps_one(self, app: Flask, transaction: Transaction) -> None:
        """As when the first one's lease ended while it printed."""
        house, contract_id = arranged(transaction, with_contract(ContractState.DRAFT))
        with transaction() as session:
            contract = load_contract(session, contract_id)
            generate_contract(session, contract=contract, actor=house.seller, now=NOON)

        def settle(session: Session) -> object:
            printing = prepare_printing(session, contract_id=contract_id, company=COMPANY, now=NOON)
            session.commit()
            if printing is not None:
                issue_contract(
                    session, contract_id=contract_id, printing=printing, content=b"%PDF-1.7", now=NOON
                )
            return None

        assert at_once(app, settle, settle) == ["done", "done"]
        with transaction() as session:
            assert count(session, StoredFile) == count(session, Envelope) == 1
            assert load_contract(session, contract_id).state is ContractState.AWAITING_SIGNATURE


class TestSigningAndPayingAtOnce:
    def test_activates_once(self, app: Flask, transaction: Transaction) -> None:
        _house, contract_id = arranged(transaction, with_contract(ContractState.AWAITING_SIGNATURE))

        def signs(session: Session) -> object:
            return sign(session, contract_id)

        def pays(session: Session) -> object:
            return pay(session, contract_id)

        assert at_once(app, signs, pays, pays) == ["done", "done", "done"]
        with transaction() as session:
            contract = load_contract(session, contract_id)
            assert contract.state is ContractState.ACTIVE
            assert count(session, Coverage) == 1
            welcome = select(func.count()).where(MailMessage.kind == "contract_welcome")
            assert session.scalar(welcome) == 1
            assert first_broken_position(session, f"customer:{contract.customer_id}") is None


class TestCancelingAndSigningAtOnce:
    @pytest.mark.deep
    @pytest.mark.parametrize("first", ["cancel", "sign"])
    def test_has_one_winner(self, app: Flask, transaction: Transaction, first: str) -> None:
        house, contract_id = arranged(transaction, with_contract(ContractState.AWAITING_SIGNATURE))

        def cancels(session: Session) -> object:
            contract = load_contract(session, contract_id)
            return cancel_contract(
                session, contract=contract, reason="Desistiu", actor=house.seller, now=NOON
            )

        def seals(session: Session) -> object:
            """As the sealing does: the envelope is taken first."""
            contract = session.get_one(Contract, contract_id)
            envelope = locked_envelope(session, contract.envelope_id or 0)
            if envelope.state is not EnvelopeState.OPEN:
                return None
            return sign(session, contract_id)

        acts: tuple[Act, Act] = (cancels, seals) if first == "cancel" else (seals, cancels)
        said = at_once(app, *acts)
        with transaction() as session:
            contract = load_contract(session, contract_id)
            envelope = session.get_one(Envelope, contract.envelope_id)
            if envelope.state is EnvelopeState.CANCELED:
                assert contract.state is ContractState.CANCELED
            else:  # signed first: it waits for its payment, and giving it up then is still possible
                assert envelope.state is EnvelopeState.SIGNED
                assert contract.signed_at is not None
                assert contract.state in (ContractState.AWAITING_PAYMENT, ContractState.CANCELED)
            assert said[acts.index(seals)] == "done"
