"""Another partner takes a customer over: months billed beyond that day are not owed, or owed back."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.invoices.models import CreditNote, Invoice
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.queries.books import find_invoices_after_end
from portal.invoices.queries.credit_notes import find_uncredited_months
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import CustomerCredit
from portal.receipts.rules.receiving import Payer
from portal.tasks.models import Task
from portal.tasks.rules import TaskKind
from tests.factories.changes import make_change, make_partner_change
from tests.factories.contracts import make_contract
from tests.factories.following import what_follows
from tests.factories.payments import pay
from tests.factories.quotes import NOON, House, make_house

IN_JULY = NOON + timedelta(days=30)  # 10/07: August is billed, due on 15/07


def a_running_contract(session: Session, house: House) -> tuple[Contract, Invoice]:
    """Paid until 31/07; with the invoice for August, R$ 199,90."""
    contract = make_contract(session, house, state=ContractState.ACTIVE)
    invoice = issue_installment(session, contract=contract, number=2, now=IN_JULY)
    assert (invoice.period_from, invoice.period_until) == (date(2026, 8, 1), date(2026, 8, 31))
    return load_contract(session, contract.id), invoice


class TestAMonthBeyondTheEnd:
    def test_that_is_open_is_void(self, session: Session) -> None:
        contract, invoice = a_running_contract(session, make_house(session))
        make_partner_change(session, contract, now=IN_JULY)
        assert invoice.state is InvoiceState.VOID
        assert invoice.void_reason == "O contrato terminou em 09/07/2026."
        assert find_invoices_after_end(session) == []

    def test_that_is_paid_is_credited_once_and_finance_gives_it_back(self, session: Session) -> None:
        contract, invoice = a_running_contract(session, make_house(session))
        pay(session, invoice_id=invoice.id, now=IN_JULY)
        what_follows(session)
        make_partner_change(session, contract, now=IN_JULY)
        note = session.scalars(select(CreditNote)).one()
        assert (note.invoice_id, note.amount_cents, note.issued_by_id) == (invoice.id, 199_90, None)
        credit = session.scalars(select(CustomerCredit)).one()
        assert (credit.amount_cents, credit.customer_id) == (199_90, contract.customer_id)
        task = session.scalars(select(Task).where(Task.kind == TaskKind.REFUND)).one()
        assert task.title == f"Devolver R$\xa0199,90 da fatura {invoice.label}"
        assert find_uncredited_months(session) == []

    @pytest.mark.deep
    def test_that_was_paid_in_part_gives_the_part_back(self, session: Session) -> None:
        contract, invoice = a_running_contract(session, make_house(session))
        payer = contract.customer.document
        pay(session, invoice_id=invoice.id, amount_cents=50_00, now=IN_JULY, payer=_payer(payer))
        make_partner_change(session, contract, now=IN_JULY)
        assert invoice.state is InvoiceState.VOID
        assert session.scalars(select(CustomerCredit.amount_cents)).one() == 50_00
        assert session.scalars(select(Task.title).where(Task.kind == TaskKind.REFUND)).one() == (
            f"Devolver R$\xa050,00 da fatura {invoice.label}"
        )

    @pytest.mark.deep
    def test_is_the_difference_of_an_amendment_too_when_the_change_is_on_its_first_day(
        self, session: Session
    ) -> None:
        """R$ 30,00 a month more, for 21 of June's 30 days and July: 21,00 + 30,00. It ends on 09/06."""
        house = make_house(session)
        base = make_contract(session, house, state=ContractState.ACTIVE)
        amended = make_change(session, house, base, ContractKind.AMENDMENT, negotiated_total=229_90)
        make_partner_change(session, amended)
        assert session.scalars(select(CreditNote.amount_cents)).one() == 51_00
        assert find_uncredited_months(session) == []

    @pytest.mark.deep
    def test_is_still_owed_where_an_amendment_goes_on(self, session: Session) -> None:
        house = make_house(session)
        contract, invoice = a_running_contract(session, house)
        make_change(session, house, contract, ContractKind.AMENDMENT, now=IN_JULY, negotiated_total=229_90)
        assert invoice.state is InvoiceState.OPEN
        assert find_invoices_after_end(session) == []


def _payer(document: str) -> Payer:
    return Payer(name="Padaria", document=document)
