"""What the bank of the tests does, told in every bank's layouts and received as from a real one."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile, BankNotice
from portal.banking.models.boleto import Boleto
from portal.banking.operations.bank_notices import process_notice
from portal.banking.queries.account import bank_settings
from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.boleto import BoletoState
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.payouts.queries.books import find_broken_cash
from portal.receipts.models.payment import CustomerCredit, Payment
from portal.receipts.models.returning import PaymentReturn
from portal.sandbox_bank.operations.acting import act_as_bank
from portal.sandbox_bank.rules.acts import BankAct, Manner, acts_on
from tests.factories.bank_accounts import EVERY_LAYOUT
from tests.factories.bank_files import effects
from tests.factories.bank_rows import add_account
from tests.factories.invoices import make_billed
from tests.factories.payments import A_DAY_LATER, ACCOUNT
from tests.support.remembered import remembered

LAYOUTS = pytest.mark.parametrize(("account", "size"), EVERY_LAYOUT)


@remembered
def billed(session: Session, account: BoletoAccount) -> tuple[Invoice, Boleto]:
    if account is not ACCOUNT:
        add_account(session, account)
    invoice = make_billed(session).invoice
    return invoice, session.scalars(select(Boleto).where(Boleto.invoice_id == invoice.id)).one()


class Desk:
    """Has the bank do one thing after the other to an invoice, and the portal hear of it."""

    def __init__(self, session: Session, invoice: Invoice, boleto: Boleto, size: int) -> None:
        self.session, self.invoice, self.boleto, self.size, self.count = session, invoice, boleto, size, 0

    def act(self, act: BankAct, manner: Manner = Manner.USUAL) -> list[str]:
        """What the lines of its file did."""
        self.count += 1
        act_as_bank(
            self.session,
            act=act,
            manner=manner,
            invoice=self.invoice,
            boleto=self.boleto,
            amount_cents=None,
            mark=f"{self.count:04x}" + "0" * 28,
            secret=bank_settings().webhook_secret,
            now=A_DAY_LATER,
            size=self.size,
        )
        self.session.flush()
        for notice_id in self.session.scalars(select(BankNotice.id).where(BankNotice.processed_at.is_(None))):
            process_notice(self.session, notice_id=notice_id, now=A_DAY_LATER)
        newest = select(BankFile).order_by(BankFile.id.desc()).limit(1)
        return effects(self.session, self.session.scalars(newest).one())


class TestTheBankOfTheTests:
    @pytest.mark.deep
    @LAYOUTS
    def test_registers_and_pays_and_keeps_its_fee(
        self, session: Session, account: BoletoAccount, size: int
    ) -> None:
        invoice, boleto = billed(session, account)
        desk = Desk(session, invoice, boleto, size)
        desk.act(BankAct.REGISTER, Manner.WITH_PIX)
        assert boleto.state is BoletoState.REGISTERED
        desk.act(BankAct.BOLETO)
        payment = session.scalars(select(Payment)).one()
        assert (payment.amount_cents, payment.fee_cents, payment.credited_cents) == (199_90, 3_33, 196_57)
        assert invoice.state is InvoiceState.PAID
        assert find_broken_cash(session) == []

    @pytest.mark.deep
    @LAYOUTS
    def test_pays_twice_in_one_file(self, session: Session, account: BoletoAccount, size: int) -> None:
        invoice, boleto = billed(session, account)
        desk = Desk(session, invoice, boleto, size)
        assert desk.act(BankAct.BOLETO, Manner.PAID_TWICE) == ["O pagamento é recebido"] * 2
        assert session.scalars(select(CustomerCredit.amount_cents)).one() == 199_90

    @pytest.mark.deep
    @LAYOUTS
    def test_pays_after_the_write_off(self, session: Session, account: BoletoAccount, size: int) -> None:
        invoice, boleto = billed(session, account)
        desk = Desk(session, invoice, boleto, size)
        desk.act(BankAct.WRITE_OFF)
        assert boleto.state is BoletoState.WRITTEN_OFF
        desk.act(BankAct.AFTER_WRITE_OFF)
        assert (boleto.state, invoice.state) == (BoletoState.PAID, InvoiceState.PAID)

    @LAYOUTS
    def test_rejects_with_its_reason(self, session: Session, account: BoletoAccount, size: int) -> None:
        invoice, boleto = billed(session, account)
        Desk(session, invoice, boleto, size).act(BankAct.REJECT)
        assert boleto.state is BoletoState.REJECTED
        assert "08" in boleto.rejection

    @LAYOUTS
    def test_undoes_a_payment_where_its_layout_can(
        self, session: Session, account: BoletoAccount, size: int
    ) -> None:
        invoice, boleto = billed(session, account)
        desk = Desk(session, invoice, boleto, size)
        desk.act(BankAct.BOLETO)
        told = desk.act(BankAct.UNDO)
        if (account.bank, size) == ("033", 400):
            assert told == ["Não conhecemos este código: nada muda. Pergunte ao banco"]
            return
        assert boleto.state is BoletoState.UNDONE
        assert (invoice.state, invoice.open_cents) == (InvoiceState.OPEN, 199_90)  # it is owed again
        assert session.scalars(select(PaymentReturn.amount_cents)).one() == 199_90
        assert desk.act(BankAct.UNDO) == ["Já se sabia: nada muda"]

    @LAYOUTS
    def test_writes_a_code_nobody_knows_which_changes_nothing(
        self, session: Session, account: BoletoAccount, size: int
    ) -> None:
        invoice, boleto = billed(session, account)
        told = Desk(session, invoice, boleto, size).act(BankAct.UNKNOWN_CODE)
        assert told == ["Não conhecemos este código: nada muda. Pergunte ao banco"]
        assert (boleto.state, invoice.state) == (BoletoState.ISSUED, InvoiceState.OPEN)
        assert session.scalars(select(Payment)).all() == []


@pytest.mark.parametrize(
    ("boleto", "is_open", "acts"),
    [
        (None, True, ["pix", "ted"]),
        (
            BoletoState.ISSUED,
            True,
            ["register", "reject", "boleto", "write_off", "unknown_code", "pix", "ted"],
        ),
        (BoletoState.PAID, False, ["boleto", "undo", "unknown_code"]),
    ],
)
def test_it_offers_what_a_bank_could_do(boleto: BoletoState | None, is_open: bool, acts: list[str]) -> None:
    assert {act.value for act in acts_on(boleto, is_open=is_open)} == set(acts)
