"""A card we charged for what was paid or canceled meanwhile: credit, and a question for finance."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.cards.models.charge import Charge
from portal.cards.operations.charging import prepare_charge, settle_charge, start_charge
from portal.cards.operations.due import charge_due_invoices
from portal.cards.queries.cards import find_card
from portal.cards.rules.cards import ChargeState
from portal.contracts.queries.reading import load_contract
from portal.customers.models import Customer
from portal.gateways.cards.messages import ChargeReport, ChargeStatus
from portal.invoices.models import Invoice
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.operations.settling import void_invoice
from portal.receipts.models.payment import CustomerCredit, Payment
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.rules.receiving import BEGUN_BY_US, CreditReason, Payer, is_paid_twice_by_us
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.subscriptions.rules import BilledTo
from portal.tasks.models import Task
from portal.tasks.operations import close_task
from portal.tasks.rules import ResultMissing, TaskKind, TaskResult
from tests.factories.cards import CardCase
from tests.factories.payments import pay
from tests.factories.users import actor_of, make_user
from tests.portal.cards.test_due_charges import active, billed, second_invoice
from tests.portal.subscribers.test_signing_in import MARIA, come_in
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.people import ClientOf

MORNING = at_sao_paulo(date(2026, 7, 15), 7)
LATER = MORNING + timedelta(minutes=5)


@pytest.fixture
def case(visitor: PortalClient, card_case: CardCase) -> CardCase:
    """The second month, R$ 199,90 due on 15/07/2026, is issued and waits for its card."""
    active(visitor, card_case)
    billed(card_case)
    return card_case


def begin(session: Session) -> Charge:
    """Our charge of the morning: the processor was asked and did not answer yet."""
    assert charge_due_invoices(session, now=MORNING) == 1
    charge = session.scalars(select(Charge).order_by(Charge.id.desc()).limit(1)).one()
    assert prepare_charge(session, charge.id, now=MORNING)
    return charge


def succeed(session: Session, charge: Charge) -> Payment:
    report = ChargeReport(
        id="pi_twice", key=charge.key, status=ChargeStatus.SUCCEEDED, amount_cents=199_90, currency="BRL"
    )
    for _time in range(2):  # the processor may say it twice
        settle_charge(session, charge.id, report, now=LATER)
    return session.scalars(select(Payment).where(Payment.external_id == "pi_twice")).one()


def questions(session: Session) -> list[Task]:
    return list(session.scalars(select(Task).where(Task.kind == TaskKind.DOUBLE_REFUND)))


def reasons(session: Session) -> list[tuple[int, CreditReason]]:
    rows = session.execute(select(CustomerCredit.amount_cents, CustomerCredit.reason))
    return [(cents, reason) for cents, reason in rows]


class TestACardWeChargedForAPaidInvoice:
    @pytest.mark.deep
    def test_makes_credit_and_asks_finance_once_with_the_rule_of_law(self, case: CardCase) -> None:
        invoice_id = second_invoice(case).id
        with case.transaction() as session:
            charge = begin(session)
            pay(session, invoice_id=invoice_id, now=MORNING)
            payment = succeed(session, charge)
            assert reasons(session) == [(199_90, CreditReason.ALREADY_PAID)]
            (task,) = questions(session)
            assert (task.team, task.key) == (Role.FINANCE, f"double-refund:{payment.id}")
            assert (task.subject_type, task.subject_id) == ("payments", payment.id)
            assert task.customer_id == payment.customer_id
            label = session.get_one(Invoice, invoice_id).label
            assert task.title.replace("\xa0", " ") == (
                f"Devolução em dobro? Cobramos R$ 199,90 da fatura {label}, que já estava paga"
            )
            for words in (
                "art. 42",
                "Código de Defesa do Consumidor",
                "pi_twice",
                label,
                "em dobro",
                "crédito",
            ):
                assert words in task.detail
            finance = actor_of(make_user(session, role=Role.FINANCE))
            with pytest.raises(ResultMissing):
                close_task(
                    session, task=task, result=TaskResult.NOT_NEEDED, note=" ", actor=finance, now=LATER
                )

    @pytest.mark.deep
    def test_and_canceled_says_so(self, case: CardCase) -> None:
        invoice_id = second_invoice(case).id
        with case.transaction() as session:
            charge = begin(session)
            void_invoice(session, invoice_id=invoice_id, reason="Engano.", actor=None, now=MORNING)
            succeed(session, charge)
            assert reasons(session) == [(199_90, CreditReason.VOIDED)]
            (task,) = questions(session)
            assert "que tinha sido cancelada" in task.title

    @pytest.mark.deep
    def test_is_led_to_from_the_tasks_of_finance(self, case: CardCase, client_of: ClientOf) -> None:
        invoice_id = second_invoice(case).id
        with case.transaction() as session:
            charge = begin(session)
            pay(session, invoice_id=invoice_id, now=MORNING)
            payment_id, task_id = succeed(session, charge).id, questions(session)[0].id
            finance = make_user(session, role=Role.FINANCE).id
        page = client_of(finance).get(f"/tarefas/{task_id}").text
        assert "art. 42" in page
        assert f'href="/pagamentos/{payment_id}"' in page


class TestNoQuestionIsAsked:
    @pytest.mark.deep
    def test_when_the_customer_pays_what_our_charge_paid(self, case: CardCase) -> None:
        invoice_id = second_invoice(case).id
        with case.transaction() as session:
            succeed(session, begin(session))
            pay(session, invoice_id=invoice_id, now=LATER)
            assert reasons(session) == [(199_90, CreditReason.ALREADY_PAID)]
            assert questions(session) == []

    @pytest.mark.deep
    def test_when_the_customer_pays_twice(self, case: CardCase) -> None:
        invoice_id = second_invoice(case).id
        with case.transaction() as session:
            for _time in range(2):
                pay(session, invoice_id=invoice_id, now=LATER)
            assert reasons(session) == [(199_90, CreditReason.ALREADY_PAID)]
            assert questions(session) == []

    @pytest.mark.deep
    def test_when_the_payer_asked_for_the_charge(self, case: CardCase) -> None:
        invoice_id = second_invoice(case).id
        with case.transaction() as session:
            card = find_card(session, load_contract(session, case.contract_id), billed_to=BilledTo.CUSTOMER)
            assert card
            charge = start_charge(session, invoice_id=invoice_id, card=card, by_payer=True, now=MORNING)
            assert charge
            assert prepare_charge(session, charge.id, now=MORNING)
            pay(session, invoice_id=invoice_id, now=MORNING)
            assert succeed(session, charge).facts[BEGUN_BY_US] is False
            assert questions(session) == []

    def test_of_a_charge_asked_for_in_the_central(
        self, app: Flask, case: CardCase, visitor: PortalClient, transaction: Transaction
    ) -> None:
        invoice_id = second_invoice(case).id
        with transaction() as session:
            session.execute(update(Customer).values(email=MARIA))
            contract = load_contract(session, case.contract_id)
            third = issue_installment(session, contract=contract, number=3, now=MORNING).id
        come_in(app, visitor, transaction)
        visitor.get("/assinante")
        together = location(
            visitor.submit("/assinante/faturas/juntas", {"fatura": [str(invoice_id), str(third)]})
        )
        visitor.get(together)
        assert visitor.submit(f"{together}/cartao").status_code == 303
        with transaction() as session:
            assert session.scalars(select(Charge).where(Charge.invoice_id == invoice_id)).one().by_payer

    @pytest.mark.deep
    def test_when_the_payer_confirmed_it_with_the_bank(self, case: CardCase) -> None:
        invoice_id = second_invoice(case).id
        with case.transaction() as session:
            charge = begin(session)
            charge.state = ChargeState.REQUIRES_ACTION
            pay(session, invoice_id=invoice_id, now=MORNING)
            succeed(session, charge)
            assert questions(session) == []


@pytest.mark.parametrize(
    ("facts", "state", "asks"),
    [
        ({BEGUN_BY_US: True}, "paid", True),
        ({BEGUN_BY_US: True}, "void", True),
        ({BEGUN_BY_US: True}, "open", False),
        ({BEGUN_BY_US: False}, "paid", False),
        ({}, "paid", False),
    ],
)
def test_what_we_took_for_nothing_is_asked_about(facts: dict[str, bool], state: str, *, asks: bool) -> None:
    assert is_paid_twice_by_us(facts, state) is asks


def test_what_is_parked_of_a_paid_invoice_is_asked_about_too(case: CardCase) -> None:
    """Late charges are open still, and a card's sum that is not theirs waits for finance."""
    invoice_id = second_invoice(case).id
    late = at_sao_paulo(date(2026, 7, 25), 12)
    with case.transaction() as session:
        pay(session, invoice_id=invoice_id, now=late)
        receive_payment(
            session,
            source="card",
            external_id="pi_late",
            invoice_id=invoice_id,
            amount_cents=199_90,
            currency="BRL",
            paid_at=late,
            payer=Payer(customer_id=session.get_one(Invoice, invoice_id).customer_id),
            facts={BEGUN_BY_US: True},
            now=late,
        )
        (task,) = questions(session)
        assert "A conferir" in task.detail
