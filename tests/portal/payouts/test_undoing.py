"""A payment of repasse that was written down wrongly is undone with a reason, and its lot paid again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.invoices.models import Posting
from portal.invoices.rules.ledger import Account, PostingKind
from portal.payouts.models import Payout, PayoutTransfer, PayoutUndoing, RepasseAccrual
from portal.payouts.operations.paying import Remittance, record_transfer, undo_transfer
from portal.payouts.operations.reversing import restore_repasse
from portal.payouts.queries.invariants import find_broken
from portal.payouts.queries.statements import get_statement
from portal.payouts.rules import FollowsTheMoney, NothingToPay, NothingToUndo, PayoutState
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from portal.tasks.models import Task
from tests.factories.payouts import close_month, lots_of, make_finance
from tests.factories.users import make_user
from tests.portal.receipts.test_returning import AUGUST, ON_TIME, come, go_back, invoice_of
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.people import ClientOf
from tests.support.quote_builder import text_of

SEPTEMBER = at_sao_paulo(date(2026, 9, 2), 9)


def sent(reference: str = "R1") -> Remittance:
    return Remittance(paid_on=date(2026, 8, 3), bank="341", branch="0057", account="1-1", reference=reference)


def a_lot(session: Session) -> Payout:
    """July's: 202,86 of two paid invoices."""
    invoice = invoice_of(session)
    come(session, invoice, 199_90, ON_TIME)
    close_month(session, date(2026, 7, 1), actor=make_finance(session))
    (lot,) = lots_of(session, invoice.partner_id)
    assert lot.total_cents == 202_86
    return lot


def owed(session: Session) -> int:
    """What the ledger owes to partners."""
    rows = session.scalars(select(Posting)).all()
    given = sum(row.amount_cents for row in rows if row.credit_account is Account.REPASSE_PAYABLE)
    return given - sum(row.amount_cents for row in rows if row.debit_account is Account.REPASSE_PAYABLE)


def whole(session: Session) -> bool:
    session.flush()
    broken = find_broken(session, since=None, now=SEPTEMBER)
    return [row for row in broken if row.invariant.key not in {"E2", "L2"}] == []


class TestUndoingAPayment:
    @pytest.mark.deep
    def test_makes_the_lot_payable_again_and_says_so_in_the_ledger(self, session: Session) -> None:
        lot, finance = a_lot(session), make_finance(session)
        record_transfer(session, payout=lot, remittance=sent(), actor=finance, now=AUGUST)
        assert owed(session) == 0
        undo_transfer(session, payout=lot, reason="Conta errada", actor=finance, now=AUGUST)
        assert owed(session) == 202_86
        session.expire_all()
        assert get_statement(session, lot.id, actor=finance).state is PayoutState.TO_PAY
        assert whole(session)
        record_transfer(session, payout=lot, remittance=sent("R2"), actor=finance, now=AUGUST)
        assert owed(session) == 0
        session.expire_all()
        paid = get_statement(session, lot.id, actor=finance)
        assert (paid.state, paid.transfer.reference if paid.transfer else "") == (PayoutState.PAID_OUT, "R2")
        kinds = session.scalars(
            select(Posting.kind).where(Posting.kind.startswith("payout")).order_by(Posting.id)
        )
        assert kinds.all() == [PostingKind.PAYOUT, PostingKind.PAYOUT_UNDONE, PostingKind.PAYOUT]
        assert whole(session)

    @pytest.mark.deep
    def test_asks_finance_to_pay_again_and_that_ends_with_the_payment(self, session: Session) -> None:
        lot, finance = a_lot(session), make_finance(session)
        for number in range(3):
            record_transfer(session, payout=lot, remittance=sent(f"R{number}"), actor=finance, now=AUGUST)
            if number < 2:
                undo_transfer(session, payout=lot, reason="Engano", actor=finance, now=AUGUST)
        keys = [f"pay_repasse:{lot.id}", f"pay_repasse:{lot.id}:2", f"pay_repasse:{lot.id}:3"]
        tasks = session.scalars(
            select(Task).where(Task.key.startswith("pay_repasse")).order_by(Task.id)
        ).all()
        assert [(task.key, task.closed_at) for task in tasks] == [(key, AUGUST) for key in keys]
        assert whole(session)

    @pytest.mark.deep
    def test_is_done_once_and_of_nothing_refused(self, session: Session) -> None:
        lot, finance = a_lot(session), make_finance(session)
        with pytest.raises(NothingToUndo):
            undo_transfer(session, payout=lot, reason="x", actor=finance, now=AUGUST)
        record_transfer(session, payout=lot, remittance=sent(), actor=finance, now=AUGUST)
        undo_transfer(session, payout=lot, reason="x", actor=finance, now=AUGUST)
        with pytest.raises(NothingToUndo):
            undo_transfer(session, payout=lot, reason="x", actor=finance, now=AUGUST)

    @pytest.mark.deep
    def test_leaves_what_was_written_as_it_was(self, session: Session) -> None:
        lot, finance = a_lot(session), make_finance(session)
        record_transfer(session, payout=lot, remittance=sent(), actor=finance, now=AUGUST)
        undo_transfer(session, payout=lot, reason="x", actor=finance, now=AUGUST)
        for change in (
            update(PayoutUndoing).values(reason="y"),
            delete(PayoutUndoing),
            update(PayoutTransfer).values(reference="y"),
            delete(PayoutTransfer),
        ):
            with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
                session.execute(change)

    def test_the_database_lets_one_payment_stand(self, session: Session) -> None:
        lot, finance = a_lot(session), make_finance(session)
        row = record_transfer(session, payout=lot, remittance=sent(), actor=finance, now=AUGUST)
        values = {c.name: getattr(row, c.name) for c in PayoutTransfer.__table__.columns if c.name != "id"}
        with pytest.raises(IntegrityError, match="paid once"), session.begin_nested():
            session.execute(insert(PayoutTransfer).values(values | {"attempt": 2}))


class TestTwoPeople:
    def test_who_pay_again_at_once_pay_once(self, app: Flask, transaction: Transaction) -> None:
        with transaction() as session:
            lot, finance = a_lot(session), make_finance(session)
            record_transfer(session, payout=lot, remittance=sent(), actor=finance, now=AUGUST)
            undo_transfer(session, payout=lot, reason="x", actor=finance, now=AUGUST)
            lot_id = lot.id
        gate = threading.Barrier(2)

        def press(number: int) -> str:
            with app.app_context():
                lot = db.session.get_one(Payout, lot_id)
                gate.wait()
                try:
                    record_transfer(
                        db.session, payout=lot, remittance=sent(f"S{number}"), actor=finance, now=AUGUST
                    )
                    db.session.commit()
                except (NothingToPay, IntegrityError):
                    db.session.rollback()
                    return "refused"
                return "paid"

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(press, range(2))) == ["paid", "refused"]


class TestTheStatement:
    def test_shows_the_undone_payment_and_lets_it_be_paid_again(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            lot = a_lot(session)
            lot_id = lot.id
            record_transfer(session, payout=lot, remittance=sent(), actor=make_finance(session), now=AUGUST)
            user_id = make_user(session, role=Role.FINANCE, name="Carla Freitas").id
            partner_admin = make_user(session, role=Role.PARTNER_ADMIN, partner_id=lot.partner_id).id
        client: PortalClient = client_of(user_id)
        path = f"/repasses/extratos/{lot_id}"
        assert "Registrado errado?" in client.get(path).text
        assert client.submit(f"{path}/pagamento/desfazer", {"reason": ""}).status_code == 422
        client.get(path)
        assert client.submit(f"{path}/pagamento/desfazer", {"reason": "Conta errada"}).status_code == 303
        page = text_of(client.get(path).text)
        assert "Registrar o pagamento" in page
        assert "Desfeito por Carla Freitas" in page
        seen = text_of(client_of(partner_admin).get(path).text)
        assert "Conta errada" in seen
        assert "Desfazer o pagamento" not in seen


class TestARepasseThatWentBackWithMoney:
    def test_is_not_given_again_by_hand(self, session: Session) -> None:
        invoice = invoice_of(session)
        payment = come(session, invoice, 199_90, ON_TIME)
        back = go_back(session, payment, 199_90)
        assert back is not None
        with pytest.raises(FollowsTheMoney):
            restore_repasse(
                session,
                invoice_id=invoice.id,
                cause_key=f"return:{back.id}",
                reason="x",
                actor=make_finance(session),
                now=AUGUST,
            )

    @pytest.mark.deep
    def test_has_no_button_for_it(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            invoice = invoice_of(session)
            payment = come(session, invoice, 199_90, ON_TIME)
            go_back(session, payment, 199_90)
            accrual = session.scalars(select(RepasseAccrual).filter_by(invoice_id=invoice.id)).one().id
            user_id = make_user(session, role=Role.FINANCE).id
        page = client_of(user_id).get(f"/repasses/itens/{accrual}").text
        assert "Pagamento desfeito pelo banco" in page
        assert "Desfazer este estorno" not in page
