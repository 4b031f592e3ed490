"""Who gets a customer's mail."""

from sqlalchemy.orm import Session

from portal.customers.queries.reading import recipient_of
from portal.customers.rules import SignatoryDetails
from tests.factories.customers import MARIA_CPF, make_customer
from tests.factories.partners import make_partner


class TestMailForACustomer:
    def test_goes_to_its_signatory(self, session: Session) -> None:
        customer = make_customer(session, partner_id=make_partner(session).id)
        assert recipient_of(customer) == ("maria@paoquente.com.br", "Maria da Silva")

    def test_goes_to_the_customer_without_a_signatory(self, session: Session) -> None:
        customer = make_customer(session, partner_id=make_partner(session).id, signatory=None)
        assert recipient_of(customer) == ("contato@paoquente.com.br", "Pão Quente")

    def test_names_a_customer_without_a_trade_name_as_it_is_registered(self, session: Session) -> None:
        partner_id = make_partner(session).id
        customer = make_customer(session, partner_id=partner_id, signatory=None, trade_name="")
        assert recipient_of(customer) == ("contato@paoquente.com.br", "Padaria Pão Quente Ltda")

    def test_goes_to_the_customer_when_the_signatory_has_no_address(self, session: Session) -> None:
        signatory = SignatoryDetails(name="Maria da Silva", cpf=MARIA_CPF, email="")
        customer = make_customer(session, partner_id=make_partner(session).id, signatory=signatory)
        assert recipient_of(customer) == ("contato@paoquente.com.br", "Pão Quente")

    def test_goes_to_nobody_without_an_address(self, session: Session) -> None:
        customer = make_customer(session, partner_id=make_partner(session).id, signatory=None, email="")
        assert recipient_of(customer) is None
