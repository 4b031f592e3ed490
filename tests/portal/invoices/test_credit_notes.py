"""Notas de crédito: what finance takes back of an invoice, how it is booked, and what it prints."""

from datetime import date

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.rules.boleto import BoletoState
from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.invoices.models import CreditNote, Invoice, InvoiceSeries, Posting
from portal.invoices.operations.crediting import issue_credit_note
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.queries.books import find_broken_receivables, find_missing_numbers
from portal.invoices.queries.credit_notes import find_missing_note_numbers, find_uncredited_months
from portal.invoices.rules.credit_notes import BeingSettled, NotCreditable, OtherNoteMeanwhile, WrongCredit
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import CustomerCredit
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from tests.factories.changes import make_change
from tests.factories.contracts import make_contract
from tests.factories.invoices import make_billed, make_invoice
from tests.factories.payers import CUSTOMER, PARTNER, Owed, make_owed
from tests.factories.payments import pay
from tests.factories.payouts import make_finance
from tests.factories.quotes import NOON, House, make_house
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.clients import location
from tests.support.pdf import text_of
from tests.support.people import ClientOf

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
WHY = "Cobrança em duplicidade"


def credit(
    session: Session, house: House, invoice: Invoice, cents: int, *, seen: int = 0, reason: str = WHY
) -> CreditNote:
    return issue_credit_note(
        session,
        invoice_id=invoice.id,
        amount_cents=cents,
        reason=reason,
        seen_cents=seen,
        actor=house.admin,
        now=NOON,
    )


def booked(session: Session, invoice: Invoice) -> list[tuple[str, str, str, int]]:
    rows = session.scalars(select(Posting).where(Posting.invoice_id == invoice.id).order_by(Posting.id))
    return [(row.kind, row.debit_account, row.credit_account, row.amount_cents) for row in rows]


class TestANoteOfAnOpenInvoice:
    @pytest.mark.deep
    def test_cancels_it_and_its_boleto(self, session: Session) -> None:
        billed = make_billed(session)
        note = credit(session, billed.house, billed.invoice, 199_90)
        assert (note.label, note.cancels_invoice) == ("NC-000001", True)
        assert billed.invoice.state is InvoiceState.VOID
        assert billed.invoice.void_reason == f"Cancelada pela nota de crédito NC-000001: {WHY}"
        assert booked(session, billed.invoice) == [
            ("issued", "receivable", "deferred_revenue", 199_90),
            ("voided", "deferred_revenue", "receivable", 199_90),
        ]
        states = session.scalars(select(Boleto.state).where(Boleto.invoice_id == billed.invoice.id)).all()
        assert "issued" not in states
        assert "registered" not in states
        assert (find_broken_receivables(session), find_missing_note_numbers(session)) == ([], [])

    def test_is_of_the_whole_or_none(self, session: Session) -> None:
        billed = make_billed(session)
        with pytest.raises(WrongCredit, match=r"cancela a fatura inteira, R\$\xa0199,90"):
            credit(session, billed.house, billed.invoice, 100_00)
        assert billed.invoice.state is InvoiceState.OPEN


class TestANoteOfAPaidInvoice:
    def test_makes_the_amount_the_payers_credit_and_leaves_the_invoice_paid(self, session: Session) -> None:
        billed = make_billed(session)
        pay(session, invoice_id=billed.invoice.id)
        first = credit(session, billed.house, billed.invoice, 50_00)
        second = credit(session, billed.house, billed.invoice, 149_90, seen=50_00, reason="O resto")
        assert [first.number, second.number] == [1, 2]
        assert billed.invoice.state is InvoiceState.PAID
        assert booked(session, billed.invoice)[-2:] == [
            ("credit_note", "deferred_revenue", "customer_credit", 50_00),
            ("credit_note", "deferred_revenue", "customer_credit", 149_90),
        ]
        rows = select(CustomerCredit.amount_cents, CustomerCredit.customer_id, CustomerCredit.reason)
        customer_id = billed.invoice.customer_id
        assert session.execute(rows.order_by(CustomerCredit.id)).all() == [
            (50_00, customer_id, "credit_note"),
            (149_90, customer_id, "credit_note"),
        ]
        assert find_broken_receivables(session) == []
        with pytest.raises(NotCreditable):
            credit(session, billed.house, billed.invoice, 1, seen=199_90)

    @pytest.mark.parametrize("cents", [0, -1, 199_91])
    def test_is_never_more_than_was_invoiced(self, session: Session, cents: int) -> None:
        billed = make_billed(session)
        pay(session, invoice_id=billed.invoice.id)
        with pytest.raises(WrongCredit, match=r"até|a R\$"):
            credit(session, billed.house, billed.invoice, cents)

    def test_is_refused_when_another_was_issued_meanwhile(self, session: Session) -> None:
        billed = make_billed(session)
        pay(session, invoice_id=billed.invoice.id)
        credit(session, billed.house, billed.invoice, 50_00)
        with pytest.raises(OtherNoteMeanwhile):
            credit(session, billed.house, billed.invoice, 50_00)

    @pytest.mark.deep
    def test_is_the_partners_where_the_partner_paid(self, transaction: Transaction) -> None:
        owed = make_owed(transaction, PARTNER)
        with transaction() as session:
            invoice = owed.invoice(session)
            pay(session, invoice_id=invoice.id, amount_cents=85_00)
            credit(session, owed.house, invoice, 85_00)
            assert booked(session, invoice)[-1] == (
                "credit_note",
                "deferred_revenue",
                "partner_credit",
                85_00,
            )
            row = session.execute(select(CustomerCredit.partner_id, CustomerCredit.customer_id)).one()
            assert tuple(row) == owed.owner

    @pytest.mark.deep
    def test_of_a_customer_is_of_nobody_else(self, transaction: Transaction) -> None:
        owed = make_owed(transaction, CUSTOMER)
        with transaction() as session:
            invoice = owed.invoice(session)
            pay(session, invoice_id=invoice.id, amount_cents=invoice.amount_cents)
            note = credit(session, owed.house, invoice, 10_00)
            row = {"credit_note_id": note.id, "amount_cents": 1, "reason": "credit_note", "created_at": NOON}
            with pytest.raises(IntegrityError, match="who owed the invoice"), session.begin_nested():
                session.execute(
                    insert(CustomerCredit).values(**row, partner_id=owed.partner_id, customer_id=None)
                )


class TestTheDatabase:
    def test_keeps_notes_and_their_sum_within_the_invoice(self, session: Session) -> None:
        billed = make_billed(session)
        pay(session, invoice_id=billed.invoice.id)
        note = credit(session, billed.house, billed.invoice, 150_00)
        values = {
            column.name: getattr(note, column.name)
            for column in CreditNote.__table__.columns
            if column.name != "id"
        }
        for change in (
            update(CreditNote).values(reason="outro"),
            delete(CreditNote),
            text("TRUNCATE credit_notes CASCADE"),
            insert(CreditNote).values(values | {"number": 2, "amount_cents": 49_91}),
            insert(CreditNote).values(values | {"number": 1, "amount_cents": 1}),
            insert(CreditNote).values(values | {"number": 2, "amount_cents": 1, "reason": ""}),
        ):
            with pytest.raises(IntegrityError), session.begin_nested():
                session.execute(change)
        session.execute(insert(CreditNote).values(values | {"number": 2, "amount_cents": 49_90}))

    def test_finds_a_number_without_a_note(self, session: Session) -> None:
        billed = make_billed(session)
        credit(session, billed.house, billed.invoice, 199_90)
        session.execute(
            update(InvoiceSeries).where(InvoiceSeries.name == "credit_notes").values(last_number=3)
        )
        assert find_missing_note_numbers(session) == [2, 3]
        assert find_missing_numbers(session) == []


class TestAfterTheEndOfAContract:
    def ended(self, session: Session) -> tuple[House, Contract, Invoice]:
        """It ended on 31/07 and August was paid."""
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        invoice = issue_installment(session, contract=contract, number=2, now=NOON)
        pay(session, invoice_id=invoice.id, amount_cents=invoice.amount_cents)
        values = {"state": ContractState.ENDED, "ends_on": date(2026, 7, 31), "closed_at": NOON}
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(update(Contract).where(Contract.id == contract.id).values(**values))
        session.execute(text("SET LOCAL session_replication_role = origin"))
        return house, contract, invoice

    @pytest.mark.deep
    def test_a_paid_later_month_has_exactly_one_note(self, session: Session) -> None:
        house, _contract, invoice = self.ended(session)
        assert find_uncredited_months(session) == [invoice.id]
        credit(session, house, invoice, 100_00)
        assert find_uncredited_months(session) == []
        credit(session, house, invoice, 99_90, seen=100_00)
        assert find_uncredited_months(session) == [invoice.id]

    @pytest.mark.deep
    def test_nothing_is_owed_back_where_an_amendment_goes_on(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        invoice = issue_installment(session, contract=contract, number=2, now=NOON)
        pay(session, invoice_id=invoice.id, amount_cents=invoice.amount_cents)
        make_change(session, house, contract, ContractKind.AMENDMENT, now=NOON)
        session.execute(text("SET LOCAL session_replication_role = replica"))
        values = {"state": ContractState.ENDED, "ends_on": date(2026, 6, 9), "closed_at": NOON}
        session.execute(update(Contract).where(Contract.id == contract.id).values(**values))
        assert find_uncredited_months(session) == []


@pytest.mark.usefixtures("noon")
class TestTheInvoicesPage:
    @pytest.fixture
    def owed(self, transaction: Transaction) -> Owed:
        return make_owed(transaction, CUSTOMER)

    def finance(self, transaction: Transaction) -> int:
        with transaction() as session:
            return make_user(session, role=Role.FINANCE, name="Fátima Caixa").id

    @pytest.mark.deep
    def test_issues_a_note_and_prints_it(
        self, owed: Owed, transaction: Transaction, client_of: ClientOf
    ) -> None:
        browser = client_of(self.finance(transaction))
        page = f"/faturas/{owed.invoice_id}"
        assert "A fatura inteira, R$\xa0199,90, deixa de ser cobrada" in browser.get(page).text
        form = {"amount": "199,90", "reason": WHY, "seen": "0"}
        answer = browser.submit(f"{page}/nota-de-credito", form)
        assert (answer.status_code, location(answer)) == (303, page)
        shown = browser.get(page).text
        for words in ("NC-000001", "Cancela a fatura", WHY, "Anulada", "R$\xa0199,90 de R$\xa0199,90"):
            assert words in shown
        assert "Emitir nota de crédito" not in shown
        address = shown.partition('href="/notas-de-credito/')[2].partition('"')[0]
        printed = browser.get(f"/notas-de-credito/{address}")
        assert printed.mimetype == "application/pdf"
        words = text_of(printed.data)
        for said in ("Nota de crédito", "NC-000001", "R$ 199,90", WHY, "000001", owed.name):
            assert said in words

    def test_says_at_the_field_what_is_wrong_and_keeps_what_was_typed(
        self, owed: Owed, transaction: Transaction, client_of: ClientOf
    ) -> None:
        browser = client_of(self.finance(transaction))
        browser.get(f"/faturas/{owed.invoice_id}")
        form = {"amount": "10,00", "reason": "Desconto prometido", "seen": "0"}
        answer = browser.submit(f"/faturas/{owed.invoice_id}/nota-de-credito", form)
        assert answer.status_code == 422
        assert "a nota de crédito cancela a fatura inteira, R$\xa0199,90." in answer.text
        assert "Desconto prometido" in answer.text
        empty = browser.submit(f"/faturas/{owed.invoice_id}/nota-de-credito", {"seen": "0"})
        assert empty.status_code == 422
        assert "Escreva o motivo." in empty.text
        with transaction() as session:
            assert session.scalar(select(func.count(CreditNote.id))) == 0

    def test_offers_no_note_to_the_partner_who_sees_those_there_are(
        self, owed: Owed, transaction: Transaction, client_of: ClientOf
    ) -> None:
        seller = client_of(owed.house.seller.user_id)
        page = f"/faturas/{owed.invoice_id}"
        assert "Notas de crédito" not in seller.get(page).text
        with transaction() as session:
            note = credit(session, owed.house, owed.invoice(session), 199_90)
            pdf = f"/notas-de-credito/{note.id}.pdf"
            rival = make_house(session).seller.user_id
        assert "NC-000001" in seller.get(page).text
        assert seller.get(pdf).status_code == 200
        assert client_of(rival).get(pdf).status_code == 404


class TestAnInvoiceWhoseBoletoIsBeingSettled:
    def test_is_not_credited_by_hand(self, session: Session) -> None:
        invoice = make_invoice(session, house=make_house(session))
        boleto = session.scalars(select(Boleto).where(Boleto.invoice_id == invoice.id)).one()
        boleto.state, boleto.registered_at, boleto.paid_at = BoletoState.PAID_UNSETTLED, NOON, NOON
        session.flush()
        with pytest.raises(BeingSettled, match="em compensação"):
            issue_credit_note(
                session,
                invoice_id=invoice.id,
                amount_cents=invoice.amount_cents,
                reason="Engano",
                seen_cents=0,
                actor=make_finance(session),
                now=NOON,
            )
