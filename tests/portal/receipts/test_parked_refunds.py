"""Money nobody has placed yet that the processor or the bank refunded by itself: the books follow (M5)."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.receipts.models.payment import Payment
from portal.receipts.models.refund import Refund
from portal.receipts.operations.refund_progress import note_at_source
from portal.receipts.queries.returns import returned_cents
from portal.receipts.rules.receiving import PaymentOutcome
from portal.receipts.rules.refunds import AtSource, RefundState
from portal.shared.auth import Role
from portal.tasks.models import Task
from tests.factories.payments import A_DAY_LATER as NOW
from tests.factories.payments import available_cents
from tests.factories.users import make_user
from tests.portal.receipts.test_parked_disputes import (
    AMOUNT,
    assign,
    credit,
    park,
    parked_of,
    require_books,
    send_back,
)
from tests.portal.receipts.test_returning import invoice_of
from tests.support.application import Transaction
from tests.support.people import ClientOf


def at_source(
    state: RefundState = RefundState.DONE, cents: int = AMOUNT, reference: str = "re_1"
) -> AtSource:
    refusal = "A conta foi encerrada." if state is RefundState.REFUSED else ""
    return AtSource(
        reference=reference, amount_cents=cents, state=state, reason="Feita na operadora", refusal=refusal
    )


def say(session: Session, payment: Payment, *said: AtSource) -> None:
    for each in said:
        note_at_source(session, payment=payment, said=each, now=NOW)
    session.flush()
    session.expire_all()


def cards(session: Session) -> list[tuple[Any, ...]]:
    """What became of each payment, how much it was, and how much of it went back; the books agree."""
    require_books(session)
    rows = session.scalars(select(Payment).where(Payment.source == "card").order_by(Payment.id))
    return [(row.outcome.value, row.amount_cents, returned_cents(session, row.id)) for row in rows]


class TestARefundOfParkedMoney:
    def test_takes_all_of_it_once_and_leaves_nothing_to_decide(self, session: Session) -> None:
        payment = park(session)
        say(session, payment, at_source(), at_source())
        assert cards(session) == [("returned", AMOUNT, AMOUNT)]
        parked = parked_of(session, payment)
        assert (parked.resolution, parked.resolved_by_id) == (PaymentOutcome.RETURNED, None)
        assert parked.resolution_note == "Feita na operadora"
        assert session.scalars(select(Task)).all() == []

    @pytest.mark.deep
    def test_takes_nothing_before_it_is_certain(self, session: Session) -> None:
        payment = park(session)
        say(session, payment, at_source(RefundState.SENT))
        assert cards(session) == [("parked", AMOUNT, 0)]
        say(session, payment, at_source())
        assert cards(session) == [("returned", AMOUNT, AMOUNT)]

    @pytest.mark.deep
    def test_of_a_part_leaves_the_rest_for_an_invoice(self, session: Session) -> None:
        payment = park(session)
        say(session, payment, at_source(cents=100_00))
        assert cards(session) == [("parked", AMOUNT, 100_00)]
        invoice = invoice_of(session)
        assign(session, payment, invoice)
        say(session, payment, at_source(cents=100_00))
        assert cards(session) == [("settled", AMOUNT, 100_00)]
        assert invoice.paid_cents == 99_90
        assert session.scalars(select(Refund)).all() == []

    def test_that_fails_brings_the_money_back_to_finance_once(self, session: Session) -> None:
        payment = park(session)
        failed = at_source(RefundState.REFUSED)
        say(session, payment, failed)
        assert cards(session) == [("parked", AMOUNT, 0)]
        say(session, payment, at_source(), failed, failed)
        assert cards(session) == [("returned", AMOUNT, AMOUNT), ("parked", AMOUNT, 0)]

    @pytest.mark.deep
    def test_that_fails_after_the_rest_was_placed_pays_more_of_that_invoice(self, session: Session) -> None:
        payment = park(session)
        say(session, payment, at_source(cents=100_00))
        invoice = invoice_of(session)
        assign(session, payment, invoice)
        failed = at_source(RefundState.REFUSED, cents=100_00)
        say(session, payment, failed, failed)
        assert [row[:2] for row in cards(session)] == [("settled", AMOUNT), ("settled", 100_00)]
        assert invoice.paid_cents == 199_90

    @pytest.mark.deep
    def test_is_the_one_finance_made_there_itself(self, session: Session) -> None:
        payment = park(session)
        send_back(session, payment)
        say(session, payment, at_source())
        assert cards(session) == [("returned", AMOUNT, 0)]

    @pytest.mark.deep
    def test_takes_the_credit_that_finance_made_of_it(self, session: Session) -> None:
        payment, invoice = park(session), invoice_of(session)
        credit(session, payment, invoice)
        say(session, payment, at_source(cents=100_00), at_source(cents=100_00))
        assert cards(session) == [("credited", AMOUNT, 100_00)]
        assert available_cents(session, invoice) == 99_90

    def test_is_shown_where_finance_decides(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            payment = park(session)
            say(session, payment, at_source(cents=100_00))
            finance, parked = make_user(session, role=Role.FINANCE).id, parked_of(session, payment).id
        page = client_of(finance).get(f"/pagamentos/a-conferir/{parked}").text
        assert "já voltaram R$\xa0100,00, restam R$\xa099,90" in page
        with transaction() as session:
            say(session, session.scalars(select(Payment)).one(), at_source(cents=99_90, reference="re_2"))
        page = client_of(finance).get(f"/pagamentos/a-conferir/{parked}").text
        assert "Feita na operadora" in page
        assert 'name="decisao"' not in page
