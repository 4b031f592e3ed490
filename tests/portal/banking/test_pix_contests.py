"""A Pix that is contested (MED): blocked, kept or returned, told twice and in any order."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.banking.operations.bank_notices import accept_notice
from portal.banking.rules.bank_notices import sign
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice
from portal.invoices.queries.reading import find_first_invoice
from portal.invoices.rules.states import InvoiceState
from portal.payouts.models import RepasseReversal
from portal.payouts.queries.invariants import find_broken
from portal.receipts.models.dispute import PaymentDispute
from portal.receipts.models.payment import ParkedPayment, Payment
from portal.receipts.models.refund import Refund
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.operations.refunding import ask_refund
from portal.receipts.rules.receiving import Payer
from portal.receipts.rules.refunds import Wanted
from portal.receipts.rules.returning import MoreThanLeft
from portal.shared import clock, queue
from portal.shared.db import db
from portal.shared.environment import environment
from portal.tasks.models import Task
from tests.factories.contracts import make_contract
from tests.factories.payments import pay
from tests.factories.payouts import make_finance
from tests.factories.quotes import make_house
from tests.support.application import Transaction
from tests.support.scenes import lived

AMOUNT = 199_90


@pytest.fixture
def pix(app: Flask, transaction: Transaction) -> dict[str, Any]:
    """The Pix of R$ 199,90 that paid the first invoice of an active contract, as the bank tells of it."""

    def paid() -> tuple[str, str]:
        with transaction() as session:
            house = make_house(session)
            contract = make_contract(session, house, state=ContractState.AWAITING_PAYMENT, now=clock.now())
            invoice = find_first_invoice(session, contract.id)
            assert invoice is not None
            payer = Payer(name=invoice.payer_name, document=invoice.payer_document)
            payment = pay(session, invoice_id=invoice.id, now=clock.now(), payer=payer)
            assert (payment.source.value, payment.amount_cents) == ("pix", AMOUNT)
            said = payment.external_id, payment.paid_at.isoformat()
        work(app)
        return said

    end_to_end_id, paid_at = lived(app, paid)
    return {"endToEndId": end_to_end_id, "txid": "", "valor": "199.90", "horario": paid_at}


def work(app: Flask) -> None:
    with app.app_context():
        queue.run_all(db.engine, clock=lambda: clock.now() + timedelta(minutes=5))


def tell(app: Flask, *bodies: dict[str, Any]) -> None:
    """The bank says each, signed, and it is worked off."""
    for body in bodies:
        with app.app_context():
            raw, secret, now = json.dumps(body).encode(), environment().bank.webhook_secret, clock.now()
            accept_notice(
                db.session,
                body=raw,
                signature=sign(raw, secret=secret, at=now),
                is_file=False,
                secret=secret,
                now=now,
            )
            db.session.commit()
        work(app)


def contest(pix: dict[str, Any], status: str, *, minutes: int = 0) -> dict[str, Any]:
    at = clock.now() + timedelta(minutes=minutes)
    one = {"idContestacao": "MED1", "endToEndId": pix["endToEndId"], "valor": "199.90", "situacao": status}
    return {"med": [one | {"horario": at.isoformat(), "motivo": "Golpe"}]}


def returned(pix: dict[str, Any], key: str = "B1", cents: str = "199.90", **said: str) -> dict[str, Any]:
    one = {"id": key, "rtrId": f"R{key}", "valor": cents, "status": "DEVOLVIDO"} | said
    return {"pix": [pix | {"devolucoes": [one]}]}


def state_of(transaction: Transaction) -> tuple[Any, ...]:
    with transaction() as session:
        broken = find_broken(session, since=None, now=clock.now())
        assert [row for row in broken if row.invariant.key not in {"E2", "L2"}] == []
        invoice = session.scalars(select(Invoice)).one()
        causes = session.execute(select(PaymentReturn.cause, PaymentReturn.amount_cents))
        return (
            [row.state.value for row in session.scalars(select(PaymentDispute))],
            [(cause.value, cents) for cause, cents in causes],
            invoice.state,
            [(row.cause.label, row.repasse_cents) for row in session.scalars(select(RepasseReversal))],
        )


BY_CONTEST = "Pix devolvido por contestação (MED)"
LOST = (["lost"], [("pix_returned", AMOUNT)], InvoiceState.OPEN, [(BY_CONTEST, -101_43)])
KEPT: tuple[Any, ...] = (["kept"], [], InvoiceState.PAID, [])
MED = {"natureza": "MED_FRAUDE", "idContestacao": "MED1"}


class TestAContestedPix:
    @pytest.mark.deep
    def test_is_blocked_and_asks_finance(
        self, app: Flask, transaction: Transaction, pix: dict[str, Any]
    ) -> None:
        tell(app, contest(pix, "ABERTA"), contest(pix, "ABERTA", minutes=1))
        assert state_of(transaction) == (["open"], [], InvoiceState.PAID, [])
        with transaction() as session:
            task = session.scalars(select(Task).where(Task.kind == "dispute")).one()
            assert (task.key, task.closed_at) == ("dispute:pix:MED1", None)
            payment = session.scalars(select(Payment)).one()
            wanted = Wanted(key="a" * 32, amount_cents=1_00, reason="x")
            with pytest.raises(MoreThanLeft):
                ask_refund(
                    session,
                    payment_id=payment.id,
                    wanted=wanted,
                    actor=make_finance(session),
                    now=clock.now(),
                )

    @pytest.mark.deep
    @pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 0, 1, 0)])
    def test_that_is_rejected_is_kept(
        self, app: Flask, transaction: Transaction, pix: dict[str, Any], order: Sequence[int]
    ) -> None:
        said = [contest(pix, "ABERTA"), contest(pix, "REJEITADA", minutes=1)]
        tell(app, *(said[place] for place in order))
        assert state_of(transaction) == KEPT

    @pytest.mark.deep
    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (2, 0, 2, 1)])
    def test_that_is_returned_takes_back_money_service_and_repasse_once(
        self, app: Flask, transaction: Transaction, pix: dict[str, Any], order: Sequence[int]
    ) -> None:
        said = [contest(pix, "ABERTA"), contest(pix, "ACEITA", minutes=1), returned(pix, **MED)]
        tell(app, *(said[place] for place in order))
        assert state_of(transaction) == LOST

    @pytest.mark.deep
    @pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 0, 1)])
    def test_returned_in_part_takes_what_the_notice_says(
        self, app: Flask, transaction: Transaction, pix: dict[str, Any], order: Sequence[int]
    ) -> None:
        said = [contest(pix, "ABERTA"), returned(pix, "B1", "50.00", **MED)]
        tell(app, *(said[place] for place in order))
        # 50,00 ÷ 199,90 of 101,43 are 25,3702 of repasse.
        assert state_of(transaction) == (
            ["lost"],
            [("pix_returned", 50_00)],
            InvoiceState.OPEN,
            [(BY_CONTEST, -25_37)],
        )
        with transaction() as session:
            assert session.scalars(select(PaymentDispute.amount_cents)).all() == [AMOUNT]

    def test_returned_in_two_parts_takes_both_once(
        self, app: Flask, transaction: Transaction, pix: dict[str, Any]
    ) -> None:
        first, second = returned(pix, "B1", "50.00", **MED), returned(pix, "B2", "30.00", **MED)
        both = {"pix": [pix | {"devolucoes": first["pix"][0]["devolucoes"] + second["pix"][0]["devolucoes"]}]}
        tell(app, contest(pix, "ABERTA"), first, both, second, first)
        found = state_of(transaction)
        assert found[:3] == (
            ["lost", "lost"],
            [("pix_returned", 50_00), ("pix_returned", 30_00)],
            InvoiceState.OPEN,
        )

    @pytest.mark.deep
    def test_returned_in_part_unnamed_is_taken_once(
        self, app: Flask, transaction: Transaction, pix: dict[str, Any]
    ) -> None:
        part = returned(pix, "B1", "50.00", natureza="MED_OPERACIONAL")
        tell(app, contest(pix, "ABERTA"), part, part | {"med": []}, part)
        assert state_of(transaction)[:2] == (["open", "lost"], [("pix_returned", 50_00)])

    @pytest.mark.deep
    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (2, 0, 2, 1)])
    def test_that_found_no_invoice_ends_as_returned(
        self, app: Flask, transaction: Transaction, order: Sequence[int]
    ) -> None:
        with transaction() as session:
            payment = pay(session, invoice_id=None, now=clock.now())
            said = {"endToEndId": payment.external_id, "txid": "", "valor": "199.90"}
            said["horario"] = payment.paid_at.isoformat()
        told = [contest(said, "ABERTA"), contest(said, "ACEITA", minutes=1), returned(said, **MED)]
        tell(app, *(told[place] for place in order))
        with transaction() as session:
            broken = find_broken(session, since=None, now=clock.now())
            assert [row for row in broken if row.invariant.key not in {"E2", "L2"}] == []
            payment = session.scalars(select(Payment)).one()
            parked = session.scalars(select(ParkedPayment)).one()
            assert (payment.outcome.value, parked.resolution) == ("returned", payment.outcome)
            assert parked.resolution_note.startswith("Quem pagou contestou o Pix no banco")

    def test_returned_without_naming_its_contest_closes_the_open_one(
        self, app: Flask, transaction: Transaction, pix: dict[str, Any]
    ) -> None:
        tell(app, contest(pix, "ABERTA"), returned(pix, natureza="MED_OPERACIONAL"))
        assert state_of(transaction) == LOST


class TestAPixReturnedAtTheBank:
    def test_by_hand_is_a_refund_of_ours_once(
        self, app: Flask, transaction: Transaction, pix: dict[str, Any]
    ) -> None:
        begun = returned(pix, cents="50.00") | {}
        begun["pix"][0]["devolucoes"][0]["status"] = "EM_PROCESSAMENTO"
        done = returned(pix, cents="50.00", motivo="Pedido do cliente")
        tell(app, begun, done, done, begun)
        found = state_of(transaction)
        # 50,00 ÷ 199,90 of 101,43 are 25,3702 of repasse.
        assert found == ([], [("refund", 50_00)], InvoiceState.OPEN, [("Devolução ao cliente", -25_37)])
        with transaction() as session:
            refund = session.scalars(select(Refund)).one()
            assert (refund.origin.value, refund.state.value, refund.asked_by_id) == ("source", "done", None)

    def test_that_was_not_made_changes_nothing(
        self, app: Flask, transaction: Transaction, pix: dict[str, Any]
    ) -> None:
        tell(app, returned(pix, status="NAO_REALIZADO"))
        assert state_of(transaction)[1:] == ([], InvoiceState.PAID, [])
