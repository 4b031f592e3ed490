"""Boletos on their way to the bank and back: numbers, remittances, returns."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile
from portal.banking.models.boleto import Boleto
from portal.banking.models.fault import BankFileFault
from portal.banking.operations.applying import apply_return
from portal.banking.operations.boleto import issue_boleto
from portal.banking.operations.remittances import make_remittance
from portal.banking.rules.bank_files import AlreadyApplied, BankFileState, NothingToSend
from portal.banking.rules.boleto import BoletoState, CannotIssueBoleto
from portal.banking.rules.return_lines import UnreadableFile
from portal.invoices.models import Invoice, Posting
from portal.invoices.operations.settling import void_invoice
from portal.invoices.rules.ledger import Account
from portal.invoices.rules.states import InvoiceState
from portal.payouts.queries.books import find_broken_cash
from portal.receipts.models.payment import CustomerCredit, ParkedPayment, Payment
from portal.receipts.rules.four_eyes import UploaderMayNotApply
from portal.receipts.rules.receiving import ParkReason
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from portal.settings.models import Setting
from portal.shared.audit import LogEntry
from portal.shared.auth import Actor, Role
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from tests.factories.bank_files import bring, effects, records
from tests.factories.following import what_follows
from tests.factories.invoices import make_billed, make_invoice
from tests.factories.payments import A_DAY_LATER, ACCOUNT, pay
from tests.factories.users import actor_of, make_user
from tests.support.application import Transaction

PAID_ON = date(2026, 6, 12)
NOON_OF_PAYMENT = at_sao_paulo(PAID_ON, 12)


def boleto_of(session: Session, invoice: Invoice) -> Boleto:
    return session.scalars(select(Boleto).where(Boleto.invoice_id == invoice.id)).one()


def finance(session: Session) -> Actor:
    return actor_of(make_user(session, role=Role.FINANCE))


def line(boleto: Boleto, code: str, **changes: Any) -> ReturnLine:
    """A line about a boleto as the bank writes it."""
    values: dict[str, Any] = {
        "code": code,
        "number": boleto.number,
        "on": PAID_ON,
        "due_on": boleto.due_on,
        "title_cents": boleto.amount_cents,
        "paid_cents": boleto.amount_cents if code == "06" else 0,
    }
    return ReturnLine(**(values | changes))


def came_back(session: Session, *lines: ReturnLine, number: int = 1) -> BankFile:
    """A return with these lines, read and applied."""
    content = return_file(ACCOUNT, lines, made_at=A_DAY_LATER, number=number)
    file = bring(session, content, name="CN12066A.RET", now=A_DAY_LATER)
    apply_return(session, file=file, actor=None, now=A_DAY_LATER)
    return file


class TestABoleto:
    def test_comes_with_an_invoice_paid_by_boleto(self, session: Session) -> None:
        boleto = boleto_of(session, make_invoice(session))
        assert (boleto.state, boleto.amount_cents, boleto.due_on) == (
            BoletoState.ISSUED,
            199_90,
            date(2026, 6, 15),
        )
        assert boleto.line.startswith("34191.09")

    @pytest.mark.deep
    def test_has_a_number_no_other_ever_had(self, app: Flask, transaction: Transaction) -> None:
        with transaction() as session:
            invoices = [make_billed(session, payment_method="ted").invoice.id for _each in range(4)]

        def issue(invoice_id: int) -> int:
            with app.app_context():
                boleto = issue_boleto(db.session, invoice_id=invoice_id, account=ACCOUNT, now=A_DAY_LATER)
                db.session.commit()
                return boleto.number

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(issue, invoices)) == [1, 2, 3, 4]

    def test_is_one_for_an_invoice(self, session: Session) -> None:
        invoice = make_invoice(session)
        again = issue_boleto(session, invoice_id=invoice.id, account=ACCOUNT, now=A_DAY_LATER)
        assert again.id == boleto_of(session, invoice).id

    def test_of_an_overdue_invoice_is_due_the_next_business_day(self, session: Session) -> None:
        invoice = make_invoice(session, payment_method="ted")  # due on Monday 15/06
        friday = A_DAY_LATER + timedelta(days=8)
        boleto = issue_boleto(session, invoice_id=invoice.id, account=ACCOUNT, now=friday)
        assert boleto.due_on == date(2026, 6, 22)

    def test_of_an_overdue_invoice_is_not_due_at_carnival(self, session: Session) -> None:
        invoice = make_invoice(session, payment_method="ted", now=at_sao_paulo(date(2027, 1, 20), 12))
        friday = at_sao_paulo(date(2027, 2, 5), 12)
        boleto = issue_boleto(session, invoice_id=invoice.id, account=ACCOUNT, now=friday)
        assert boleto.due_on == date(2027, 2, 10)

    def test_needs_the_whole_address(self, session: Session) -> None:
        billed = make_billed(session, payment_method="ted")
        billed.house.customer.street = ""
        with pytest.raises(CannotIssueBoleto, match="endereço"):
            issue_boleto(session, invoice_id=billed.invoice.id, account=ACCOUNT, now=A_DAY_LATER)

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE boletos SET bar_code = '1'",
            "DELETE FROM boletos",
            "UPDATE boleto_series SET last_number = 0",
        ],
    )
    def test_is_not_changed_nor_its_number_given_again(self, session: Session, change: str) -> None:
        make_invoice(session)
        with pytest.raises(IntegrityError):
            session.connection().exec_driver_sql(change)


class TestARemittance:
    def test_asks_the_bank_to_register_what_is_new_once(self, session: Session) -> None:
        invoice = make_invoice(session)
        file = make_remittance(session, account=ACCOUNT, actor=finance(session), now=A_DAY_LATER)
        found = records(session, file)
        assert [len(record) for record in found] == [400, 400, 400, 0]
        assert found[0].startswith("01REMESSA01COBRANCA")
        detail = found[1]
        assert (detail[62:70], detail[83:86], detail[108:110]) == ("00000001", "109", "01")
        assert (detail[120:126], detail[126:139]) == ("150626", "0000000019990")
        assert detail[218:234] == "02" + invoice.payer_document
        assert detail[234:264].strip() == "PADARIA PAO QUENTE LTDA"
        logged = session.scalars(select(LogEntry.summary).filter_by(action="bank_file")).all()
        assert logged == ["Remessa 1 gerada para Itaú 0057/12345-7, pedidos ao banco: 1"]
        with pytest.raises(NothingToSend):
            make_remittance(session, account=ACCOUNT, actor=finance(session), now=A_DAY_LATER)

    def test_takes_back_what_was_paid_otherwise(self, session: Session) -> None:
        invoice = make_invoice(session)
        make_remittance(session, account=ACCOUNT, actor=finance(session), now=A_DAY_LATER)
        pay(session, invoice_id=invoice.id)
        what_follows(session)
        file = make_remittance(session, account=ACCOUNT, actor=finance(session), now=A_DAY_LATER)
        assert records(session, file)[1][108:110] == "02"

    def test_does_not_mention_what_the_bank_never_knew(self, session: Session) -> None:
        invoice = make_invoice(session)
        void_invoice(session, invoice_id=invoice.id, reason="engano", actor=None, now=A_DAY_LATER)
        assert boleto_of(session, invoice).state is BoletoState.WRITTEN_OFF
        with pytest.raises(NothingToSend):
            make_remittance(session, account=ACCOUNT, actor=finance(session), now=A_DAY_LATER)


class TestAReturn:
    def test_changes_nothing_before_it_is_applied(self, session: Session) -> None:
        invoice = make_invoice(session)
        boleto = boleto_of(session, invoice)
        content = return_file(ACCOUNT, [line(boleto, "06")], made_at=A_DAY_LATER, number=1)
        file = bring(session, content, actor=finance(session), now=A_DAY_LATER)
        assert effects(session, file) == ["O pagamento é recebido"]
        assert (boleto.state, invoice.state) == (BoletoState.ISSUED, InvoiceState.OPEN)

    @pytest.mark.deep
    def test_registers_and_rejects(self, session: Session) -> None:
        good, bad = (boleto_of(session, make_billed(session).invoice) for _each in range(2))
        came_back(session, line(good, "02"), line(bad, "03", reasons="08"))
        assert (good.state, bad.state) == (BoletoState.REGISTERED, BoletoState.REJECTED)
        assert bad.rejection == "nome do pagador não informado (08)"
        assert bad.rejected_at == A_DAY_LATER

    def test_pays_the_invoice(self, session: Session) -> None:
        invoice = make_invoice(session)
        came_back(session, line(boleto_of(session, invoice), "06"))
        assert boleto_of(session, invoice).state is BoletoState.PAID
        assert invoice.state is InvoiceState.PAID
        payment = session.scalars(select(Payment)).one()
        assert (payment.source.value, payment.amount_cents) == ("boleto", 199_90)

    @pytest.mark.deep
    def test_applied_again_is_refused_and_in_another_file_changes_nothing(self, session: Session) -> None:
        boleto = boleto_of(session, make_invoice(session))
        file = came_back(session, line(boleto, "06"))
        with pytest.raises(AlreadyApplied):
            apply_return(session, file=file, actor=None, now=A_DAY_LATER)
        other = came_back(session, line(boleto, "06"), number=2)
        assert other.id != file.id
        assert effects(session, other) == ["Já se sabia: nada muda"]
        assert session.scalar(select(func.count(Payment.id))) == 1
        assert session.scalar(select(func.count(CustomerCredit.id))) == 0

    def test_applied_by_two_at_once_counts_once(self, app: Flask, transaction: Transaction) -> None:
        with transaction() as session:
            boleto = boleto_of(session, make_invoice(session))
            content = return_file(ACCOUNT, [line(boleto, "06")], made_at=A_DAY_LATER, number=1)
            file_id = bring(session, content, now=A_DAY_LATER).id

        def apply(_time: int) -> bool:
            with app.app_context():
                file = db.session.get_one(BankFile, file_id)
                try:
                    apply_return(db.session, file=file, actor=None, now=A_DAY_LATER)
                except AlreadyApplied:
                    db.session.rollback()
                    return False
                db.session.commit()
                return True

        with ThreadPoolExecutor(3) as pool:
            assert sorted(pool.map(apply, range(3))) == [False, False, True]
        with transaction() as session:
            assert session.scalar(select(func.count(Payment.id))) == 1

    @pytest.mark.deep
    def test_is_net_of_the_banks_fee_and_pays_what_the_customer_paid(self, session: Session) -> None:
        invoice = make_invoice(session)
        paid = line(boleto_of(session, invoice), "06", fee_cents=3_33)
        file = came_back(session, paid)
        record = records(session, file)[1]
        assert (record[152:165], record[175:188], record[253:266]) == (
            "0000000019990",
            "0000000000333",
            "0000000019657",
        )
        assert (invoice.state, invoice.contract.paid_at) == (InvoiceState.PAID, NOON_OF_PAYMENT)
        payment = session.scalars(select(Payment)).one()
        assert (payment.amount_cents, payment.fee_cents, payment.credited_cents) == (199_90, 3_33, 196_57)
        books = {
            (row.debit_account.value, row.credit_account.value): row.amount_cents
            for row in session.scalars(select(Posting).where(Posting.payment_key == payment.key))
            if Account.CASH_BOLETO in (row.debit_account, row.credit_account)
        }
        assert books == {("cash_boleto", "receivable"): 199_90, ("bank_fees", "cash_boleto"): 3_33}
        assert find_broken_cash(session) == []

    def test_of_an_unknown_boleto_keeps_the_fee_apart(self, session: Session) -> None:
        boleto = boleto_of(session, make_invoice(session))
        came_back(session, line(boleto, "06", number=777, fee_cents=3_33))
        assert session.scalars(select(Payment.amount_cents)).one() == 199_90
        assert find_broken_cash(session) == []

    def test_of_two_like_payments_receives_both(self, session: Session) -> None:
        boleto = boleto_of(session, make_invoice(session))
        content = return_file(ACCOUNT, [line(boleto, "06")] * 2, made_at=A_DAY_LATER, number=1)
        file = bring(session, content, actor=finance(session), now=A_DAY_LATER)
        foreseen = effects(session, file)
        apply_return(session, file=file, actor=None, now=A_DAY_LATER)
        assert effects(session, file) == foreseen == ["O pagamento é recebido"] * 2
        assert session.scalar(select(func.count(Payment.id))) == 2
        assert session.scalars(select(CustomerCredit.amount_cents)).one() == 199_90
        again = came_back(session, line(boleto, "06"), line(boleto, "06"), number=2)
        assert effects(session, again) == ["Já se sabia: nada muda"] * 2
        assert session.scalar(select(func.count(Payment.id))) == 2

    def test_with_large_payments_is_not_applied_by_who_brought_it(self, session: Session) -> None:
        boleto = boleto_of(session, make_invoice(session))
        session.add(
            Setting(name="ted_four_eyes_reais", value=199, changed_at=A_DAY_LATER, changed_by_name="x")
        )
        content = return_file(ACCOUNT, [line(boleto, "06")], made_at=A_DAY_LATER, number=1)
        first, second = finance(session), finance(session)
        values: dict[str, Any] = {"now": A_DAY_LATER}
        file = bring(session, content, actor=first, **values)
        with pytest.raises(UploaderMayNotApply):
            apply_return(session, file=file, actor=first, **values)
        apply_return(session, file=file, actor=second, **values)
        assert boleto.state is BoletoState.PAID

    @pytest.mark.deep
    def test_of_a_second_payment_makes_credit(self, session: Session) -> None:
        boleto = boleto_of(session, make_invoice(session))
        came_back(session, line(boleto, "06"), line(boleto, "06", branch="12340"))
        assert session.scalars(select(CustomerCredit.amount_cents)).one() == 199_90

    @pytest.mark.deep
    def test_of_a_boleto_paid_after_its_pix_makes_credit(self, session: Session) -> None:
        invoice = make_invoice(session)
        pay(session, invoice_id=invoice.id)
        came_back(session, line(boleto_of(session, invoice), "06"))
        assert session.scalars(select(CustomerCredit.amount_cents)).one() == 199_90

    def test_of_a_part_keeps_the_rest_open_and_of_an_unknown_boleto_parks_it(self, session: Session) -> None:
        boleto = boleto_of(session, make_invoice(session))
        came_back(session, line(boleto, "06", paid_cents=100_00), line(boleto, "06", number=777))
        assert session.scalars(select(ParkedPayment.reason)).one() is ParkReason.UNKNOWN_INVOICE
        invoice = session.scalars(select(Invoice)).one()
        assert (invoice.state, invoice.open_cents) == (InvoiceState.OPEN, 99_90)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda text: text.replace("02RETORNO", "01REMESSA"), "não é um arquivo de retorno"),
            (lambda text: text.replace("0057001234", "0057009999"), "outra conta"),
            (lambda text: text.replace("PORTAL SISTEMAS LTDA.         341", f"{'X' * 30}237"), "banco 237"),
            (lambda text: text.replace("00000001", "0000000A", 1), "letras"),
            (lambda text: text.replace("06120626", "06320626"), "data que não existe"),
            (lambda _text: "", "não é um arquivo de retorno"),
            (lambda _text: "\x00\xff" * 500, "não é de um arquivo CNAB"),
        ],
    )
    def test_that_is_none_of_ours_is_refused_whole(self, session: Session, change: Any, message: str) -> None:
        boleto = boleto_of(session, make_invoice(session))
        text = return_file(ACCOUNT, [line(boleto, "06")], made_at=A_DAY_LATER, number=1).decode()
        broken = change(text).encode("latin-1")
        assert broken != text.encode()
        with pytest.raises(UnreadableFile, match=message):
            bring(session, broken, now=A_DAY_LATER)
        assert session.scalar(select(func.count(BankFile.id))) == 0

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda text: text[:-10], "diz ser"),
            (lambda text: "\r\n".join(text.split("\r\n")[:2]) + "\r\n", "falta o resto"),
        ],
    )
    def test_of_ours_that_is_damaged_is_kept_and_does_nothing(
        self, session: Session, change: Any, said: str
    ) -> None:
        boleto = boleto_of(session, make_invoice(session))
        text = return_file(ACCOUNT, [line(boleto, "06")], made_at=A_DAY_LATER, number=1).decode()
        file = bring(session, change(text).encode("latin-1"), now=A_DAY_LATER)
        faults = session.scalars(select(BankFileFault.said).where(BankFileFault.file_id == file.id)).all()
        assert (file.state, effects(session, file)) == (BankFileState.DAMAGED, [])
        assert [fault for fault in faults if said in fault] != []
