"""A billing run and somebody at the same contract: neither waits for the other in a circle."""

from datetime import date

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.contracts.queries.reading import load_contract, lock_contract
from portal.contracts.rules.states import ContractState
from portal.invoices.models import BillingChunk, Invoice
from portal.invoices.operations.billing_runs import bill_chunk, plan_run
from portal.invoices.operations.issuing import issue_installment
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from tests.factories.contracts import make_contract
from tests.factories.quotes import make_house
from tests.support.application import Transaction

DAY = date(2026, 7, 5)
NOW = at_sao_paulo(DAY, 9)


class TestARun:
    def test_bills_a_contract_that_somebody_has_open(self, app: Flask, transaction: Transaction) -> None:
        with transaction() as session:
            began = at_sao_paulo(date(2026, 6, 1), 12)
            house = make_house(session)
            contract_id = make_contract(session, house, state=ContractState.ACTIVE, now=began).id
            plan_run(session, day=DAY, now=NOW)
            chunk_id = session.scalars(select(BillingChunk.id)).one()
        with app.app_context(), Session(db.engine) as person, Session(db.engine) as run:
            lock_contract(person, contract_id)
            run.execute(text("SET LOCAL lock_timeout = '3s'"))
            bill_chunk(run, chunk_id, now=NOW)
            run.commit()
            contract = load_contract(person, contract_id)
            invoice = issue_installment(person, contract=contract, number=2, now=NOW)
            person.commit()
            assert invoice.chunk_id == chunk_id, "the run's, not a second one"
            made = select(Invoice).where(Invoice.contract_id == contract_id, Invoice.installment_number == 2)
            assert len(person.scalars(made).all()) == 1
