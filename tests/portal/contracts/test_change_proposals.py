"""What a customer reads of a proposal whose contract begins otherwise than with whole months of its own."""

from datetime import date

import pytest

from portal.catalog.operations import change_first_period
from portal.catalog.rules import FirstPeriodPolicy
from portal.contracts.operations.changing import quote_partner_change, start_change, start_partner_change
from portal.contracts.operations.generating import generate_contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.customers.models import Customer
from portal.quotes.operations.sending import send_proposal
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from tests.factories.contracts import make_contract, pay, printed, sign
from tests.factories.partners import make_partner
from tests.factories.quotes import NOON, House, draft, make_house, save
from tests.factories.users import actor_of, make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.pdf import text_of

pytestmark = pytest.mark.usefixtures("on_the_day")

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
DIFFERENCE = "A mensalidade passa de R$ 199,90 para R$ 229,90, R$ 30,00 a mais por mês"
CHARGED = "Pelos 52 dias já pagos, até 31/07/2026, é cobrada a diferença de R$ 51,00."


@pytest.fixture
def house(transaction: Transaction) -> House:
    """A customer who has paid R$ 199,90 a month since 01/06, until 31/07; today is 10/06."""
    with transaction() as session:
        session.expire_on_commit = False
        house = make_house(session)
        make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        return house


@pytest.fixture
def amendment(transaction: Transaction, house: House) -> str:
    """The link of a proposal to pay R$ 30,00 more, quote 2."""
    with transaction() as session:
        base = load_contract(session, 1)
        quote = start_change(
            session, contract=base, kind=ContractKind.AMENDMENT, actor=house.seller, now=NOON
        )
        save(session, house, quote, negotiated_total=229_90)
        token = send_proposal(session, proposal=quote.proposal, actor=house.seller, now=NOON)
        return token.secret()


def read(visitor: PortalClient, secret: str) -> str:
    return visitor.get(f"/p/{secret}").text.replace("\u00a0", " ")


class TestAnAmendment:
    @pytest.mark.deep
    def test_says_the_difference_in_words_and_promises_no_payments_of_a_new_contract(
        self, visitor: PortalClient, amendment: str
    ) -> None:
        page = read(visitor, amendment)
        assert "Aditivo ao contrato 000001." in page
        assert DIFFERENCE in page
        assert CHARGED in page
        assert "1º pagamento" not in page
        assert "Liberado até" not in page

    def test_says_it_in_its_print_too(self, visitor: PortalClient, amendment: str) -> None:
        said = text_of(visitor.get(f"/p/{amendment}/proposta.pdf").data).replace("\u00a0", " ")
        assert DIFFERENCE in said
        assert CHARGED in said
        assert "Liberado até" not in said

    @pytest.mark.deep
    def test_still_says_what_was_agreed_once_it_holds(
        self, visitor: PortalClient, amendment: str, transaction: Transaction, house: House
    ) -> None:
        visitor.get(f"/p/{amendment}")
        visitor.submit(f"/p/{amendment}/aceite", {"alternativa": "2"})
        with transaction() as session:
            contract = load_contract(session, 2)
            generate_contract(session, contract=contract, actor=house.seller, now=NOON)
            printed(session, 2)
            sign(session, 2)
            assert pay(session, 2, key="boleto:2").state is ContractState.ACTIVE
        assert CHARGED in read(visitor, amendment)


class TestAChangeOfPartner:
    def test_names_who_serves_from_then_and_nothing_internal(
        self, visitor: PortalClient, transaction: Transaction, house: House
    ) -> None:
        del house
        with transaction() as session:
            base = load_contract(session, 1)
            partner = make_partner(session, trade_name="Norte Sistemas")
            seller = actor_of(make_user(session, partner_id=partner.id, name="Rita Norte"))
            support = actor_of(make_user(session, role=Role.SUPPORT, name="Davi"))
            request = start_partner_change(
                session, contract=base, partner_id=partner.id, actor=support, now=NOON
            )
            customer = session.get_one(Customer, request.customer_id)
            quote = quote_partner_change(session, request=request, customer=customer, actor=seller, now=NOON)
            token = send_proposal(session, proposal=quote.proposal, actor=seller, now=NOON)
            secret = token.secret()
        page = read(visitor, secret)
        assert "a partir dela Norte Sistemas atende você" in page
        assert "1º pagamento" in page
        assert "epasse" not in page


class TestAPlanThatBeginsWithAPartOfAMonth:
    def test_names_what_is_paid_first_and_why(self, visitor: PortalClient, transaction: Transaction) -> None:
        with transaction() as session:
            house = make_house(session)
            change_first_period(
                session,
                plan="gestao",
                wanted=FirstPeriodPolicy.PROPORTIONAL,
                seen=FirstPeriodPolicy.FULL_INSTALLMENT,
                actor=house.admin,
                now=NOON,
            )
            secret = send_proposal(
                session, proposal=draft(session, house).proposal, actor=house.seller, now=NOON
            ).secret()
        page = read(visitor, secret)
        # From 10/06 to 15/06 is 5 days of the 31 from 15/05: 199.90 × 5 ÷ 31 is 32.241…
        assert "R$ 32,24" in page
        assert "5 dias de um mês de 31 dias" in page
        assert "Os pagamentos seguintes começam em 15/06/2026." in page
        assert "31/07/2026" not in page
