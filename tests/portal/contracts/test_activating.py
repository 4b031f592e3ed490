"""Signed and paid, in whichever order and however often: active, once (invariant M1)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.shared.audit import LogEntry, first_broken_position
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from portal.subscriptions.models import Coverage
from tests.factories.contracts import make_contract, pay, sign
from tests.factories.quotes import NOON, make_house
from tests.support.letters import written

LATER = NOON + timedelta(days=3)


def welcome_mails(session: Session) -> list[MailMessage]:
    return list(session.scalars(select(MailMessage).where(MailMessage.kind == "contract_welcome")))


def activations(session: Session) -> int:
    entries = select(LogEntry).where(LogEntry.action == "contract_activated")
    return len(session.scalars(entries).all())


class TestAContract:
    @pytest.mark.deep
    def test_is_active_when_the_payment_follows_the_signature(self, session: Session) -> None:
        contract = make_contract(session, make_house(session), state=ContractState.AWAITING_PAYMENT)
        assert (contract.state, welcome_mails(session)) == (ContractState.AWAITING_PAYMENT, [])
        active = pay(session, contract.id, now=LATER)
        assert (active.state, active.starts_on) == (ContractState.ACTIVE, date(2026, 6, 13))
        assert len(welcome_mails(session)) == activations(session) == 1

    @pytest.mark.deep
    def test_paid_early_waits_for_the_signature_and_is_active_with_it(self, session: Session) -> None:
        contract = make_contract(session, make_house(session), state=ContractState.AWAITING_SIGNATURE)
        waiting = pay(session, contract.id, now=NOON)
        assert (waiting.state, welcome_mails(session)) == (ContractState.AWAITING_SIGNATURE, [])
        active = sign(session, contract.id, now=LATER)
        assert (active.state, active.starts_on) == (ContractState.ACTIVE, date(2026, 6, 13))
        assert len(welcome_mails(session)) == activations(session) == 1

    @pytest.mark.deep
    def test_told_of_its_payment_and_signature_again_stays_as_it_is(self, session: Session) -> None:
        contract = make_contract(session, make_house(session), state=ContractState.ACTIVE)
        first = (contract.activated_at, contract.starts_on, contract.first_payment_key)
        pay(session, contract.id, now=LATER, key="pix:another")
        again = load_contract(session, contract.id)
        assert (again.activated_at, again.starts_on, again.first_payment_key) == first
        assert len(welcome_mails(session)) == activations(session) == 1
        assert len(session.scalars(select(Coverage)).all()) == 1

    def test_activated_on_the_first_of_june_is_released_until_the_end_of_july(self, session: Session) -> None:
        first_of_june = at_sao_paulo(date(2026, 6, 1), 12)
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.ACTIVE, now=first_of_june)
        coverage = session.scalars(select(Coverage).where(Coverage.contract_id == contract.id)).one()
        assert (coverage.covers_from, coverage.covers_until) == (date(2026, 6, 1), date(2026, 7, 31))
        welcome = written(session, welcome_mails(session)[0]).text_body
        assert "Liberado até: 31/07/2026" in welcome
        assert "Próximo vencimento: 15/07/2026" in welcome

    @pytest.mark.deep
    def test_planned_for_later_does_not_begin_before(self, session: Session) -> None:
        planned = date(2026, 6, 20)
        contract = make_contract(session, make_house(session), state=ContractState.ACTIVE, on=planned)
        assert contract.starts_on == planned

    @pytest.mark.deep
    def test_has_its_whole_way_in_the_customers_log(self, session: Session) -> None:
        contract = make_contract(session, make_house(session), state=ContractState.ACTIVE)
        entries = session.scalars(
            select(LogEntry).where(LogEntry.subject_type == "contracts").order_by(LogEntry.position)
        )
        assert [entry.action for entry in entries] == [
            "contract_drafted",
            "contract_asked",
            "contract_generated",
            "contract_signed",
            "contract_paid",
            "contract_activated",
        ]
        assert first_broken_position(session, f"customer:{contract.customer_id}") is None


class TestTheDatabase:
    @pytest.mark.deep
    @pytest.mark.parametrize("state", [ContractState.DRAFT, ContractState.AWAITING_SIGNATURE])
    def test_refuses_an_active_contract_without_signature(
        self, session: Session, state: ContractState
    ) -> None:
        contract = make_contract(session, make_house(session), state=state)
        with pytest.raises(IntegrityError):
            _force_active(session, contract)

    @pytest.mark.deep
    def test_refuses_an_active_contract_without_payment(self, session: Session) -> None:
        contract = make_contract(session, make_house(session), state=ContractState.AWAITING_PAYMENT)
        with pytest.raises(IntegrityError):
            _force_active(session, contract)

    @pytest.mark.deep
    @pytest.mark.parametrize("key", ["pix:forged", "none:1"])
    def test_refuses_an_active_contract_whose_payment_nobody_made(self, session: Session, key: str) -> None:
        contract = make_contract(session, make_house(session), state=ContractState.AWAITING_PAYMENT)
        contract.first_payment_key, contract.paid_at = key, NOON
        session.flush()
        with pytest.raises(IntegrityError):
            _force_active(session, contract)

    @pytest.mark.deep
    def test_refuses_a_payment_that_paid_something_else(self, session: Session) -> None:
        house = make_house(session)
        paid = make_contract(session, house, state=ContractState.ACTIVE)
        contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT)
        contract.first_payment_key, contract.paid_at = paid.first_payment_key, NOON
        session.flush()
        with pytest.raises(IntegrityError):
            _force_active(session, contract)

    @pytest.mark.deep
    def test_refuses_a_contract_that_begins_active(self, session: Session) -> None:
        contract = make_contract(session, make_house(session), state=ContractState.ACTIVE)
        columns = Contract.__table__.columns
        row = {column.name: getattr(contract, column.name) for column in columns if column.name != "id"}
        with pytest.raises(IntegrityError, match="begins without being active"):
            session.execute(insert(Contract).values(**row | {"envelope_id": None}))

    @pytest.mark.deep
    def test_refuses_a_signature_that_its_envelope_did_not_make(self, session: Session) -> None:
        contract = make_contract(session, make_house(session), state=ContractState.AWAITING_SIGNATURE)
        with pytest.raises(IntegrityError):
            session.execute(
                update(Contract)
                .where(Contract.id == contract.id)
                .values(signed_at=NOON, signed_file_id=contract.file_id)
            )

    @pytest.mark.parametrize(
        "change",
        [
            {"signed_at": None, "signed_file_id": None},
            {"first_payment_key": "forged"},
            {"version_id": 999},
            {"template_id": None},
            {"state": "draft"},
            {"state": "awaiting_payment"},
            {"state": "canceled"},
            {"activated_at": None, "state": "awaiting_payment"},
            {"starts_on": date(2026, 1, 1)},
        ],
    )
    def test_keeps_what_was_agreed_signed_and_paid(self, session: Session, change: dict[str, object]) -> None:
        contract = make_contract(session, make_house(session), state=ContractState.ACTIVE)
        with pytest.raises(IntegrityError):
            session.execute(update(Contract).where(Contract.id == contract.id).values(**change))


def _force_active(session: Session, contract: Contract) -> None:
    session.execute(
        update(Contract)
        .where(Contract.id == contract.id)
        .values(state=ContractState.ACTIVE, starts_on=NOON.date(), activated_at=NOON, generated_at=NOON)
    )
