"""Finance gives money back by the way it came; the books follow when it is certain."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.documents.models import StoredFile
from portal.documents.rules.files import FileKind
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.payouts.operations.accruing import accrue_paid_invoice
from portal.receipts.models.payment import Payment
from portal.receipts.models.refund import Refund
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.operations.refund_progress import finish_refund, refuse_refund
from portal.receipts.operations.refunding import ask_again, ask_refund, drop_refund, pay_refund
from portal.receipts.operations.returning import Asked, take_payment_back
from portal.receipts.rules.refunds import (
    AccountOfAnother,
    AskerMayNotPay,
    Destination,
    NotByHand,
    RefundOver,
    RefundState,
    Wanted,
)
from portal.receipts.rules.returning import MoreThanLeft, ReturnCause, StillParked
from portal.receipts.rules.ted import UnusableProof
from portal.shared import clock
from portal.shared.auth import Actor, Role
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from portal.shared.mail_rows import MailMessage
from portal.shared.queue import QueuedJob
from portal.tasks.models import Task
from tests.factories.payments import pay
from tests.factories.payouts import make_finance
from tests.factories.users import make_user
from tests.portal.receipts.test_returning import come, invoice_of, is_whole, repasse_taken
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.forms import form_values
from tests.support.people import ClientOf

ON_TIME = at_sao_paulo(date(2026, 7, 14), 12)
AUGUST = at_sao_paulo(date(2026, 8, 3), 12)
PROOF = b"%PDF-1.7 a transfer"
PAID: dict[str, Any] = {"paid_on": date(2026, 8, 3), "reference": "T99", "now": AUGUST}
KEY = "0123456789abcdef0123456789abcdef"


def to_account(invoice: Invoice, **changes: str) -> Destination:
    values = {
        "holder_name": invoice.payer_name,
        "holder_document": invoice.payer_document,
        "bank": "341 Itaú",
        "branch": "0057",
        "account": "12345-7",
    }
    return Destination(**(values | changes))


def ask(
    session: Session,
    payment: Payment,
    cents: int,
    *,
    actor: Actor | None = None,
    key: str = KEY,
    to: Destination | None = None,
) -> Refund:
    wanted = Wanted(key=key, amount_cents=cents, reason="Cobrado a mais", destination=to)
    who = actor or make_finance(session)
    return ask_refund(session, payment_id=payment.id, wanted=wanted, actor=who, now=AUGUST)


def by_boleto(session: Session, cents: int = 199_90) -> tuple[Invoice, Payment]:
    invoice = invoice_of(session)
    return invoice, come(session, invoice, cents, ON_TIME, source="boleto", external_id="B1")


class TestAskingForARefund:
    @pytest.mark.deep
    def test_changes_no_book_and_lets_nobody_ask_for_it_again(self, session: Session) -> None:
        invoice = invoice_of(session)
        payment = come(session, invoice, 199_90, ON_TIME)
        refund = ask(session, payment, 150_00)
        assert (refund.state, invoice.state) == (RefundState.ASKED, InvoiceState.PAID)
        assert repasse_taken(session) == []
        with pytest.raises(MoreThanLeft, match="devolver R\\$\xa049,90"):
            ask(session, payment, 50_00, key="f" * 32)
        ask(session, payment, 49_90, key="e" * 32)
        assert is_whole(session)

    def test_twice_by_one_form_is_one(self, session: Session) -> None:
        payment = come(session, invoice_of(session), 199_90, ON_TIME)
        assert ask(session, payment, 50_00).id == ask(session, payment, 50_00).id

    def test_is_refused_of_money_nobody_placed(self, session: Session) -> None:
        with pytest.raises(StillParked):
            ask(session, pay(session, invoice_id=None), 1_00)

    def test_goes_to_nobody_but_who_paid(self, session: Session) -> None:
        invoice, payment = by_boleto(session)
        with pytest.raises(AccountOfAnother):
            ask(session, payment, 50_00, to=to_account(invoice, holder_document="52998224725"))


class TestARefundThatIsCertain:
    @pytest.mark.deep
    def test_takes_the_money_back_with_its_repasse_and_tells_who_paid(self, session: Session) -> None:
        invoice = invoice_of(session)
        payment = come(session, invoice, 199_90, ON_TIME)
        refund = ask(session, payment, 199_90)
        for _time in range(2):
            finish_refund(session, refund_id=refund.id, reference="D1", now=AUGUST)
        back = session.scalars(select(PaymentReturn)).one()
        assert (refund.state, refund.return_id, back.amount_cents) == (RefundState.DONE, back.id, 199_90)
        assert (invoice.state, invoice.open_cents) == (InvoiceState.OPEN, 199_90)
        assert repasse_taken(session) == [(-199_90, -101_43, "refund")]
        told = session.scalars(select(MailMessage).filter_by(kind="payment_refunded")).all()
        assert [row.subject_id for row in told] == [refund.id]
        assert is_whole(session)

    def test_after_the_money_went_another_way_is_a_task_not_a_second_posting(self, session: Session) -> None:
        payment = come(session, invoice_of(session), 199_90, ON_TIME)
        first, second = ask(session, payment, 150_00), ask(session, payment, 49_90, key="f" * 32)
        finish_refund(session, refund_id=first.id, reference="D1", now=AUGUST)
        disputed = Asked(cause=ReturnCause.DISPUTE, key="dp_1", amount_cents=49_90, reason="Contestado")
        take_payment_back(session, payment_id=payment.id, asked=disputed, actor=None, now=AUGUST)
        finish_refund(session, refund_id=second.id, reference="D2", now=AUGUST)
        assert (second.state, second.return_id) == (RefundState.DONE, None)
        assert session.scalars(select(Task.title).where(Task.key == f"refund_twice:{second.id}")).all() == [
            "Dinheiro devolvido duas vezes: R$\xa049,90"
        ]
        assert sum(row[1] for row in repasse_taken(session)) == -101_43
        assert is_whole(session)

    def test_and_fails_after_all_is_money_that_came_again(self, session: Session) -> None:
        invoice = invoice_of(session)
        payment = come(session, invoice, 199_90, ON_TIME)
        refund = ask(session, payment, 199_90)
        finish_refund(session, refund_id=refund.id, reference="re_1", now=AUGUST)
        for _time in range(2):
            refuse_refund(session, refund_id=refund.id, refusal="O banco recusou.", now=AUGUST)
        assert (refund.state, invoice.state) == (RefundState.REFUSED, InvoiceState.PAID)
        again = session.get_one(Payment, refund.came_again_id)
        assert (again.amount_cents, again.paid_at, again.origin_id) == (199_90, ON_TIME, payment.external_id)
        accrue_paid_invoice(session, invoice.id, now=AUGUST)
        assert [row[1] for row in repasse_taken(session)] == [-101_43, 101_43]
        assert is_whole(session)

    @pytest.mark.deep
    def test_is_not_told_of_when_it_was_refused(self, session: Session) -> None:
        payment = come(session, invoice_of(session), 199_90, ON_TIME)
        refund = ask(session, payment, 199_90)
        refuse_refund(session, refund_id=refund.id, refusal="O banco recusou.", now=AUGUST)
        finish_refund(session, refund_id=refund.id, reference="D1", now=AUGUST)
        assert refund.state is RefundState.REFUSED
        assert session.scalars(select(PaymentReturn)).all() == []
        ask(session, payment, 199_90, key="f" * 32)  # it can be asked for anew


class TestARefundByHand:
    def test_is_a_task_that_closes_with_its_proof(self, session: Session) -> None:
        invoice, payment = by_boleto(session)
        refund = ask(session, payment, 50_00, to=to_account(invoice))
        task = session.scalars(select(Task).where(Task.key == f"refund:{refund.id}")).one()
        assert task.closed_at is None
        finance = make_finance(session)
        paid: dict[str, Any] = {
            "paid_on": date(2026, 8, 3),
            "reference": "T99",
            "actor": finance,
            "now": AUGUST,
        }
        with pytest.raises(UnusableProof):
            pay_refund(session, refund=refund, proof=b"nothing", **paid)
        pay_refund(session, refund=refund, proof=PROOF, **paid)
        session.refresh(task)
        assert (refund.state, task.result_note) == (RefundState.DONE, "Transferida, identificação T99.")
        # 50,00 ÷ 199,90 of 101,43 are 25,3702 of repasse.
        assert repasse_taken(session) == [(-50_00, -25_37, "refund")]
        with pytest.raises(RefundOver):
            pay_refund(session, refund=refund, proof=PROOF, **paid)
        assert is_whole(session)

    def test_of_a_large_amount_is_closed_by_another_person(self, session: Session) -> None:
        invoice, payment = by_boleto(session, 10_199_90)
        asker, other = make_finance(session), make_finance(session)
        refund = ask(session, payment, 10_000_00, actor=asker, to=to_account(invoice))
        paid: dict[str, Any] = {
            "paid_on": date(2026, 8, 3),
            "reference": "T99",
            "proof": PROOF,
            "now": AUGUST,
        }
        with pytest.raises(AskerMayNotPay):
            pay_refund(session, refund=refund, actor=asker, **paid)
        pay_refund(session, refund=refund, actor=other, **paid)
        assert invoice.state is InvoiceState.PAID  # it came out of the credit of what was too much
        assert is_whole(session)

    def test_is_not_what_the_bank_gives_back(self, session: Session) -> None:
        refund = ask(session, come(session, invoice_of(session), 199_90, ON_TIME), 50_00)
        with pytest.raises(NotByHand):
            pay_refund(
                session,
                refund=refund,
                paid_on=date(2026, 8, 3),
                reference="T",
                proof=PROOF,
                actor=make_finance(session),
                now=AUGUST,
            )

    @pytest.mark.deep
    def test_dropped_leaves_the_money_and_closes_its_task(self, session: Session) -> None:
        invoice, payment = by_boleto(session)
        refund = ask(session, payment, 50_00, to=to_account(invoice))
        drop_refund(session, refund=refund, reason="Engano", actor=make_finance(session), now=AUGUST)
        task = session.scalars(select(Task).where(Task.key == f"refund:{refund.id}")).one()
        assert (refund.state, task.result_note) == (RefundState.REFUSED, "Engano")
        assert is_whole(session)


class TestTheDatabase:
    @pytest.mark.deep
    def test_gives_no_more_back_than_came_in(self, session: Session) -> None:
        payment = come(session, invoice_of(session), 199_90, ON_TIME)
        refund = ask(session, payment, 150_00)
        again = {c.name: getattr(refund, c.name) for c in Refund.__table__.columns if c.name != "id"}
        with pytest.raises(IntegrityError, match="more is given back"), session.begin_nested():
            session.execute(insert(Refund).values(again | {"key": "other", "amount_cents": 49_91}))

    @pytest.mark.parametrize("change", [{"amount_cents": 1}, {"key": "x"}, {"reason": "x"}])
    def test_keeps_what_was_asked(self, session: Session, change: dict[str, object]) -> None:
        ask(session, come(session, invoice_of(session), 199_90, ON_TIME), 150_00)
        with pytest.raises(IntegrityError, match="stays as it was"), session.begin_nested():
            session.execute(update(Refund).values(**change))
        with pytest.raises(IntegrityError, match="stays as it was"), session.begin_nested():
            session.execute(delete(Refund))

    @pytest.mark.deep
    def test_lets_a_refused_one_not_go_on(self, session: Session) -> None:
        refund = ask(session, come(session, invoice_of(session), 199_90, ON_TIME), 150_00)
        refuse_refund(session, refund_id=refund.id, refusal="Não", now=AUGUST)
        session.flush()
        with pytest.raises(IntegrityError, match="stays as it was"), session.begin_nested():
            session.execute(update(Refund).values(state="asked", settled_at=None, refusal=""))


@pytest.fixture
def paid(transaction: Transaction) -> tuple[int, int]:
    """A boleto of R$ 199,90 that paid its invoice: its id and the invoice's."""
    with transaction() as session:
        invoice, payment = by_boleto(session)
        return payment.id, invoice.id


@pytest.fixture
def finance(transaction: Transaction, client_of: ClientOf) -> PortalClient:
    with transaction() as session:
        user_id = make_user(session, role=Role.FINANCE, name="Carla Freitas").id
    return client_of(user_id)


class TestTwoPeopleAtOnce:
    def test_ask_for_no_more_than_came_in(
        self, app: Flask, transaction: Transaction, paid: tuple[int, int]
    ) -> None:
        payment_id, invoice_id = paid
        with transaction() as session:
            actors = [make_finance(session) for _ in range(2)]
        gate = threading.Barrier(2)

        def press(number: int) -> str:
            with app.app_context():
                invoice = db.session.get_one(Invoice, invoice_id)
                to = to_account(invoice)
                db.session.rollback()
                wanted = Wanted(key=f"{number:032x}", amount_cents=150_00, reason="Engano", destination=to)
                gate.wait()
                try:
                    ask_refund(
                        db.session, payment_id=payment_id, wanted=wanted, actor=actors[number], now=AUGUST
                    )
                except MoreThanLeft:
                    return "refused"
                db.session.commit()
                return "asked"

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(press, range(2))) == ["asked", "refused"]


class TestThePages:
    def test_lead_from_the_payment_to_the_proof(
        self, transaction: Transaction, finance: PortalClient, paid: tuple[int, int]
    ) -> None:
        payment_id, invoice_id = paid
        assert f"/pagamentos/{payment_id}/devolver" in finance.get(f"/pagamentos/{payment_id}").text
        page = finance.get(f"/pagamentos/{payment_id}/devolver")
        assert "A fatura volta a ficar em aberto" in page.text
        form = form_values(page.text)
        short = finance.submit(
            f"/pagamentos/{payment_id}/devolver", form | {"amount": "200,00", "reason": "x"}
        )
        assert short.status_code == 422
        filled = form | {"amount": "50,00", "reason": "Cobrado a mais", "bank": "341 Itaú"}
        filled |= {"branch": "0057", "account": "12345-7"}
        answer = finance.submit(f"/pagamentos/{payment_id}/devolver", filled)
        assert answer.status_code == 303
        refund_page = location(answer)
        assert "Registrar a transferência" in finance.get(refund_page).text
        assert "R$\xa050,00" in finance.get("/pagamentos/devolucoes?estado=a_pagar").text
        assert "Devolução em andamento" in finance.get(f"/faturas/{invoice_id}").text
        assert "1 transferência a fazer" in finance.get("/financeiro").text
        finance.get(refund_page)
        data = {
            "paid_on": clock.today().isoformat(),
            "reference": "T99",
            "proof": (io.BytesIO(PROOF), "c.pdf"),
        }
        done = finance.submit(f"{refund_page}/paga", data)
        assert done.status_code == 303
        assert "Devolvido." in finance.get(refund_page).text
        assert "Devolução ao cliente" in finance.get(f"/faturas/{invoice_id}").text
        with transaction() as session:
            refund = session.scalars(select(Refund)).one()
            proof = session.get_one(StoredFile, refund.proof_id)
            assert (refund.state, proof.content, proof.kind) == (
                RefundState.DONE,
                PROOF,
                FileKind.REFUND_PROOF,
            )

    def test_show_what_is_wrong_at_the_field_and_keep_what_was_typed(
        self, finance: PortalClient, paid: tuple[int, int]
    ) -> None:
        path = f"/pagamentos/{paid[0]}/devolver"
        form = form_values(finance.get(path).text)
        form |= {
            "amount": "500,00",
            "reason": "Motivo digitado",
            "bank": "341",
            "branch": "1",
            "account": "2",
        }
        answer = finance.submit(path, form)
        assert answer.status_code == 422
        assert "Deste pagamento ainda dá para devolver R$\xa0199,90." in answer.text
        assert "Motivo digitado" in answer.text


class TestARefundThatTheBankRefused:
    def test_can_be_transferred_by_a_person_instead(
        self, transaction: Transaction, finance: PortalClient
    ) -> None:
        with transaction() as session:
            payment = come(session, invoice_of(session), 199_90, ON_TIME)
            refund = ask(session, payment, 50_00)
            payment_id, refund_id = payment.id, refund.id
        path = f"/pagamentos/{payment_id}/devolver"
        assert "Titular da conta" not in finance.get(f"{path}?forma=transferencia").text
        with transaction() as session:
            refuse_refund(session, refund_id=refund_id, refusal="Passou de 90 dias.", now=AUGUST)
        assert "Devolver por transferência" in finance.get(f"/pagamentos/devolucoes/{refund_id}").text
        form = form_values(finance.get(f"{path}?forma=transferencia").text)
        form |= {"amount": "50,00", "reason": "x", "bank": "341", "branch": "1", "account": "2"}
        answer = finance.submit(f"{path}?forma=transferencia", form)
        assert answer.status_code == 303
        with transaction() as session:
            again = session.scalars(select(Refund).order_by(Refund.id.desc())).first()
            assert again is not None
            assert (again.by_hand, again.state) == (True, RefundState.ASKED)


def test_a_stale_refund_is_asked_about_again(session: Session) -> None:
    refund = ask(session, come(session, invoice_of(session), 199_90, ON_TIME), 150_00)
    refund.state, refund.sent_at, refund.checked_at = RefundState.SENT, AUGUST, AUGUST
    session.flush()
    assert ask_again(session, now=AUGUST + timedelta(minutes=29)) == 0
    assert ask_again(session, now=AUGUST + timedelta(minutes=31)) == 1
    job = session.scalars(select(QueuedJob).filter_by(kind="return_pix")).one()
    assert (job.subject_id, job.run_count) == (refund.id, 2)
