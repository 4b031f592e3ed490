"""The first invoice of a contract: what it charges, whom, until when."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.catalog.operations import change_first_period
from portal.catalog.rules import FirstPeriodPolicy
from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.invoices.models import Invoice
from portal.invoices.operations.issuing import issue_first_invoice
from portal.invoices.queries.reading import find_open_invoice_of_contract, list_postings, load_invoice
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.shared.clock import at_sao_paulo
from portal.subscriptions.rules import BilledTo
from tests.factories.contracts import make_contract
from tests.factories.invoices import make_billed, make_contract_row, make_invoice
from tests.factories.quotes import NOON, House, make_house


def amounts(session: Session, invoice: Invoice) -> list[tuple[str, int]]:
    return [(line.code, line.amount_cents) for line in load_invoice(session, invoice.id).lines]


class TestTheFirstInvoice:
    def test_is_open_numbered_and_due_after_the_days_of_the_setting(self, session: Session) -> None:
        invoice = make_billed(session).invoice
        assert (invoice.state, invoice.label, invoice.amount_cents) == (InvoiceState.OPEN, "000001", 199_90)
        assert (invoice.due_on, invoice.due_month) == (date(2026, 6, 15), date(2026, 6, 1))
        assert invoice.payer_name == "Padaria Pão Quente Ltda"

    def test_is_made_once(self, session: Session) -> None:
        billed = make_billed(session)
        again = issue_first_invoice(session, contract=billed.contract, now=NOON)
        assert again is billed.invoice

    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("now", "due_on"),
        [
            (at_sao_paulo(date(2027, 1, 31), 12), date(2027, 2, 5)),
            (at_sao_paulo(date(2028, 2, 25), 12), date(2028, 3, 1)),
            (at_sao_paulo(date(2027, 12, 30), 22), date(2028, 1, 4)),  # 01:00 of the 31st in UTC
        ],
    )
    def test_counts_its_days_in_sao_paulo_over_ends_of_months(
        self, session: Session, now: datetime, due_on: date
    ) -> None:
        invoice = make_invoice(session, now=now)
        assert (invoice.due_on, invoice.due_month) == (due_on, due_on.replace(day=1))

    def test_is_not_due_before_the_day_the_contract_was_planned_for(self, session: Session) -> None:
        assert make_invoice(session, on=date(2026, 7, 1)).due_on == date(2026, 7, 1)

    def test_of_a_year_in_three_is_a_third_and_the_setup_fee(self, session: Session) -> None:
        invoice = make_invoice(
            session,
            term="annual",
            payment_method="ted_card",
            installments=3,
            setup=True,
            quantities={"user": 3},
        )
        # Annual: 159.90 for the plan and 15.90 for a user; twelve months in three parts are four months.
        lines = amounts(session, invoice)
        assert [code for code, _cents in lines] == ["plan:gestao", "addon:user", "setup"]
        assert sum(cents for _code, cents in lines) == invoice.amount_cents
        contract = session.get_one(Contract, invoice.contract_id)
        version = contract.version.negotiated_cents
        assert invoice.amount_cents == version * 12 // 3 + (contract.version.setup_cents or 0)

    def test_to_be_paid_by_card_waits_as_a_draft_without_a_number(self, session: Session) -> None:
        invoice = make_invoice(session, payment_method="card")
        assert (invoice.state, invoice.number, invoice.amount_cents) == (InvoiceState.DRAFT, None, 199_90)
        assert list_postings(session, invoice) == []

    @pytest.mark.deep
    def test_to_be_paid_by_card_is_due_on_the_day_of_the_signature(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(
            session, house, state=ContractState.AWAITING_PAYMENT, payment_method="card", on=date(2026, 6, 10)
        )
        invoice = find_open_invoice_of_contract(session, contract.id)
        assert invoice is not None
        assert (invoice.label, invoice.due_on) == ("000001", date(2026, 6, 10))


class TestAPartnerThatBillsItsCustomer:
    def test_owes_the_cost_itself(self, session: Session) -> None:
        house = make_house(session)
        house.partner.arrangement = "hiperador"
        invoice = make_invoice(
            session, house=house, arrangement="hiperador", payment_method="card", setup=True
        )
        assert (invoice.billed_to, invoice.amount_cents) == (BilledTo.PARTNER, 85_00)
        assert (invoice.payer_name, invoice.state) == ("Sul Sistemas Ltda.", InvoiceState.OPEN)


class TestAPlanChargedByTheDay:
    def contract(self, session: Session, on: date, **changes: Any) -> tuple[House, Contract]:
        house = make_house(session)
        change_first_period(
            session,
            plan="gestao",
            wanted=FirstPeriodPolicy.PROPORTIONAL,
            seen=FirstPeriodPolicy.FULL_INSTALLMENT,
            actor=house.admin,
            now=NOON,
        )
        return house, make_contract_row(session, house, on=on, **changes)

    def test_charges_the_days_to_the_first_due_date_and_says_so(self, session: Session) -> None:
        _house, contract = self.contract(session, date(2026, 6, 20), setup=True)
        invoice = make_invoice(session, contract=contract)
        # From 20/06 to 15/07 is 25 days of 30: 199.90 × 25 ÷ 30 is 166.583…
        assert invoice.kind is InvoiceKind.FIRST_PERIOD
        assert amounts(session, invoice) == [("plan:gestao", 166_58), ("setup", 490_00)]
        assert (invoice.period_from, invoice.period_until) == (date(2026, 6, 20), date(2026, 7, 14))
        assert "25 dias de um mês de 30 dias" in invoice.explanation
        assert invoice.explanation.endswith("Inclui R$\xa0490,00 de implantação, que só esta fatura cobra.")

    @pytest.mark.parametrize(
        ("on", "until", "cents"),
        [
            (date(2027, 1, 31), date(2027, 2, 14), 96_73),  # 15 days of the 31 from 15/01
            (date(2028, 2, 29), date(2028, 3, 14), 103_40),  # 15 days of the 29 from 15/02 of a leap year
        ],
    )
    def test_counts_real_days(self, session: Session, on: date, until: date, cents: int) -> None:
        _house, contract = self.contract(session, on)
        invoice = make_invoice(session, contract=contract)
        assert (invoice.amount_cents, invoice.period_until) == (cents, until)

    @pytest.mark.deep
    def test_leaves_other_plans_alone(self, session: Session) -> None:
        _house, contract = self.contract(session, date(2026, 6, 20), plan="mini")
        assert make_invoice(session, contract=contract).kind is InvoiceKind.INSTALLMENT


class TestAnAmendment:
    def amendment(self, session: Session, cents: int) -> Contract:
        house = make_house(session)
        base = make_contract_row(session, house)
        contract = make_contract_row(session, house, quantities={"user": 3})
        contract.kind, contract.base_contract_id = ContractKind.AMENDMENT, base.id
        contract.amendment_charge_cents, contract.applies_on = cents, date(2026, 6, 10)
        contract.covers_until = date(2026, 7, 31)
        session.flush()
        return contract

    @pytest.mark.deep
    def test_is_billed_the_difference_alone(self, session: Session) -> None:
        contract = self.amendment(session, 33_90)
        invoice = make_invoice(session, contract=contract)
        assert invoice.kind is InvoiceKind.DIFFERENCE
        assert amounts(session, invoice) == [("difference", 33_90)]
        assert "10/06/2026 até 31/07/2026" in invoice.explanation

    def test_that_costs_nothing_has_no_invoice(self, session: Session) -> None:
        contract = self.amendment(session, 0)
        assert issue_first_invoice(session, contract=contract, now=NOON) is None
        assert session.scalars(select(Invoice)).all() == []
