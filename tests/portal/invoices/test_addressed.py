"""Whom the mails of a run go to, and who answers them."""

from sqlalchemy.orm import Session

from portal.customers.rules import Recipient
from portal.invoices.models import Invoice
from portal.invoices.queries.recipients import addressed_where
from portal.users.models import User
from tests.factories.invoices import Billed, make_billed
from tests.factories.quotes import NOON


def mails_of(session: Session, billed: Billed) -> list[tuple[Recipient, str]]:
    session.flush()
    found = addressed_where(session, Invoice.id == billed.invoice.id)
    assert all(each.invoice_id == billed.invoice.id for each in found)
    return [(each.to, each.reply_to) for each in found]


class TestAMailAboutAnInvoice:
    def test_goes_to_the_signatory_and_is_answered_by_who_sold(self, session: Session) -> None:
        billed = make_billed(session)
        seller = session.get_one(User, billed.house.seller.user_id)
        seller.email = "vendas@sul.example"
        maria = Recipient("maria@paoquente.com.br", "Maria da Silva")
        assert mails_of(session, billed) == [(maria, "vendas@sul.example")]

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
