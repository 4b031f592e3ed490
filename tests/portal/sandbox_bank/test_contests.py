"""A tester has the bank say that a Pix is contested, and what came of it."""

from flask import Flask
from sqlalchemy import select

from portal.invoices.models import Invoice
from portal.receipts.models.dispute import PaymentDispute
from portal.receipts.models.returning import PaymentReturn
from portal.shared import clock, queue
from portal.shared.auth import Role
from portal.shared.db import db
from tests.factories.invoices import make_billed
from tests.factories.payments import pay
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.people import ClientOf


class TestTheBankOfTheTests:
    def test_contests_a_pix_and_takes_it_back(
        self, app: Flask, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            invoice_id = make_billed(session, now=clock.now()).invoice.id
            user_id = make_user(session, role=Role.FINANCE).id
        client, path = client_of(user_id), f"/banco-de-teste/{invoice_id}"
        assert "contestado (MED)" not in client.get(path).text
        with transaction() as session:
            pay(session, invoice_id=invoice_id, now=clock.now())
        found = []
        for act in ("contest", "take_back"):
            assert "contestado (MED)" in client.get(path).text
            assert client.submit(path, {"act": act, "manner": "told_twice"}).status_code == 303
            with app.app_context():
                queue.run_all(db.engine, clock=clock.now)
            with transaction() as session:
                state = session.scalars(select(PaymentDispute.state)).one().value
                back = list(session.scalars(select(PaymentReturn.amount_cents)))
                found.append((state, back, session.get_one(Invoice, invoice_id).state.value))
        assert found == [("open", [], "paid"), ("lost", [199_90], "open")]
