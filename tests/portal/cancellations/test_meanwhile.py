"""What comes in between a request to leave and its end: colleagues, money, changes, agreements."""

from datetime import date, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.agreements.rules.states import AgreementState
from portal.cancellations.models import CancellationCase
from portal.cancellations.operations.deciding import cancel, fingerprint, retain
from portal.cancellations.operations.opening import open_case
from portal.cancellations.queries.cases import load_case
from portal.cancellations.queries.settlement import facts_of
from portal.cancellations.rules.cases import AlreadyAsked, CaseState, ContractReplaced, Reason
from portal.cancellations.rules.settlement import settle
from portal.contracts.models import Contract
from portal.contracts.operations.changing import quote_partner_change, start_change, start_partner_change
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.customers.models import Customer
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.payouts.queries.books import find_broken_cash
from portal.receipts.queries.credits import find_broken_credits
from portal.shared.audit import first_broken_position
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.mail_rows import MailMessage
from tests.factories.agreements import made, part_of, pay_part, reload, signed
from tests.factories.contracts import pay as pay_first
from tests.factories.contracts import sign
from tests.factories.overdue import active, night, nights, state_of
from tests.factories.partners import make_partner
from tests.factories.payments import pay
from tests.factories.quotes import House, make_house, save
from tests.factories.users import actor_of, make_user
from tests.portal.cancellations.test_leaving import TENTH_OF_JULY, asked_to_sign, contract_of, run_drop
from tests.portal.quotes.test_concurrency import arranged, at_once
from tests.support.application import Transaction

TENTH_OF_AUGUST = at_sao_paulo(date(2026, 8, 10), 10)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def asked(
    session: Session, contract: Contract, house: House, *, now: datetime = TENTH_OF_JULY
) -> CancellationCase:
    return open_case(
        session, contract=contract, reason=Reason.PRICE, words="Ficou caro.", actor=house.seller, now=now
    )


def seen_of(session: Session, case: CancellationCase, *, now: datetime = TENTH_OF_JULY) -> str:
    facts = facts_of(session, load_contract(session, case.contract_id), today=day_of(now))
    return fingerprint(settle(facts))


def confirm(session: Session, case: CancellationCase, house: House, *, now: datetime = TENTH_OF_JULY) -> None:
    seen = seen_of(session, case, now=now)
    cancel(session, case=case, outcome="Saiu.", seen=seen, actor=house.seller, now=now)
    session.flush()
    session.expire_all()


def count(session: Session, model: type, **where: object) -> int:
    return session.scalar(select(func.count()).select_from(model).filter_by(**where)) or 0


class TestTwoPeopleAtOnce:
    def test_register_one_request(self, app: Flask, transaction: Transaction) -> None:
        def arrange(session: Session) -> tuple[House, int]:
            house = make_house(session)
            return house, active(session, house).id

        house, contract_id = arranged(transaction, arrange)

        def ask(session: Session) -> object:
            return asked(session, load_contract(session, contract_id), house)

        said = at_once(app, ask, ask, ask)
        assert said.count("done") == 1
        with transaction() as session:
            case = session.scalars(select(CancellationCase)).one()
            assert all(case.protocol in each for each in said if each != "done")
            assert count(session, MailMessage, kind="cancellation_opened") == 1

    @pytest.mark.deep
    @pytest.mark.parametrize("other", ["cancels", "keeps"])
    def test_decide_once(self, app: Flask, transaction: Transaction, other: str) -> None:
        def arrange(session: Session) -> tuple[House, int, str]:
            house = make_house(session)
            contract = active(session, house)
            night(session, date(2026, 7, 5))
            case = asked(session, contract, house)
            return house, case.id, seen_of(session, case)

        house, case_id, seen = arranged(transaction, arrange)

        def ends(session: Session) -> object:
            case = load_case(session, case_id)
            return cancel(
                session, case=case, outcome="Saiu.", seen=seen, actor=house.seller, now=TENTH_OF_JULY
            )

        def keeps(session: Session) -> object:
            retain(
                session,
                case=load_case(session, case_id),
                outcome="Fica.",
                follow_up_on=date(2026, 8, 10),
                actor=house.seller,
                now=TENTH_OF_JULY,
            )
            return None

        said = at_once(app, ends, ends if other == "cancels" else keeps)
        assert said.count("done") == 1
        (told,) = [each for each in said if each != "done"]
        assert "já foi encerrado" in told
        with transaction() as session:
            case = session.scalars(select(CancellationCase)).one()
            contract = load_contract(session, case.contract_id)
            is_canceled = case.state is CaseState.CANCELED
            assert (contract.state is ContractState.ENDING) == is_canceled
            assert count(session, MailMessage, kind="cancellation_confirmed") == int(is_canceled)
            assert count(session, Invoice, state=InvoiceState.VOID) == int(is_canceled)
            assert first_broken_position(session, f"customer:{contract.customer_id}") is None


class TestAPaymentDuringTheConfirmation:
    @pytest.mark.deep
    def test_is_either_in_the_settlement_or_refuses_it(self, app: Flask, transaction: Transaction) -> None:
        def arrange(session: Session) -> tuple[House, int, int, str]:
            house = make_house(session)
            contract = active(session, house)
            night(session, date(2026, 7, 5))
            case = asked(session, contract, house)
            invoice = session.scalars(select(Invoice).filter_by(installment_number=2)).one()
            return house, case.id, invoice.id, seen_of(session, case)

        house, case_id, invoice_id, seen = arranged(transaction, arrange)

        def ends(session: Session) -> object:
            case = load_case(session, case_id)
            return cancel(
                session, case=case, outcome="Saiu.", seen=seen, actor=house.seller, now=TENTH_OF_JULY
            )

        def pays(session: Session) -> object:
            return pay(session, invoice_id=invoice_id, now=TENTH_OF_JULY)

        said = at_once(app, ends, pays)
        assert said[1] == "done"  # money is received whatever else
        with transaction() as session:
            case = session.scalars(select(CancellationCase)).one()
            invoice = session.get_one(Invoice, invoice_id)
            if said[0] == "done":  # the money is credit of the customer's
                assert (case.state, invoice.state) == (CaseState.CANCELED, InvoiceState.VOID)
            else:
                assert "acerto mudou" in said[0]
                assert (case.state, invoice.state) == (CaseState.OPEN, InvoiceState.PAID)
            assert find_broken_cash(session) == []
            assert find_broken_credits(session) == []


class TestAnAmendmentThatIsSignedMeanwhile:
    @pytest.mark.deep
    def test_takes_the_request_along(self, session: Session, house: House) -> None:
        contract = contract_of(session, house)
        pending = self.waiting(session, house, contract)
        case = asked(session, contract, house)
        first = (case.protocol, case.requested_at)
        sign(session, pending.id, now=TENTH_OF_JULY)
        pay_first(session, pending.id, now=TENTH_OF_JULY)
        assert load_contract(session, contract.id).state is ContractState.ENDED
        case = load_case(session, case.id)
        assert (case.contract_id, case.state) == (pending.id, CaseState.OPEN)
        assert (case.protocol, case.requested_at) == first
        with pytest.raises(AlreadyAsked, match=case.protocol):
            asked(session, load_contract(session, pending.id), house)
        confirm(session, case, house)
        ending = load_contract(session, pending.id)
        assert (ending.state, ending.ends_on) == (ContractState.ENDING, date(2026, 7, 31))
        assert first_broken_position(session, f"customer:{contract.customer_id}") is None

    @pytest.mark.deep
    def test_that_applies_later_ends_with_what_is_paid(self, session: Session, house: House) -> None:
        """A lower price from the next due date on: until then the former contract runs."""
        contract = contract_of(session, house)
        pending = self.waiting(session, house, contract, negotiated_total=250_00)
        case = asked(session, contract, house)
        sign(session, pending.id, now=TENTH_OF_JULY)
        case = load_case(session, case.id)
        assert case.contract_id == pending.id
        confirm(session, case, house)
        assert load_contract(session, contract.id).ends_on == date(2026, 7, 14)
        after = load_contract(session, pending.id)
        assert (after.state, after.ends_on) == (ContractState.ENDING, date(2026, 7, 31))

    def test_is_shown_before_anything_is_confirmed(self, app: Flask, transaction: Transaction) -> None:
        """A page that was open when the amendment came into force."""

        def arrange(session: Session) -> tuple[House, int, int, str]:
            house = make_house(session)
            contract = contract_of(session, house)
            pending = self.waiting(session, house, contract)
            case = asked(session, contract, house)
            return house, case.id, pending.id, seen_of(session, case)

        house, case_id, pending_id, seen = arranged(transaction, arrange)
        with app.app_context(), transaction() as session:
            case = load_case(session, case_id)
            with transaction() as other:
                sign(other, pending_id, now=TENTH_OF_JULY)
                pay_first(other, pending_id, now=TENTH_OF_JULY)
            with pytest.raises(ContractReplaced):
                cancel(session, case=case, outcome="Saiu.", seen=seen, actor=house.seller, now=TENTH_OF_JULY)
            session.rollback()

    @pytest.mark.deep
    def test_after_the_confirmation_changes_nothing_of_it(self, session: Session, house: House) -> None:
        contract = contract_of(session, house)
        pending = self.waiting(session, house, contract)
        confirm(session, asked(session, contract, house), house)
        sign(session, pending.id, now=TENTH_OF_JULY)  # before the job drops it
        pay_first(session, pending.id, now=TENTH_OF_JULY)
        run_drop(session, contract)
        ended = load_contract(session, contract.id)
        assert (ended.state, ended.ends_on) == (ContractState.ENDING, date(2026, 7, 31))
        assert load_contract(session, pending.id).state is ContractState.CANCELED
        assert find_broken_credits(session) == []

    def waiting(self, session: Session, house: House, contract: Contract, **changes: object) -> Contract:
        quote = start_change(
            session, contract=contract, kind=ContractKind.AMENDMENT, actor=house.seller, now=TENTH_OF_JULY
        )
        if changes:
            save(session, house, quote, now=TENTH_OF_JULY, quantities={"user": 3, "register": 2}, **changes)
        else:
            save(session, house, quote, now=TENTH_OF_JULY, quantities={"user": 4, "register": 2})
        return asked_to_sign(session, quote, house, now=TENTH_OF_JULY)


class TestAChangeOfPartnerThatIsPaidMeanwhile:
    @pytest.mark.deep
    def test_takes_the_request_to_the_new_partner(self, session: Session, house: House) -> None:
        contract = contract_of(session, house)
        partner = make_partner(session, trade_name="Norte Sistemas")
        seller = actor_of(make_user(session, partner_id=partner.id, name="Rita Norte"))
        support = actor_of(make_user(session, role=Role.SUPPORT, name="Davi"))
        request = start_partner_change(
            session, contract=contract, partner_id=partner.id, actor=support, now=TENTH_OF_JULY
        )
        customer = session.get_one(Customer, request.customer_id)
        quote = quote_partner_change(
            session, request=request, customer=customer, actor=seller, now=TENTH_OF_JULY
        )
        pending = asked_to_sign(session, quote, house, seller=seller, now=TENTH_OF_JULY)
        case = asked(session, contract, house)
        sign(session, pending.id, now=TENTH_OF_JULY)
        pay_first(session, pending.id, key="pix:2", now=TENTH_OF_JULY)
        case = load_case(session, case.id)
        assert (case.contract_id, case.partner_id, case.customer_id) == (pending.id, partner.id, customer.id)
        seen = seen_of(session, case)
        cancel(session, case=case, outcome="Saiu.", seen=seen, actor=seller, now=TENTH_OF_JULY)
        assert load_contract(session, pending.id).state is ContractState.ENDING


class TestACaseInTheDatabase:
    def test_goes_to_no_other_contract(self, session: Session, house: House) -> None:
        case = asked(session, contract_of(session, house), house)
        other = contract_of(session, house)
        with pytest.raises(IntegrityError, match="goes with its contract"):
            session.execute(
                text("UPDATE cancellation_cases SET contract_id = :other WHERE id = :id"),
                {"other": other.id, "id": case.id},
            )


class TestADebtAgreement:
    """July's invoice, due on 15/07, is not paid; on 10/08 the customer agrees to pay it in parts."""

    @pytest.fixture
    def contract(self, session: Session, house: House) -> Contract:
        contract = active(session, house)
        for first, last in ((5, 6), (19, 20)):
            nights(session, date(2026, 7, first), date(2026, 7, last))
        nights(session, date(2026, 8, 1), date(2026, 8, 2))
        assert state_of(session, contract) == "Suspenso"
        return contract

    @pytest.mark.deep
    def test_that_waits_for_its_signature_leaves_the_debt_as_it_is(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        agreement = made(session, house.customer.id, TENTH_OF_AUGUST, actor=house.admin)
        case = asked(session, contract, house, now=TENTH_OF_AUGUST)
        confirm(session, case, house, now=TENTH_OF_AUGUST)
        (july,) = session.scalars(select(Invoice).filter_by(contract_id=contract.id, installment_number=2))
        assert july.state is InvoiceState.OPEN  # 26 days late: the service was there
        assert reload(session, agreement).state is AgreementState.OFFERED  # may still be signed

    @pytest.mark.deep
    def test_that_runs_is_owed_whatever_ends(
        self, session: Session, house: House, contract: Contract
    ) -> None:
        agreement = signed(session, house.customer.id, TENTH_OF_AUGUST, actor=house.admin)
        pay_part(session, agreement, 0, TENTH_OF_AUGUST)
        assert state_of(session, contract) == "Em dia"
        eleventh = at_sao_paulo(date(2026, 8, 11), 10)
        contract = load_contract(session, contract.id)
        case = asked(session, contract, house, now=eleventh)
        confirm(session, case, house, now=eleventh)
        ending = load_contract(session, contract.id)
        assert ending.ends_on == date(2026, 8, 31)  # the time the agreement pays for
        assert part_of(session, agreement, 1).state is InvoiceState.OPEN
        assert reload(session, agreement).state is AgreementState.RUNNING
        pay_part(session, agreement, 1, at_sao_paulo(date(2026, 9, 10), 10))
        assert part_of(session, agreement, 1).state is InvoiceState.PAID
        assert find_broken_cash(session) == []
