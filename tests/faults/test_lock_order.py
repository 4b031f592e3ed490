"""Whatever two do to one contract at once, they never wait for each other in a circle (decision 9).

PostgreSQL would end one of them as a fault.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile
from portal.banking.models.boleto import Boleto
from portal.banking.operations.applying import apply_return
from portal.banking.operations.remittances import make_remittance
from portal.cards.models.cards import CardRequest, CardSetup
from portal.cards.models.charge import Charge
from portal.cards.operations import charging, expired_requests
from portal.cards.operations import requests as card_requests
from portal.cards.operations import setup as card_setup
from portal.cards.queries.cards import get_card_link
from portal.cards.rules.cards import CANCEL_CHARGE, CHARGE, CHECK_SETUP, ChargeState
from portal.contracts.jobs import render_contract
from portal.contracts.operations.canceling import cancel_contract
from portal.contracts.operations.generating import generate_contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.customers.operations.registration import change_customer
from portal.customers.queries import reading as customer_queries
from portal.gateways.cards.messages import CardFacts, ChargeReport, ChargeStatus, SetupReport, SetupStatus
from portal.invoices.queries.reading import find_first_invoice
from portal.quotes.models import Approval, Proposal, Quote
from portal.quotes.operations.answering import accept_quote, decline_proposal
from portal.quotes.operations.approval import approve_quote
from portal.quotes.operations.copying import add_alternative, clone_quote
from portal.quotes.operations.sending import expire_quotes, send_proposal, void_quote
from portal.quotes.operations.submitting import submit_quote, withdraw_submission
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from portal.shared import queue
from portal.shared.auth import Actor, Role
from portal.shared.clock import day_of
from portal.shared.queue import QueuedJob
from portal.shared.tokens import LinkToken
from portal.signatures.models import Envelope
from portal.signatures.operations import answering
from portal.signatures.operations.locking import locked_envelope
from portal.signatures.operations.sealing import store_sealed
from portal.signatures.rules.states import EnvelopeState
from portal.users.models import User
from tests.factories.bank_files import bring
from tests.factories.cards import CardCase
from tests.factories.contracts import make_contract
from tests.factories.invoices import make_invoice
from tests.factories.payments import ACCOUNT, pay
from tests.factories.quotes import NOON, House, make_house, save, sent
from tests.factories.signatures import PHONE, agree, link_to
from tests.factories.users import actor_of, make_user
from tests.faults.conftest import Circles
from tests.support.application import Transaction
from tests.support.two_transactions import Act

LATER = NOON + timedelta(minutes=5)
CARD = CardFacts(method="pm_1", brand="visa", last4="4242", exp_month=12, exp_year=2030)
TAKEN = SetupReport(id="seti_1", customer="cus_1", secret="", status=SetupStatus.SUCCEEDED, card=CARD)


def settling(kind: str, subject_id: int, settle: Act) -> Act:
    """A job's last transaction: its row is taken last."""

    def act(session: Session) -> None:
        settle(session)
        row = select(QueuedJob).filter_by(kind=kind, subject_id=subject_id).with_for_update()
        session.scalars(row).one().last_error = "it was here"

    return act


def sealed(contract_id: int) -> Act:
    """The signatory signed a moment ago; now the sealed file comes."""

    def act(session: Session) -> None:
        envelope_id = load_contract(session, contract_id).envelope_id or 0
        signed = update(Envelope).where(Envelope.id == envelope_id)
        locked_envelope(session, envelope_id)
        session.execute(signed.values(state=EnvelopeState.SEALING, agreed_at=NOON, signed_at=NOON))
        store_sealed(
            session,
            envelope_id=envelope_id,
            content=b"%PDF-1.7",
            fingerprint="f",
            is_development=True,
            now=LATER,
        )

    return act


def canceled(contract_id: int, actor: Callable[[Session], Actor]) -> Act:
    def act(session: Session) -> None:
        contract, by = load_contract(session, contract_id), actor(session)
        cancel_contract(session, contract=contract, reason="Desistiu", actor=by, now=LATER)

    return act


def paid(invoice_id: int, cents: int) -> Act:
    return lambda session: pay(session, invoice_id=invoice_id, amount_cents=cents, now=LATER)


def first_invoice(session: Session, contract_id: int) -> tuple[int, int]:
    invoice = find_first_invoice(session, contract_id)
    assert invoice is not None
    return invoice.id, invoice.amount_cents


def paying(boleto: Boleto) -> ReturnLine:
    return ReturnLine(
        code="06",
        number=boleto.number,
        on=day_of(NOON),
        due_on=boleto.due_on,
        title_cents=boleto.amount_cents,
        paid_cents=boleto.amount_cents,
    )


def a_return(session: Session) -> int:
    """A return file, read and not applied, that pays the only boleto."""
    line = paying(session.scalars(select(Boleto)).one())
    content = return_file(ACCOUNT, [line], made_at=NOON, number=1)
    desk = actor_of(make_user(session, role=Role.FINANCE))
    file = bring(session, content, actor=desk, now=NOON)
    return file.id


@pytest.mark.usefixtures("noon")
class TestTwoAtOneContract:
    @pytest.mark.deep
    def test_signed_canceled_and_paid_to_the_bank_wait_in_a_row(
        self, circles: Circles, transaction: Transaction
    ) -> None:
        house: House
        with transaction() as session:
            house = make_house(session)
            contract = make_contract(
                session, house, state=ContractState.AWAITING_SIGNATURE, payment_method="boleto"
            )
            contract_id, return_id = contract.id, a_return(session)
            invoice_id, cents = first_invoice(session, contract_id)
            token = link_to(session, session.get_one(Envelope, contract.envelope_id))
            token_id = token.id
            agree(session, token)

        def decline(session: Session) -> None:
            link = session.get_one(LinkToken, token_id)
            answering.decline(session, token=link, reason="Caro", visitor=PHONE, now=LATER)

        def apply(session: Session) -> None:
            file = session.get_one(BankFile, return_id)
            apply_return(session, file=file, actor=house.seller, now=LATER)

        acts = {
            "sealed": sealed(contract_id),
            "declined": decline,
            "canceled": canceled(contract_id, lambda _session: house.seller),
            "paid by Pix": paid(invoice_id, cents),
            "paid by boleto": apply,
            "remittance": lambda session: make_remittance(
                session, account=ACCOUNT, actor=house.seller, now=LATER
            ),
        }
        assert circles(acts) == {}

    def test_a_card_registered_and_the_contract_canceled_wait_in_a_row(
        self, circles: Circles, transaction: Transaction, card_case: CardCase
    ) -> None:
        contract_id = card_case.contract_id
        with transaction() as session:
            setup = session.scalars(select(CardSetup)).one()
            setup_id, request_id = setup.id, setup.request_id
            queue.enqueue(session, CHECK_SETUP, subject_id=setup_id, now=NOON)

        def seller(session: Session) -> Actor:
            return actor_of(session.get_one(User, card_case.seller_id))

        def open_page(session: Session) -> None:
            asked = session.get_one(CardRequest, request_id)
            card_requests.record_opening(session, request=asked, now=LATER)

        def tell(session: Session) -> None:
            link = get_card_link(session, card_case.secret, now=NOON)
            card_setup.report_confirmation(session, token=link, now=LATER)

        def keep(session: Session) -> None:
            card_setup.record_setup(session, setup_id, TAKEN, now=LATER)

        def resend(session: Session) -> None:
            contract, by = load_contract(session, contract_id), seller(session)
            card_requests.resend_card_request(session, contract=contract, actor=by, now=LATER)

        acts = {
            "page opened": open_page,
            "browser tells": tell,
            "card kept": settling(CHECK_SETUP, setup_id, keep),
            "link sent again": resend,
            "links expired": lambda session: expired_requests.expire_card_requests(
                session, now=NOON + timedelta(days=30)
            ),
            "sealed": sealed(contract_id),
            "canceled": canceled(contract_id, seller),
        }
        assert circles(acts) == {}

    @pytest.mark.deep
    def test_charged_and_paid_otherwise_wait_in_a_row(
        self, circles: Circles, transaction: Transaction, card_case: CardCase
    ) -> None:
        card_case.sign()
        with transaction() as session:
            setup_id = session.scalars(select(CardSetup.id)).one()
            card_setup.record_setup(session, setup_id, TAKEN, now=NOON)
            charge = session.scalars(select(Charge)).one()
            charge.asked_at, charge.processor_charge = NOON, "pi_1"
            charge.state, charge_id = ChargeState.REQUIRES_ACTION, charge.id
            queue.enqueue(session, CANCEL_CHARGE, subject_id=charge_id, now=NOON)
            invoice_id, cents = first_invoice(session, card_case.contract_id)
        taken = ChargeReport(
            id="pi_1",
            key="",
            status=ChargeStatus.SUCCEEDED,
            amount_cents=cents,
            currency="BRL",
            paid_at=LATER,
        )

        def settle(session: Session) -> None:
            charging.settle_charge(session, charge_id, taken, now=LATER)

        acts = {
            "charged": settling(CHARGE, charge_id, settle),
            "cancellation answered": settling(CANCEL_CHARGE, charge_id, settle),
            "prepared": lambda session: charging.prepare_charge(session, charge_id, now=LATER),
            "browser tells": lambda session: charging.check_charge_of(
                session, invoice_id=invoice_id, now=LATER
            ),
            "paid by Pix": paid(invoice_id, cents),
            "canceled": canceled(
                card_case.contract_id, lambda s: actor_of(s.get_one(User, card_case.seller_id))
            ),
        }
        assert circles(acts) == {}


@pytest.mark.usefixtures("noon")
class TestTwoAtOneProposal:
    """A quote is still copied, declined or voided while its contract is printed, signed or ended."""

    def test_copied_and_contracted_wait_in_a_row(self, circles: Circles, transaction: Transaction) -> None:
        house: House
        with transaction() as session:
            house = make_house(session)
            contract = make_contract(session, house, state=ContractState.DRAFT, payment_method="boleto")
            contract_id, quote_id = contract.id, contract.quote_id
            generate_contract(session, contract=contract, actor=house.seller, now=NOON)

        def copy(session: Session) -> None:
            quote = session.get_one(Quote, quote_id)
            clone_quote(session, quote=quote, actor=house.seller, now=LATER)

        def printed(session: Session) -> None:
            order = render_contract.before(session, contract_id, now=LATER)
            render_contract.record(session, contract_id, render_contract.call(order), now=LATER)

        acts = {
            "copied": copy,
            "printed": settling(render_contract.name, contract_id, printed),
            "canceled": canceled(contract_id, lambda _session: house.seller),
        }
        assert circles(acts) == {}

    def test_asked_decided_sent_and_answered_wait_in_a_row(
        self, circles: Circles, transaction: Transaction
    ) -> None:
        house: House
        with transaction() as session:
            house = make_house(session)
            quote, token = sent(session, house)
            quote_id, proposal_id, token_id = quote.id, quote.proposal_id, token.id
            other = add_alternative(session, quote=quote, term="annual", actor=house.seller, now=NOON)
            save(session, house, other, negotiated_total=120_00)
            submit_quote(session, quote=other, actor=house.seller, now=NOON)
            approval_id = session.scalars(select(Approval.id).where(Approval.quote_id == other.id)).one()
            other_id, customer_id = other.id, house.customer.id

        def accept(session: Session) -> None:
            link = session.get_one(LinkToken, token_id)
            accept_quote(session, token=link, quote_id=quote_id, now=LATER)

        def decline(session: Session) -> None:
            link = session.get_one(LinkToken, token_id)
            decline_proposal(session, token=link, reason="other", note="Caro", now=LATER)

        def approve(session: Session) -> None:
            approval = session.get_one(Approval, approval_id)
            approve_quote(session, approval=approval, actor=house.manager, now=LATER)

        def withdraw(session: Session) -> None:
            withdraw_submission(
                session, quote=session.get_one(Quote, other_id), actor=house.seller, now=LATER
            )

        def send(session: Session) -> None:
            proposal = session.get_one(Proposal, proposal_id)
            send_proposal(session, proposal=proposal, actor=house.seller, now=LATER)

        def void(session: Session) -> None:
            quote = session.get_one(Quote, quote_id)
            void_quote(session, quote=quote, reason="customer_gave_up", actor=house.seller, now=LATER)

        def edit_customer(session: Session) -> None:
            customer = customer_queries.get_customer(session, customer_id, actor=house.seller)
            details = replace(customer_queries.details_of(customer), notes="Ligar depois das 14h")
            change_customer(
                session,
                customer=customer,
                lock_version=customer.lock_version,
                details=details,
                actor=house.seller,
                now=LATER,
            )

        acts = {
            "accepted": accept,
            "declined": decline,
            "approved": approve,
            "withdrawn": withdraw,
            "sent again": send,
            "voided": void,
            "copied": lambda session: clone_quote(
                session, quote=session.get_one(Quote, quote_id), actor=house.seller, now=LATER
            ),
            "expired": lambda session: expire_quotes(session, now=NOON + timedelta(days=60)),
            "customer edited": edit_customer,
        }
        assert circles(acts) == {}


class TestTwoReturnFiles:
    def test_of_the_same_boletos_in_opposite_order_wait_in_a_row(
        self, circles: Circles, transaction: Transaction
    ) -> None:
        with transaction() as session:
            make_invoice(session), make_invoice(session)
            boletos = session.scalars(select(Boleto).order_by(Boleto.id)).all()
            lines = [paying(boleto) for boleto in boletos]
            first, second = (
                bring(session, return_file(ACCOUNT, ordered, made_at=NOON, number=number), now=NOON).id
                for number, ordered in enumerate((lines, lines[::-1]), 1)
            )

        def applied(file_id: int) -> Act:
            def act(session: Session) -> None:
                file = session.get_one(BankFile, file_id)
                apply_return(session, file=file, actor=None, now=LATER)

            return act

        assert circles({"first": applied(first), "second": applied(second)}) == {}
