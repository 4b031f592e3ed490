"""What a boleto asks for when it is paid late: the bank is told, and what it collects is charges. By hand.

R$ 199,90 due on Wednesday 15/07/2026: ten days later 4,00 and 0,67 more. A bank that reckons 0,06 a day asks
for 4,60, and for 5,80 after thirty days instead of 6,00.
"""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.operations.applying import apply_return
from portal.banking.operations.boleto import issue_boleto, withdraw_boletos
from portal.banking.operations.remittances import make_remittance
from portal.banking.queries.account import as_boleto_account
from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.boleto import BoletoState, charging_of_bank
from portal.checkout.pages.slip import slip_of
from portal.invoices.models import Invoice, LateCharge
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.queries.reading import load_invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import CustomerCredit
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from portal.shared.brazil import format_money
from portal.shared.clock import at_sao_paulo
from portal.shared.environment import environment
from tests.factories.bank_accounts import BRADESCO, BRASIL, SANTANDER
from tests.factories.bank_files import bring, records
from tests.factories.bank_rows import add_account
from tests.factories.invoices import make_invoice
from tests.factories.payments import ACCOUNT
from tests.factories.quotes import make_house
from tests.portal.receipts.test_charges_first import signed_with
from tests.portal.receipts.test_late_payments import books_are_right

JULY = at_sao_paulo(date(2026, 7, 5), 9)
ORDERS = pytest.mark.parametrize("first", [0, 1], ids=["charges last", "charges first"])


def month(session: Session, *, first: int = 0) -> Invoice:
    contract = signed_with(session, make_house(session), first=first)
    return issue_installment(session, contract=contract, number=2, now=JULY)


def at(record: str, begins: int, ends: int) -> str:
    return record[begins - 1 : ends]


def asked_of(session: Session, account: BoletoAccount) -> list[str]:
    """The records of the remittance that asks for the month's boleto."""
    if account != ACCOUNT:
        account = as_boleto_account(add_account(session, account))
    issue_boleto(session, invoice_id=month(session).id, account=account, now=JULY)
    return records(session, make_remittance(session, account=account, actor=None, now=JULY))


class TestARemittance:
    @pytest.mark.deep
    def test_of_itau_has_interest_a_day_and_a_record_of_the_fee(self, session: Session) -> None:
        title, fee, trailer = asked_of(session, ACCOUNT)[1:4]
        assert at(title, 161, 173) == "0000000000006"
        assert at(fee, 1, 23) == "2" + "2" + "16072026" + "0000000000200"
        assert [at(record, 395, 400) for record in (title, fee, trailer)] == ["000002", "000003", "000004"]
        assert len(fee) == 400

    @pytest.mark.deep
    def test_of_bradesco_has_both_in_the_title(self, session: Session) -> None:
        title = asked_of(session, BRADESCO)[1]
        assert (at(title, 66, 70), at(title, 161, 173)) == ("20200", "0000000000006")

    @pytest.mark.parametrize("account", [BRASIL, SANTANDER], ids=lambda one: one.bank)
    def test_of_cnab_240_has_a_rate_a_month_from_the_day_after(
        self, session: Session, account: BoletoAccount
    ) -> None:
        found = {at(record, 14, 14): record for record in asked_of(session, account) if record[7:8] == "3"}
        assert at(found["P"], 118, 141) == "2" + "16072026" + "000000000000100"
        assert at(found["R"], 66, 89) == "2" + "16072026" + "000000000000200"

    def test_of_a_contracts_first_invoice_asks_for_none(self, session: Session) -> None:
        make_invoice(session)
        assert not session.scalars(select(Boleto)).one().brings_charges


class TestWhatItAsksFor:
    def test_is_less_where_charges_of_earlier_ones_are_in_it(self) -> None:
        # 2 % and 1 % of 195,23 are 1,95… % and 0,97… % of 199,90.
        asked = charging_of_bank(
            amount_cents=199_90, price_cents=195_23, late_fee_basis_points=200, late_interest_basis_points=100
        )
        assert asked == (199_90, 0, 195, 97)

    def test_of_one_issued_late_is_what_the_invoice_costs_on_its_day(self, session: Session) -> None:
        invoice = month(session)
        withdraw_boletos(session, invoice_id=invoice.id, now=JULY)  # that of its own day
        late = at_sao_paulo(date(2026, 7, 23), 9)  # due on Friday the 24th: 9 days are 0,60
        boleto = issue_boleto(session, invoice_id=invoice.id, account=ACCOUNT, now=late)
        assert (boleto.due_on, boleto.amount_cents, boleto.charges_cents) == (date(2026, 7, 24), 204_50, 4_60)
        assert (boleto.late_fee_basis_points, boleto.late_interest_basis_points) == (0, 0)
        slip = slip_of(session, boleto, load_invoice(session, invoice.id), environment())
        assert slip.instructions == "O valor já tem a multa e os juros. Não cobrar outros encargos."
        assert slip.lines[-1] == ("Multa e juros até 24/07/2026", format_money(4_60))

    def test_stands_on_the_slip(self, session: Session) -> None:
        invoice = month(session)
        boleto = issue_boleto(session, invoice_id=invoice.id, account=ACCOUNT, now=JULY)
        said = slip_of(session, boleto, load_invoice(session, invoice.id), environment()).instructions
        assert said == "Pago depois de 15/07/2026, cobrar multa de 2% e juros de 1% ao mês, por dia."


class TestOnePaidLate:
    def paid(self, session: Session, *, first: int, on: date, charges: int, in_sets: bool) -> Invoice:
        invoice = month(session, first=first)
        boleto = issue_boleto(session, invoice_id=invoice.id, account=ACCOUNT, now=JULY)
        boleto.state = BoletoState.REGISTERED
        session.flush()
        line = ReturnLine(
            code="06",
            number=boleto.number,
            on=on,
            due_on=boleto.due_on,
            title_cents=199_90,
            paid_cents=199_90 + charges,
            charges_cents=charges,
        )
        now = at_sao_paulo(on, 20)
        file = bring(session, return_file(ACCOUNT, [line], made_at=now, number=1), now=now)
        apply_return(session, file=file, actor=None, now=now, in_sets=in_sets)
        session.expire_all()
        assert books_are_right(session)
        return session.get_one(Invoice, invoice.id)

    @pytest.mark.deep
    @ORDERS
    @pytest.mark.parametrize("in_sets", [True, False])
    @pytest.mark.parametrize(
        ("on", "charges", "owed"),
        [(date(2026, 7, 25), 4_60, 4_67), (date(2026, 8, 14), 5_80, 6_00), (date(2026, 7, 25), 4_67, 4_67)],
    )
    def test_with_what_its_bank_asks_for_owes_nothing_in_either_order(
        self, session: Session, *, first: int, in_sets: bool, on: date, charges: int, owed: int
    ) -> None:
        invoice = self.paid(session, first=first, on=on, charges=charges, in_sets=in_sets)
        assert invoice.state is InvoiceState.PAID
        charge = session.scalars(select(LateCharge)).one()
        assert (charge.total_cents, charge.paid_cents, charge.open_cents) == (owed, charges, 0)
        assert session.scalars(select(CustomerCredit)).all() == []

    @pytest.mark.parametrize(
        ("first", "left"), [(0, (0, 4_37)), (1, (4_37, 0))], ids=["charges last", "charges first"]
    )
    def test_with_much_less_leaves_open_what_was_agreed(
        self, session: Session, *, first: int, left: tuple[int, int]
    ) -> None:
        invoice = self.paid(session, first=first, on=date(2026, 7, 25), charges=30, in_sets=True)
        charge = session.scalars(select(LateCharge)).one()
        assert (invoice.open_cents, charge.open_cents) == left
