"""A debt agreement while money comes in: nobody waits in a circle, and a kill between steps loses nothing."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.agreements.models import Agreement
from portal.agreements.operations.breaking import break_agreement
from portal.agreements.operations.offering import make_agreement, withdraw_agreement
from portal.agreements.operations.signing import take_effect
from portal.agreements.queries.reading import load_agreement
from portal.agreements.rules.states import AgreementState, FiguresStale
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.shared import clock
from portal.shared.db import db
from portal.signatures.operations.locking import locked_envelope
from tests.factories.agreements import made, simulated, wanted
from tests.factories.overdue import suspended
from tests.factories.payments import pay
from tests.factories.quotes import make_house
from tests.faults.conftest import Circles
from tests.support.application import Transaction
from tests.support.scenes import lived
from tests.support.two_transactions import Act


@pytest.fixture
def agreement_id(app: Flask, transaction: Transaction) -> int:
    """An agreement over R$ 199,90 and charges that waits for its signature."""

    def offered() -> int:
        with transaction() as session:
            house = make_house(session)
            suspended(session, house, now=clock.now())
            terms = wanted(clock.today(), entry=60_00, parts=2)
            return made(session, house.customer.id, clock.now(), terms).id

    return lived(app, offered)


def signing(agreement_id: int) -> Act:
    """What the signatory's act does, with its locks."""

    def act(session: Session) -> None:
        envelope_id = load_agreement(session, agreement_id).envelope_id or 0
        locked_envelope(session, envelope_id)
        take_effect(session, envelope_id=envelope_id, now=clock.now())

    return act


def paying(agreement_id: int, *, part: int | None = None) -> Act:
    """Money for its invoice, or for a part."""

    def act(session: Session) -> None:
        agreement = load_agreement(session, agreement_id)
        invoice = agreement.debts[0].invoice if part is None else agreement.parts[part].invoice
        assert invoice is not None
        pay(session, invoice_id=invoice.id, amount_cents=invoice.open_cents, now=clock.now())

    return act


def simulating_anew(agreement_id: int) -> Act:
    def act(session: Session) -> None:
        customer_id = load_agreement(session, agreement_id).customer_id
        terms = simulated(
            session, customer_id, wanted(clock.today(), entry=70_00, parts=2), today=clock.today()
        )
        make_agreement(
            session,
            customer_id=customer_id,
            invoice_ids=[debt.invoice_id for debt in terms.debts],
            wanted=terms.wanted,
            seen=terms.seen,
            actor=None,
            made_for="ana@x.example",
            now=clock.now(),
        )

    return act


def withdrawing(agreement_id: int) -> Act:
    def act(session: Session) -> None:
        withdraw_agreement(session, agreement_id=agreement_id, reason="Outra", actor=None, now=clock.now())

    return act


def breaking(agreement_id: int) -> Act:
    def act(session: Session) -> None:
        break_agreement(session, agreement_id=agreement_id, reason="Pedido", actor=None, now=clock.now())

    return act


class TestTwoAtOnce:
    @pytest.mark.deep
    def test_never_wait_in_a_circle_before_the_signature(self, circles: Circles, agreement_id: int) -> None:
        acts = {
            "signs": signing(agreement_id),
            "pays": paying(agreement_id),
            "simulates": simulating_anew(agreement_id),
            "withdraws": withdrawing(agreement_id),
        }
        assert circles(acts) == {}

    @pytest.mark.deep
    def test_never_wait_in_a_circle_after_it(
        self, circles: Circles, agreement_id: int, transaction: Transaction
    ) -> None:
        with transaction() as session:
            signing(agreement_id)(session)
        acts = {
            "pays the entry": paying(agreement_id, part=0),
            "breaks": breaking(agreement_id),
            "pays a part": paying(agreement_id, part=1),
        }
        assert circles(acts) == {}


class TestAKillBeforeTheCommit:
    def test_leaves_invoices_and_agreement_as_they_were(
        self, app: Flask, agreement_id: int, transaction: Transaction
    ) -> None:
        with app.app_context():
            signing(agreement_id)(db.session)
            db.session.flush()
            db.session.rollback()  # what PostgreSQL does with the work of a killed process
        with transaction() as session:
            agreement = session.get_one(Agreement, agreement_id)
            assert agreement.state is AgreementState.OFFERED
            held = select(Invoice.id).where(Invoice.state == InvoiceState.IN_AGREEMENT)
            assert session.scalars(held).all() == []
            signing(agreement_id)(session)
        with transaction() as session:
            assert session.get_one(Agreement, agreement_id).state is AgreementState.AWAITING_ENTRY

    def test_signed_twice_counts_once(self, agreement_id: int, transaction: Transaction) -> None:
        with transaction() as session:
            signing(agreement_id)(session)
        with pytest.raises(FiguresStale), transaction() as session:
            signing(agreement_id)(session)
        with transaction() as session:
            agreement = load_agreement(session, agreement_id)
            assert agreement.signed_at is not None
            assert clock.now() - agreement.signed_at < timedelta(minutes=5)
            assert len({part.invoice_id for part in agreement.parts}) == 3
