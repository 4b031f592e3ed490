"""A customer's code brings another: who may, what both get, and that it counts once. R$ 50,00 each."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.customers.models import Customer
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.payouts.models.accrual import RepasseAccrual
from portal.receipts.models.payment import CustomerCredit
from portal.receipts.operations.credit import apply_credit
from portal.receipts.queries.credits import find_broken_credits
from portal.receipts.rules.receiving import USE_CREDIT
from portal.referrals.models import Referral
from portal.referrals.operations.registering import register_referral
from portal.referrals.operations.settling import settle_referrals
from portal.referrals.rules import (
    ALPHABET,
    AlreadyReferred,
    NotNew,
    OwnCode,
    ReferralState,
    ReferrerGone,
    UnknownCode,
    code_of,
    customer_of,
)
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from portal.shared.queue.rows import QueuedJob
from tests.factories.contracts import make_contract
from tests.factories.customers import make_customer
from tests.factories.following import what_follows
from tests.factories.overdue import active, invoices_of, night, paid
from tests.factories.partners import make_partner
from tests.factories.quotes import House, make_house
from tests.portal.cancellations.test_leaving import leave
from tests.support.application import Transaction
from tests.support.letters import written
from tests.support.people import ClientOf

SECOND_OF_JULY = at_sao_paulo(date(2026, 7, 2), 9)


@pytest.fixture
def house(session: Session) -> House:
    return make_house(session)


@pytest.fixture
def referrer(session: Session, house: House) -> Contract:
    """Active since 01/06/2026."""
    return active(session, house)


def newcomer(session: Session, house: House, **changes: Any) -> House:
    return replace(house, customer=make_customer(session, partner_id=house.partner.id, **changes))


def brought(session: Session, house: House, referrer: Contract) -> tuple[House, Referral]:
    new = newcomer(session, house)
    return new, register(session, house, referrer, new.customer)


def register(session: Session, house: House, referrer: Contract, customer: Customer) -> Referral:
    """The seller types the code of who referred on 02/07."""
    code = code_of(referrer.customer_id)
    return register_referral(session, customer=customer, code=code, actor=house.seller, now=SECOND_OF_JULY)


class TestACode:
    @given(st.integers(min_value=1, max_value=31**6 - 1))
    def test_leads_back_to_its_customer(self, number: int) -> None:
        assert customer_of(code_of(number)) == number
        assert set(code_of(number)) <= set(ALPHABET)

    def test_is_read_however_it_is_typed(self) -> None:
        code = code_of(4711)
        assert customer_of(f" {code[:3].lower()}-{code[3:]} ") == 4711

    @given(st.integers(min_value=1, max_value=10_000), st.integers(0, 6), st.sampled_from(ALPHABET))
    def test_with_one_letter_wrong_is_none(self, number: int, place: int, letter: str) -> None:
        code = code_of(number)
        typed = code[:place] + letter + code[place + 1 :]
        if typed != code:
            with pytest.raises(UnknownCode):
                customer_of(typed)

    @pytest.mark.parametrize("typed", ["", "ABC", "K7QX2M0", "çççççç1", "K7QX2MBK7QX2MB"])
    def test_that_is_none_is_refused(self, typed: str) -> None:
        with pytest.raises(UnknownCode):
            customer_of(typed)


class TestAReferral:
    def test_gives_both_a_discount_a_week_after_the_first_payment(
        self, session: Session, house: House, referrer: Contract
    ) -> None:
        new, referral = brought(session, house, referrer)
        sixth = at_sao_paulo(date(2026, 7, 6), 12)
        contract = make_contract(session, new, state=ContractState.ACTIVE, now=sixth)
        assert settle_referrals(session, now=at_sao_paulo(date(2026, 7, 13), 6)) == (0, None)
        assert [settle_referrals(session, now=at_sao_paulo(date(2026, 7, 14), 6)) for _ in range(2)] == [
            (1, None),
            (0, None),
        ]
        session.refresh(referral)
        assert (referral.state, referral.amount_cents) == (ReferralState.EARNED, 50_00)
        credits_given = session.scalars(select(CustomerCredit).order_by(CustomerCredit.customer_id)).all()
        assert [(each.customer_id, each.amount_cents) for each in credits_given] == [
            (referrer.customer_id, 50_00),
            (contract.customer_id, 50_00),
        ]
        assert find_broken_credits(session) == []
        mails = session.scalars(
            select(MailMessage).filter_by(kind="referral_earned").order_by(MailMessage.id)
        )
        letters = [written(session, mail, now=SECOND_OF_JULY) for mail in mails]
        assert "chegou por uma indicação" in letters[0].text_body
        assert "Quem você indicou já é cliente" in letters[1].text_body

    @pytest.mark.deep
    def test_comes_off_the_next_invoice_and_leaves_the_partner_its_whole_share(
        self, session: Session, house: House, referrer: Contract
    ) -> None:
        night(session, date(2026, 7, 5))
        brought_house, _referral = brought(session, house, referrer)
        make_contract(
            session, brought_house, state=ContractState.ACTIVE, now=at_sao_paulo(date(2026, 7, 6), 12)
        )
        settle_referrals(session, now=at_sao_paulo(date(2026, 7, 14), 6))
        (july,) = invoices_of(session, referrer)

        paid(session, july, at_sao_paulo(date(2026, 7, 15), 9))
        night(session, date(2026, 8, 5))
        jobs = select(QueuedJob.subject_id).where(QueuedJob.kind == USE_CREDIT, QueuedJob.state == "waiting")
        for invoice_id in session.scalars(jobs).all():
            apply_credit(session, invoice_id=invoice_id, actor=None, now=at_sao_paulo(date(2026, 8, 5), 2))
        session.expire_all()
        august = invoices_of(session, referrer)[1]
        assert (august.amount_cents, august.paid_cents) == (199_90, 50_00)
        paid(session, august, at_sao_paulo(date(2026, 8, 14), 9))

        what_follows(session)
        shares = session.execute(
            select(Invoice.id, text("sum(repasse_cents)"))
            .join(RepasseAccrual, RepasseAccrual.invoice_id == Invoice.id)
            .where(Invoice.id.in_([july.id, august.id]))
            .group_by(Invoice.id)
        ).all()
        assert len({share for _id, share in shares}) == 1
        assert august.state is InvoiceState.PAID

    def test_brings_nobody_anything_when_the_new_customer_leaves_at_once(
        self, session: Session, house: House, referrer: Contract
    ) -> None:
        new, referral = brought(session, house, referrer)
        contract = make_contract(
            session, new, state=ContractState.ACTIVE, now=at_sao_paulo(date(2026, 7, 6), 12)
        )
        leave(session, contract, new, on=date(2026, 7, 10))
        assert settle_referrals(session, now=at_sao_paulo(date(2026, 7, 14), 6)) == (0, None)
        session.refresh(referral)
        assert (referral.state, referral.reason) == (
            ReferralState.DROPPED,
            "O novo cliente saiu antes do prazo.",
        )
        assert session.scalars(select(CustomerCredit)).all() == []

    @pytest.mark.deep
    def test_of_who_left_meanwhile_is_for_the_new_customer_alone(
        self, session: Session, house: House, referrer: Contract
    ) -> None:
        new, referral = brought(session, house, referrer)
        make_contract(session, new, state=ContractState.ACTIVE, now=at_sao_paulo(date(2026, 7, 6), 12))
        leave(session, referrer, house, on=date(2026, 7, 10))
        assert settle_referrals(session, now=at_sao_paulo(date(2026, 7, 14), 6)) == (1, None)
        session.refresh(referral)
        assert referral.referrer_credit_id is None
        assert [each.customer_id for each in session.scalars(select(CustomerCredit))] == [new.customer.id]

    def test_nobody_came_of_is_forgotten(self, session: Session, house: House, referrer: Contract) -> None:
        _new, referral = brought(session, house, referrer)
        settle_referrals(session, now=SECOND_OF_JULY + timedelta(days=179))
        assert referral.reason == ""
        settle_referrals(session, now=SECOND_OF_JULY + timedelta(days=180))
        session.refresh(referral)
        assert referral.state is ReferralState.DROPPED


class TestARefusal:
    def test_is_of_oneself_and_of_the_same_group(
        self, session: Session, house: House, referrer: Contract
    ) -> None:
        mine = house.customer.document
        elsewhere = make_partner(session, trade_name="Norte Sistemas")
        same = make_customer(session, partner_id=elsewhere.id, document=mine)
        branch = newcomer(session, house, document=with_check_digits(mine[:8] + "0099")).customer
        for customer in (session.get_one(Customer, house.customer.id), same, branch):
            with pytest.raises(OwnCode):
                register(session, house, referrer, customer)

    def test_is_of_a_second_one_with_whatever_partner(
        self, session: Session, house: House, referrer: Contract
    ) -> None:
        new, _referral = brought(session, house, referrer)
        elsewhere = make_partner(session, trade_name="Norte Sistemas")
        again = make_customer(session, partner_id=elsewhere.id, document=new.customer.document)
        for customer in (new.customer, again):
            with pytest.raises(AlreadyReferred):
                register(session, house, referrer, customer)

    def test_is_of_who_was_a_customer(self, session: Session, house: House, referrer: Contract) -> None:
        old = active(session, newcomer(session, house))
        customer = session.get_one(Customer, old.customer_id)
        with pytest.raises(NotNew):
            register(session, house, referrer, customer)

    def test_is_of_a_code_whose_customer_leaves(
        self, session: Session, house: House, referrer: Contract
    ) -> None:
        leave(session, referrer, house, on=date(2026, 7, 1))
        with pytest.raises(ReferrerGone):
            brought(session, house, referrer)

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE referrals SET referrer_id = customer_id",
            "UPDATE referrals SET state = 'earned', settled_at = now(), amount_cents = 5000",
            "DELETE FROM referrals",
            (
                "INSERT INTO referrals (partner_id, customer_id, document, referrer_partner_id, referrer_id,"
                " made_at, made_by_id, state, reason, amount_cents) SELECT partner_id, customer_id, document,"
                " referrer_partner_id, referrer_id, made_at, made_by_id, state, reason, amount_cents"
                " FROM referrals"
            ),
            (
                "INSERT INTO customer_credits (partner_id, customer_id, amount_cents, reason, created_at)"
                " SELECT partner_id, id, 5000, 'referral', now() FROM customers LIMIT 1;"
                " SET CONSTRAINTS ALL IMMEDIATE"
            ),
        ],
        ids=[
            "another referrer",
            "earned without credit",
            "taken away",
            "a second one",
            "a credit without one",
        ],
    )
    def test_is_the_databases_too(
        self, session: Session, house: House, referrer: Contract, change: str
    ) -> None:
        brought(session, house, referrer)
        session.flush()
        with pytest.raises(IntegrityError):
            session.execute(text(change))


def with_check_digits(root: str) -> str:
    """A CNPJ by its first twelve figures."""
    figures = root
    for weights in ((5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)):
        total = sum((ord(each) - 48) * weight for each, weight in zip(figures, weights, strict=True))
        figures += str(0 if total % 11 < 2 else 11 - total % 11)
    return figures


class TestPages:
    def test_register_a_code_and_list_what_came_of_it(
        self, client_of: ClientOf, transaction: Transaction
    ) -> None:
        with time_machine.travel(SECOND_OF_JULY):
            with transaction() as session:
                house = make_house(session)
                referrer = active(session, house)
                new = newcomer(session, house, name="Mercado Novo Ltda", trade_name="Mercado Novo")
                seller, new_id, code = house.seller.user_id, new.customer.id, code_of(referrer.customer_id)
                own = referrer.customer_id
            client = client_of(seller)
            address = f"/clientes/{new_id}/indicacoes"
            assert code in client.get(f"/clientes/{own}/indicacoes").text
            wrong = client.submit(address, {"code": code[:-1] + "?"})
            assert wrong.status_code == 422
            assert "Não há este código" in wrong.text
            assert client.submit(address, {"code": code.lower()}).status_code == 303
            assert client.submit(address, {"code": code}).status_code == 409
            listed = client.get("/indicacoes").text
            assert "Mercado Novo" in listed
            assert "Aguardando o primeiro pagamento" in listed
            assert code in client.get("/indicacoes.csv").text

    def test_take_a_code_in_the_quote_without_leaving_it(
        self, client_of: ClientOf, transaction: Transaction
    ) -> None:
        with time_machine.travel(SECOND_OF_JULY):
            with transaction() as session:
                house = make_house(session)
                code = code_of(active(session, house).customer_id)
                seller, new_id = house.seller.user_id, newcomer(session, house).customer.id
            client = client_of(seller)
            builder = client.get(f"/orcamentos/novo?cliente={new_id}&plano=gestao").text
            assert f'hx-get="/clientes/{new_id}/indicacao"' in builder
            part = client.ask(f"/clientes/{new_id}/indicacao").text
            assert "<html" not in part
            address = f"/clientes/{new_id}/indicacoes"
            assert f'hx-post="{address}"' in part
            wrong = client.ask(address, method="POST", data={"code": "K7QX2MB"})
            assert (wrong.status_code, "<html" in wrong.text) == (422, False)
            right = client.ask(address, method="POST", data={"code": code})
            assert (right.status_code, "Quem indicou este cliente" in right.text) == (200, True)
