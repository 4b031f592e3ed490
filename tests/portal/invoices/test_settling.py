"""Money for an invoice, once; and what becomes of an invoice nobody has to pay."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.operations.canceling import cancel_contract
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice, Posting
from portal.invoices.operations.settling import settle_invoice, void_invoice
from portal.invoices.queries.books import find_broken_receivables, find_missing_numbers
from portal.invoices.queries.reading import find_first_invoice, open_cents
from portal.invoices.rules.ledger import Account
from portal.invoices.rules.refusals import MoreThanOpen, NotOpen
from portal.invoices.rules.states import InvoiceState
from portal.payouts.models import RepasseAccrual
from portal.receipts.models.payment import CustomerCredit
from portal.shared import events
from portal.shared.db import db
from portal.shared.refusals import Missing
from portal.signatures.events import SignatureDeclined
from portal.subscriptions.models import Coverage
from tests.factories.contracts import make_contract
from tests.factories.contracts import pay as pay_first
from tests.factories.invoices import make_invoice
from tests.factories.quotes import NOON, make_house
from tests.support.application import Transaction


def pay(session: Session, invoice_id: int, cents: int, key: str = "pix:1") -> Invoice:
    return settle_invoice(
        session, invoice_id=invoice_id, payment_key=key, amount_cents=cents, at=NOON, now=NOON
    )


def booked(session: Session) -> list[tuple[str, str, int]]:
    rows = session.scalars(select(Posting).order_by(Posting.id))
    return [(row.debit_account.value, row.credit_account.value, row.amount_cents) for row in rows]


class TestAPayment:
    @pytest.mark.deep
    def test_of_the_whole_amount_pays_the_invoice(self, session: Session) -> None:
        invoice = pay(session, make_invoice(session).id, 199_90)
        assert (invoice.state, invoice.paid_at, invoice.open_cents) == (InvoiceState.PAID, NOON, 0)
        assert booked(session) == [
            ("receivable", "deferred_revenue", 199_90),
            ("cash_pix", "receivable", 199_90),
        ]

    @pytest.mark.deep
    def test_told_twice_counts_once(self, session: Session) -> None:
        invoice = make_invoice(session)
        pay(session, invoice.id, 199_90)
        pay(session, invoice.id, 199_90)
        assert len(booked(session)) == 2

    def test_of_a_part_leaves_the_rest_open(self, session: Session) -> None:
        invoice = make_invoice(session)
        pay(session, invoice.id, 100_00)
        pay(session, invoice.id, 100_00)  # told again
        assert (invoice.state, open_cents(session, invoice.id)) == (InvoiceState.OPEN, 99_90)
        assert find_broken_receivables(session) == []
        assert pay(session, invoice.id, 99_90, "ted:7").state is InvoiceState.PAID

    def test_of_a_centavo_counts_and_of_none_is_refused(self, session: Session) -> None:
        invoice = make_invoice(session)
        pay(session, invoice.id, 1)
        assert open_cents(session, invoice.id) == 199_89
        with pytest.raises(MoreThanOpen):
            pay(session, invoice.id, 0, "pix:2")

    def test_of_an_invoice_nobody_knows_is_refused(self, session: Session) -> None:
        with pytest.raises(Missing):
            pay(session, 999, 1)

    def test_of_more_than_is_open_is_refused(self, session: Session) -> None:
        invoice = make_invoice(session)
        with pytest.raises(MoreThanOpen):
            pay(session, invoice.id, 199_91)
        assert len(booked(session)) == 1

    def test_by_another_way_after_it_was_paid_is_refused(self, session: Session) -> None:
        invoice = make_invoice(session)
        pay(session, invoice.id, 199_90)
        with pytest.raises(NotOpen, match="000001 não está em aberto: paga"):
            pay(session, invoice.id, 199_90, "boleto:9")

    def test_that_was_parked_comes_from_where_it_was_parked(self, session: Session) -> None:
        invoice = make_invoice(session)
        settle_invoice(
            session,
            invoice_id=invoice.id,
            payment_key="ted:5",
            amount_cents=199_90,
            at=NOON,
            now=NOON,
            source=Account.UNIDENTIFIED,
        )
        assert booked(session)[-1] == ("unidentified", "receivable", 199_90)

    def test_from_an_unknown_source_is_a_fault(self, session: Session) -> None:
        with pytest.raises(ValueError, match="cash_shells"):
            pay(session, make_invoice(session).id, 199_90, "shells:1")


class TestManyPaymentsAtOnce:
    def test_settle_activate_release_and_accrue_once(self, app: Flask, transaction: Transaction) -> None:
        with transaction() as session:
            house = make_house(session)
            contract_id = make_contract(session, house, state=ContractState.AWAITING_PAYMENT).id
        keys = ["pix:1", "pix:1", "pix:1", "boleto:2", "boleto:2", "card:3"]
        gate = threading.Barrier(len(keys))

        def receive(key: str) -> None:
            with app.app_context():
                gate.wait()
                pay_first(db.session, contract_id, key=key)
                db.session.commit()

        with ThreadPoolExecutor(len(keys)) as pool:
            list(pool.map(receive, keys))
        with transaction() as session:
            assert session.get_one(Contract, contract_id).state is ContractState.ACTIVE
            for model in (Coverage, RepasseAccrual):
                assert session.scalar(select(func.count()).select_from(model)) == 1
            assert session.scalar(select(func.count()).select_from(CustomerCredit)) == 2
            assert len([row for row in booked(session) if row[0].startswith("cash_")]) == 3
            assert find_broken_receivables(session) == []


class TestAnInvoiceOfACanceledContract:
    @pytest.mark.deep
    def test_is_void_and_owes_nothing(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        cancel_contract(session, contract=contract, reason="Desistiu", actor=house.seller, now=NOON)
        invoice = find_first_invoice(session, contract.id)
        assert invoice is not None
        assert (invoice.state, invoice.open_cents, invoice.label) == (InvoiceState.VOID, 0, "000001")
        assert booked(session)[-1] == ("deferred_revenue", "receivable", 199_90)
        assert find_broken_receivables(session) == []
        with pytest.raises(NotOpen):
            pay(session, invoice.id, 199_90)

    @pytest.mark.deep
    def test_keeps_its_number_for_ever(self, session: Session) -> None:
        first = make_invoice(session)
        void_invoice(session, invoice_id=first.id, reason="Engano", actor=None, now=NOON)
        assert make_invoice(session, house=make_house(session)).label == "000002"
        assert find_missing_numbers(session) == []

    @pytest.mark.deep
    def test_leaves_no_number_behind_as_a_draft(self, session: Session) -> None:
        draft = make_invoice(session, payment_method="card")
        void_invoice(session, invoice_id=draft.id, reason="Engano", actor=None, now=NOON)
        assert (draft.state, draft.number) == (InvoiceState.VOID, None)
        assert booked(session) == []

    def test_gives_back_as_credit_what_was_paid_of_it(self, session: Session) -> None:
        invoice = make_invoice(session)
        pay(session, invoice.id, 50_00)
        void_invoice(session, invoice_id=invoice.id, reason="Engano", actor=None, now=NOON)
        assert booked(session)[-2:] == [
            ("deferred_revenue", "receivable", 149_90),
            ("deferred_revenue", "customer_credit", 50_00),
        ]
        assert find_broken_receivables(session) == []

    def test_is_the_customers_credit_when_it_was_paid_before_the_signatory_declined(
        self, session: Session
    ) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        invoice = find_first_invoice(session, contract.id)
        assert invoice is not None
        assert contract.envelope_id is not None
        pay(session, invoice.id, 199_90)
        events.publish(
            session, SignatureDeclined(envelope_id=contract.envelope_id, reason="Mudei de ideia", at=NOON)
        )
        assert session.get_one(Contract, contract.id).state is ContractState.DECLINED
        assert booked(session)[-1] == ("deferred_revenue", "customer_credit", 199_90)
        credit = session.scalars(select(CustomerCredit)).one()
        assert (credit.amount_cents, credit.invoice_id) == (199_90, invoice.id)
        assert session.scalars(select(RepasseAccrual)).all() == []
