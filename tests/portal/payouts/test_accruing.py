"""The partner's share of what customers paid."""

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.operations.changing import start_change
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.invoices.models import Posting
from portal.invoices.queries.reading import find_open_invoice_of_contract
from portal.invoices.rules.ledger import PostingKind
from portal.invoices.rules.states import InvoiceKind
from portal.payouts.models import RepasseAccrual
from portal.payouts.queries.books import find_broken_accruals
from portal.quotes.operations.answering import accept_quote
from portal.quotes.operations.sending import send_proposal
from portal.shared.audit import LogEntry
from portal.shared.clock import at_sao_paulo
from portal.subscriptions.queries.coverage import list_coverages
from tests.factories.contracts import generated, make_contract, pay, sign
from tests.factories.quotes import NOON, House, make_house, save


def settle(session: Session, contract: Contract, *, now: datetime = NOON, key: str = "pix:1") -> None:
    pay(session, contract.id, now=now, key=key)


def waiting(session: Session, house: House, **selection: object) -> Contract:
    return make_contract(session, house, state=ContractState.AWAITING_PAYMENT, **selection)  # type: ignore[arg-type]


def waterfalls(session: Session) -> list[tuple[str, int, int, int, int, int]]:
    return [
        (
            row.line_code,
            row.paid_cents,
            row.cost_cents,
            row.central_fee_cents,
            row.vendor_share_cents,
            row.repasse_cents,
        )
        for row in session.scalars(select(RepasseAccrual).order_by(RepasseAccrual.id))
    ]


def owed(session: Session) -> int:
    rows = session.scalars(select(Posting).where(Posting.kind == PostingKind.REPASSE))
    return sum(
        row.amount_cents if row.credit_account == "repasse_payable" else -row.amount_cents for row in rows
    )


class TestAPaidInvoice:
    @pytest.mark.deep
    def test_owes_the_partner_its_share_of_each_line(self, session: Session) -> None:
        house = make_house(session)
        settle(session, waiting(session, house, quantities={"user": 3}, setup=True))
        # 6.74 % of 219.80 is 14.81452, 14.81: 13.47 of 199.90 (13.469…) and 1.34 of 19.90 (1.340…).
        assert waterfalls(session) == [
            ("plan:gestao", 199_90, 85_00, 13_47, 0, 101_43),
            ("addon:user", 19_90, 7_00, 1_34, 0, 11_56),
            ("setup", 490_00, 0, 33_03, 0, 456_97),
        ]
        assert owed(session) == 101_43 + 11_56 + 456_97
        logged = session.scalars(select(LogEntry.summary).filter_by(action="repasse_accrued")).all()
        assert logged == ["Repasse de R$\u00a0569,96 pela fatura 000001"]
        assert find_broken_accruals(session) == []

    @pytest.mark.deep
    def test_of_leads_leaves_what_the_vendors_share_leaves(self, session: Session) -> None:
        house = make_house(session)
        house.partner.arrangement = "central_leads"
        settle(session, waiting(session, house, arrangement="central_leads"))
        assert waterfalls(session) == [("plan:gestao", 199_90, 0, 0, 109_95, 89_95)]

    @pytest.mark.deep
    def test_owes_a_partner_that_bills_its_customer_nothing(self, session: Session) -> None:
        house = make_house(session)
        house.partner.arrangement = "hiperador"
        contract = waiting(session, house, arrangement="hiperador")
        settle(session, contract)
        assert load_contract(session, contract.id).state is ContractState.ACTIVE
        assert (waterfalls(session), owed(session)) == ([], 0)
        assert find_broken_accruals(session) == []

    @pytest.mark.deep
    def test_before_the_signature_owes_nothing_until_it_is_there(self, session: Session) -> None:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.AWAITING_SIGNATURE)
        settle(session, contract)
        assert waterfalls(session) == []
        sign(session, contract.id, now=at_sao_paulo(date(2026, 7, 1), 0, 10))
        (row,) = session.scalars(select(RepasseAccrual))
        assert (row.repasse_cents, row.month, row.payment_key) == (101_43, date(2026, 7, 1), "pix:1")

    @pytest.mark.deep
    def test_counts_in_the_month_of_sao_paulo(self, session: Session) -> None:
        house = make_house(session)
        settle(session, waiting(session, house), now=at_sao_paulo(date(2026, 6, 30), 23, 59))
        (row,) = session.scalars(select(RepasseAccrual))
        assert row.month == date(2026, 6, 1)


class TestAnUpgrade:
    def amended(self, session: Session) -> Contract:
        """The amendment of an active contract for one more user, signed and waiting for its difference."""
        house = make_house(session)
        base = waiting(session, house, on=date(2026, 6, 10))
        settle(session, base)
        quote = start_change(
            session, contract=base, kind=ContractKind.AMENDMENT, actor=house.seller, now=NOON
        )
        save(session, house, quote, quantities={"user": 3})
        token = send_proposal(session, proposal=quote.proposal, actor=house.seller, now=NOON)
        version = accept_quote(session, token=token, quote_id=quote.id, now=NOON)
        contract = session.scalars(select(Contract).where(Contract.version_id == version.id)).one()
        generated(session, contract.id, house)
        return sign(session, contract.id)

    @pytest.mark.deep
    def test_is_billed_and_shared_for_the_covered_time_left(self, session: Session) -> None:
        contract = self.amended(session)
        invoice = find_open_invoice_of_contract(session, contract.id)
        assert invoice is not None
        # 19.90 for 21 of June's 30 days and all of July: 19.90 × 1.7.
        assert (invoice.kind, invoice.amount_cents) == (InvoiceKind.DIFFERENCE, 33_83)
        settle(session, contract, key="pix:2")
        # Of the monthly 19.90, 7.00 is cost and 1.34 fee: × 1.7 = 11.90 and 2.28.
        assert waterfalls(session)[1:] == [("difference", 33_83, 11_90, 2_28, 0, 19_65)]
        assert find_broken_accruals(session) == []

    @pytest.mark.deep
    def test_is_covered_to_where_the_time_was_paid(self, session: Session) -> None:
        contract = self.amended(session)
        settle(session, contract, key="pix:2")
        (row,) = list_coverages(session, contract.id)
        assert (row.covers_from, row.covers_until) == (date(2026, 6, 10), date(2026, 7, 31))
