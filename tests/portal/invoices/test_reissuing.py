"""Emitir outra no lugar: a month whose invoice was canceled is asked for again, once."""

from datetime import date, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractKind
from portal.invoices.models import CreditNote, Invoice
from portal.invoices.operations.crediting import issue_credit_note
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.operations.reissuing import issue_in_its_place
from portal.invoices.queries.books import find_broken_receivables, find_missing_numbers
from portal.invoices.queries.months import find_uncovered_payments
from portal.invoices.queries.reading import load_invoice
from portal.invoices.rules.reissuing import NotToBeIssuedAgain
from portal.invoices.rules.states import InvoiceState
from portal.payouts.models import RepasseAccrual
from portal.payouts.queries.books import find_broken_accruals
from portal.shared.audit import LogEntry
from portal.shared.auth import Actor, Role
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from portal.subscriptions.operations.pricing import NewPrice, write_prices
from portal.subscriptions.queries.coverage import find_broken_coverages, list_coverages
from portal.subscriptions.queries.reading import list_lines_on
from tests.factories.changes import make_change, make_partner_change
from tests.factories.following import what_follows
from tests.factories.overdue import active, night, subscription_of
from tests.factories.payments import pay
from tests.factories.payouts import make_finance
from tests.factories.quotes import House, make_house
from tests.factories.users import make_user
from tests.portal.cancellations.test_leaving import leave
from tests.portal.invoices.test_due_day import billed_and_paid, by_the_day, changed
from tests.support.application import Transaction
from tests.support.clients import location
from tests.support.people import ClientOf
from tests.support.two_transactions import Stoppable

WHY = "Cobrança com o endereço errado"
SIXTH, TENTH = at_sao_paulo(date(2026, 7, 6), 10), at_sao_paulo(date(2026, 7, 10), 10)
TWENTIETH = at_sao_paulo(date(2026, 7, 20), 10)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


def voided(session: Session, house: House) -> tuple[Contract, Invoice]:
    """Active since 01/06/2026; July's invoice, of August, is out since 05/07 and was canceled on the 6th."""
    contract = active(session, house)
    night(session, date(2026, 7, 5))
    invoice = session.scalars(select(Invoice).where(Invoice.installment_number == 2)).one()
    cancel(session, invoice, house.admin)
    return contract, invoice


def cancel(session: Session, invoice: Invoice, actor: Actor) -> CreditNote:
    return issue_credit_note(
        session,
        invoice_id=invoice.id,
        amount_cents=invoice.amount_cents,
        reason=WHY,
        seen_cents=0,
        actor=actor,
        now=SIXTH,
    )


def again(session: Session, invoice: Invoice, now: datetime = TENTH) -> Invoice:
    return issue_in_its_place(session, invoice_id=invoice.id, actor=make_finance(session), now=now)


def dearer_from_september(session: Session, contract: Contract) -> None:
    subscription = subscription_of(session, contract)
    first, *others = [
        line.as_term_line for line in list_lines_on(session, subscription.id, due_on=date(2026, 7, 15))
    ]
    price = first.price._replace(
        total_cents=first.price.total_cents + 10_00, part_cents=first.price.part_cents + 10_00
    )
    new = NewPrice(
        subscription_id=subscription.id,
        number=3,
        valid_from=date(2026, 8, 15),
        lines=[first._replace(price=price), *others],
        payments=1,
        monthly_cents=209_90,
        repasse_cents=subscription.repasse_cents + 10_00,
        monthly_before_cents=199_90,
    )
    write_prices(session, [new], now=TENTH)


def all_of_august(session: Session) -> list[tuple[InvoiceState, date, int]]:
    rows = select(Invoice).where(Invoice.installment_number == 2).order_by(Invoice.id)
    return [(row.state, row.due_on, row.amount_cents) for row in session.scalars(rows)]


days_are_paid = by_the_day


class TestTheOneInItsPlace:
    @pytest.mark.deep
    def test_asks_for_the_same_month_while_the_void_one_and_its_note_stay(
        self, session: Session, house: House
    ) -> None:
        _contract, void = voided(session, house)
        issued = again(session, void)
        assert all_of_august(session) == [
            (InvoiceState.VOID, date(2026, 7, 15), 199_90),
            (InvoiceState.OPEN, date(2026, 7, 15), 199_90),
        ]
        assert (issued.period_from, issued.period_until) == (date(2026, 8, 1), date(2026, 8, 31))
        assert session.scalars(select(CreditNote.invoice_id)).all() == [void.id]
        assert (find_missing_numbers(session), find_broken_receivables(session)) == ([], [])

    @pytest.mark.deep
    def test_is_told_in_the_log_and_by_mail(self, session: Session, house: House) -> None:
        _contract, void = voided(session, house)
        issued = again(session, void)
        entry = session.scalars(select(LogEntry).where(LogEntry.action == "invoice_reissued")).one()
        assert entry.summary == f"Fatura {issued.label} emitida no lugar da {void.label}"
        assert entry.actor_label != ""
        assert WHY in entry.reason
        mails = select(MailMessage.subject_id).where(MailMessage.kind == "invoice_issued")
        assert issued.id in session.scalars(mails).all()

    @pytest.mark.deep
    def test_that_is_late_is_due_today(self, session: Session, house: House) -> None:
        _contract, void = voided(session, house)
        assert again(session, void, TWENTIETH).due_on == date(2026, 7, 20)

    @pytest.mark.deep
    def test_is_one_however_often_it_is_asked_for(self, session: Session, house: House) -> None:
        _contract, void = voided(session, house)
        assert again(session, void) is again(session, void)
        assert len(all_of_august(session)) == 2

    @pytest.mark.deep
    def test_may_be_canceled_and_issued_once_more(self, session: Session, house: House) -> None:
        _contract, void = voided(session, house)
        cancel(session, again(session, void), house.admin)
        again(session, void)
        assert [state for state, _due, _cents in all_of_august(session)] == ["void", "void", "open"]

    @pytest.mark.deep
    def test_releases_the_service_and_accrues_when_it_is_paid(self, session: Session, house: House) -> None:
        _contract, void = voided(session, house)
        issued = again(session, void)
        pay(session, invoice_id=issued.id, now=TENTH)
        what_follows(session)
        accrued = select(RepasseAccrual.repasse_cents).where(RepasseAccrual.invoice_id == issued.id)
        assert len(session.scalars(accrued).all()) > 0
        assert (find_broken_accruals(session), find_uncovered_payments(session)) == ([], [])

    @pytest.mark.deep
    def test_costs_and_shares_what_the_month_costs_however_late_it_is_issued(
        self, session: Session, house: House
    ) -> None:
        """September's payment, due on 15/08, costs R$ 10,00 more; August's, issued after it, does not."""
        contract, void = voided(session, house)
        dearer_from_september(session, contract)
        issued = again(session, void, at_sao_paulo(date(2026, 8, 20), 10))
        assert (issued.due_on, issued.amount_cents) == (date(2026, 8, 20), 199_90)
        pay(session, invoice_id=issued.id, now=at_sao_paulo(date(2026, 8, 20), 11))
        what_follows(session)
        accrued = select(RepasseAccrual.paid_cents).where(RepasseAccrual.invoice_id == issued.id)
        assert sum(session.scalars(accrued)) == 199_90

    def test_of_days_between_two_due_days_has_their_lines(
        self, session: Session, house: House, days_are_paid: Contract
    ) -> None:
        """The due day moved from 14 to 25; the days between were invoiced, and that was canceled."""
        billed_and_paid(session, days_are_paid, date(2026, 6, 5), date(2026, 6, 20))
        changed(session, days_are_paid, 25, at_sao_paulo(date(2026, 6, 20), 12))
        void = session.scalars(select(Invoice).where(Invoice.kind == "between")).one()
        cancel(session, void, house.admin)
        issued = again(session, void)
        told = ("kind", "installment_number", "period_from", "period_until", "grace_until", "amount_cents")
        for name in (*told, "explanation", "due_on"):
            assert getattr(issued, name) == getattr(void, name), name
        assert issued.state is InvoiceState.OPEN

    @pytest.mark.deep
    def test_leaves_billing_where_it_is(self, session: Session, house: House) -> None:
        contract, void = voided(session, house)
        again(session, void)
        night(session, date(2026, 8, 5))
        assert subscription_of(session, contract).next_number == 4
        numbers = select(Invoice.installment_number).where(Invoice.state == InvoiceState.OPEN)
        assert sorted(filter(None, session.scalars(numbers))) == [2, 3]


class TestNoneTakesThePlace:
    @pytest.mark.deep
    def test_of_one_that_is_not_void(self, session: Session, house: House) -> None:
        contract = active(session, house)
        invoice = issue_installment(session, contract=contract, number=2, now=SIXTH)
        with pytest.raises(NotToBeIssuedAgain, match="só a mensalidade anulada"):
            again(session, invoice)

    def test_after_the_contracts_last_day(self, session: Session, house: House) -> None:
        """Canceled on 06/07, paid until 31/07: August is not billed any more."""
        contract, void = voided(session, house)
        leave(session, contract, house, on=date(2026, 7, 6))
        with pytest.raises(NotToBeIssuedAgain, match="O contrato é cobrado só até"):
            again(session, void)
        assert len(all_of_august(session)) == 1

    def test_of_a_month_a_newer_contract_covers(self, session: Session, house: House) -> None:
        """Another partner took the customer over on 10/07 and was paid for August."""
        contract, void = voided(session, house)
        make_partner_change(session, contract, now=TENTH)
        with pytest.raises(NotToBeIssuedAgain, match="contrato mais novo"):
            again(session, void, TWENTIETH)


class TestAMonthAnAmendmentGoesOnWith:
    """The amendment of 10/07 bills from September on: August was billed before it began."""

    @pytest.fixture
    def amended(self, session: Session, house: House) -> tuple[Contract, Invoice]:
        contract, void = voided(session, house)
        later = make_change(
            session, house, contract, ContractKind.AMENDMENT, now=TENTH, quantities={"user": 3}
        )
        return later, void

    @pytest.mark.deep
    def test_is_asked_for_and_released_to_the_amendment(
        self, session: Session, amended: tuple[Contract, Invoice]
    ) -> None:
        later, void = amended
        issued = again(session, void, TWENTIETH)
        pay(session, invoice_id=issued.id, amount_cents=issued.amount_cents, now=TWENTIETH)
        what_follows(session)
        assert (issued.contract_id, issued.period_until) == (void.contract_id, date(2026, 8, 31))
        assert max(row.covers_until for row in list_coverages(session, later.id)) == date(2026, 8, 31)
        assert (find_broken_coverages(session), find_broken_accruals(session)) == ([], [])

    def test_is_not_where_the_amendment_ends_before(
        self, session: Session, house: House, amended: tuple[Contract, Invoice]
    ) -> None:
        later, void = amended
        leave(session, later, house, on=date(2026, 7, 20))
        with pytest.raises(NotToBeIssuedAgain, match="O contrato é cobrado só até"):
            again(session, void, TWENTIETH)


class TestTwoPeopleAtOnce:
    def test_issue_one_invoice_that_is_told_of_once(self, app: Flask, transaction: Transaction) -> None:
        """The second asks while the first has issued it and not committed."""
        with transaction() as session:
            house = make_house(session)
            _contract, void = voided(session, house)
            void_id, admin = void.id, house.admin
        seen = []

        def issue(session: Session) -> int:
            issued = issue_in_its_place(session, invoice_id=void_id, actor=admin, now=TENTH).id
            logged = select(LogEntry.subject_id).where(LogEntry.action == "invoice_reissued")
            seen.append((issued, list(session.scalars(logged))))
            return issued

        with transaction() as session:
            first = issue(session)
            second = Stoppable(app, issue)
            second.wait_until_stuck()
            assert second.thread.is_alive()
        second.finish()
        assert second.error is None
        assert seen == [(first, [first]), (first, [first])]


@pytest.mark.usefixtures("noon")
class TestThePageOfAVoidInvoice:
    @pytest.mark.deep
    def test_issues_another_and_leads_to_it(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            _contract, void = voided(session, house)
            void_id, of_void, seller_id = void.id, void.label, house.seller.user_id
            finance_id = make_user(session, role=Role.FINANCE, name="Fátima Caixa").id
        finance, page = client_of(finance_id), f"/faturas/{void_id}"
        assert "Emitir outra no lugar" in finance.get(page).text
        assert "Emitir outra no lugar" not in client_of(seller_id).get(page).text
        answer = finance.submit(f"{page}/emitir-outra", {})
        with transaction() as session:
            issued = session.scalars(select(Invoice).where(Invoice.state == InvoiceState.OPEN)).one()
            assert load_invoice(session, issued.id).installment_number == 2
            label, target = issued.label, f"/faturas/{issued.id}"
        assert (answer.status_code, location(answer)) == (303, target)
        assert f"emitida no lugar da {of_void}" in finance.get(target).text
        shown = finance.get(page).text
        assert "Emitir outra no lugar" not in shown
        assert f">{label}</a>" in shown

    @pytest.mark.deep
    def test_says_why_none_can_be(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            contract, void = voided(session, house)
            leave(session, contract, house, on=date(2026, 7, 6))
            void_id = void.id
            finance_id = make_user(session, role=Role.FINANCE, name="Fátima Caixa").id
        finance = client_of(finance_id)
        shown = finance.get(f"/faturas/{void_id}").text
        assert "O contrato é cobrado só até" in shown
        assert "Emitir outra no lugar" not in shown
        assert finance.submit(f"/faturas/{void_id}/emitir-outra", {}).status_code == 409
