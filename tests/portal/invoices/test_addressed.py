"""Whom the mails of a run go to, and who answers them."""

import pytest
from sqlalchemy import literal, select, true
from sqlalchemy.orm import Session

from portal.customers.rules import Recipient
from portal.invoices.models import Invoice
from portal.invoices.queries.recipients import addresses_of
from portal.shared.auth import Role
from portal.shared.environment import environment
from portal.users.models import User
from tests.factories.invoices import Billed, make_billed, make_contract_row, make_invoice
from tests.factories.quotes import NOON, make_house
from tests.factories.users import make_user


def mails_of(session: Session, billed: Billed) -> list[tuple[Recipient, str]]:
    session.flush()
    own = literal(environment().company.email)
    mail = addresses_of(Invoice.__table__.c.id, vendor_address=own)
    statement = select(mail).join_from(Invoice, mail, true()).where(Invoice.id == billed.invoice.id)
    rows = session.execute(statement.order_by(mail.c.to_address)).all()
    assert all(row.partner_id == billed.house.partner.id for row in rows)
    return [(Recipient(row.to_address, row.to_name), row.reply_to) for row in rows]


def owed_by_its_partner(session: Session) -> Billed:
    house = make_house(session)
    house.partner.arrangement, house.partner.email = "hiperador", "contato@sul.example"
    contract = make_contract_row(session, house, arrangement="hiperador", payment_method="card", setup=True)
    return Billed(house=house, contract=contract, invoice=make_invoice(session, contract=contract))


class TestAMailAboutAnInvoice:
    @pytest.mark.deep
    def test_goes_to_the_signatory_and_is_answered_by_who_sold(self, session: Session) -> None:
        billed = make_billed(session)
        seller = session.get_one(User, billed.house.seller.user_id)
        seller.email = "vendas@sul.example"
        maria = Recipient("maria@paoquente.com.br", "Maria da Silva")
        assert mails_of(session, billed) == [(maria, "vendas@sul.example")]

    @pytest.mark.deep
    def test_goes_to_the_customer_whose_signatory_has_no_address(self, session: Session) -> None:
        billed = make_billed(session)
        customer = billed.house.customer
        assert customer.signatory is not None
        customer.signatory.email, customer.trade_name = "", "Padaria"
        ((to, _answers),) = mails_of(session, billed)
        assert to == Recipient("contato@paoquente.com.br", "Padaria")

    def test_goes_to_nobody_without_an_address(self, session: Session) -> None:
        billed = make_billed(session)
        customer = billed.house.customer
        assert customer.signatory is not None
        customer.signatory.email = customer.email = ""
        assert mails_of(session, billed) == []

    def test_is_answered_by_the_partner_once_the_seller_left(self, session: Session) -> None:
        billed = make_billed(session)
        session.get_one(User, billed.house.seller.user_id).disabled_at = NOON
        billed.house.partner.email = "ola@sul.example"
        ((_to, answers),) = mails_of(session, billed)
        assert answers == "ola@sul.example"

    @pytest.mark.deep
    def test_that_its_partner_owes_goes_to_each_who_runs_it_and_is_answered_by_the_vendor(
        self, session: Session
    ) -> None:
        billed = owed_by_its_partner(session)
        for name in ("Ana", "Bia", "Caio"):
            make_user(
                session,
                role=Role.PARTNER_ADMIN,
                partner_id=billed.house.partner.id,
                name=name,
                email=f"{name.lower()}@sul.example",
                disabled_at=NOON if name == "Caio" else None,
            )
        assert mails_of(session, billed) == [
            (Recipient("ana@sul.example", "Ana"), "financeiro@portal.example"),
            (Recipient("bia@sul.example", "Bia"), "financeiro@portal.example"),
        ]

    @pytest.mark.deep
    def test_that_a_partner_owes_whom_nobody_runs_goes_to_its_own_address(self, session: Session) -> None:
        billed = owed_by_its_partner(session)
        ((to, _answers),) = mails_of(session, billed)
        assert to == Recipient("contato@sul.example", "Sul Sistemas")
