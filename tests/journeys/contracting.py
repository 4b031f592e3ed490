"""What people do between an accepted quote and an active contract, in as few words as possible."""

import re
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage

from playwright.sync_api import Page, ViewportSize, expect
from sqlalchemy import select

from portal.contracts.models import Contract
from portal.customers.models import Customer
from portal.customers.models import Signatory as Person
from portal.quotes.models import Quote
from portal.shared import clock
from portal.shared.brazil import format_document
from portal.users.models import User
from tests.faults.people import SELLER, rows_of, send_quote, sign_in
from tests.journeys.conftest import OpenBrowser
from tests.support.accessibility import CheckAccessibility
from tests.support.live_server import LiveServer
from tests.support.ports import wait_until

PHONE: ViewportSize = {"width": 390, "height": 844}
WORK_S = 30_000  # milliseconds until what the queue does is seen, on a busy machine


@dataclass(frozen=True)
class Signatory:
    """Who signs, and knows by heart: also the number of the customer, as people write it."""

    name: str
    cpf: str
    email: str
    customer_document: str


@dataclass(frozen=True)
class Journey:
    """One contract's way: its seller's and its customer's browsers."""

    server: LiveServer
    seller: Page
    customer: Page
    signatory: Signatory
    look: CheckAccessibility

    def letter(self, subject: str) -> EmailMessage:
        """The newest mail to the signatory with this subject, once it arrived."""

        def arrived() -> list[EmailMessage]:
            mails = reversed(self.server.mail.to(self.signatory.email))
            return [mail for mail in mails if re.match(subject, str(mail["Subject"]))]

        wait_until(lambda: bool(arrived()), what=f"a mail named {subject}", timeout_s=30)
        return arrived()[0]

    def link(self, subject: str, page: str) -> str:
        """Where the newest such mail leads: to this page, by a secret."""
        return found_in(self.letter(subject), rf"(http://\S+/{page}/[\w/-]+)")


def nothing(_page: Page) -> None:
    """For pages that another journey looked at."""


def found_in(mail: EmailMessage, pattern: str) -> str:
    """What a pattern finds in the plain text of a mail."""
    body = mail.get_body(("plain",))
    assert body
    found = re.search(pattern, str(body.get_content()), re.MULTILINE)
    assert found, f"{mail['Subject']}: no {pattern}"
    return found[1]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def accepted_quote(
    server: LiveServer,
    open_browser: OpenBrowser,
    *,
    method: str,
    look: CheckAccessibility = nothing,
) -> Journey:
    """The seller sends a newcomer a quote that is paid by `method`; who accepts it on a phone."""
    seller, customer = open_browser(), open_browser(has_touch=True, is_mobile=True)
    customer.set_viewport_size(PHONE)
    sign_in(seller, server)
    seller.goto(f"{server.url}/clientes/{newcomer(server)}")
    seller.get_by_role("link", name="Contratar", exact=True).click()
    seller.get_by_role("link", name=re.compile("Hiper Gestão")).click()
    seller.get_by_label("Forma de pagamento").select_option(method)
    press(seller, "Gerar proposta")
    expect(seller).to_have_url(re.compile(r"/orcamentos/\d+$"))
    journey = Journey(server, seller, customer, signatory_of(server, seller.url), look)
    send_quote(seller)
    customer.goto(journey.link("Sua proposta", "p"))
    customer.get_by_role("button", name="Aceitar esta proposta").tap()
    expect(customer.get_by_role("heading", name="Proposta aceita")).to_be_visible()
    return journey


def newcomer(server: LiveServer) -> int:
    """A customer of the seller's without contracts: no other invoice, link or mail is mistaken for theirs."""
    seller = select(User.partner_id).where(User.email == SELLER).scalar_subquery()
    known = select(Contract.customer_id)
    without = select(Customer.id).where(Customer.partner_id == seller, Customer.id.not_in(known))
    with rows_of(server.database_url) as session:
        return session.execute(without.order_by(Customer.id).limit(1)).scalar_one()


def signatory_of(server: LiveServer, quote_url: str) -> Signatory:
    quote_id = int(quote_url.rpartition("/")[2])
    known = (
        select(Person.name, Person.cpf, Person.email, Customer.document)
        .join(Customer, Customer.id == Person.customer_id)
        .join(Quote, Quote.customer_id == Customer.id)
        .where(Quote.id == quote_id)
    )
    with rows_of(server.database_url) as session:
        name, cpf, email, document = session.execute(known).one()
    return Signatory(name, cpf, email, format_document(document))


def generate_contract(journey: Journey) -> None:
    """From the quote's page to the contract's, which waits for the signature."""
    seller = journey.seller
    seller.reload()
    journey.look(seller)
    press(seller, "Gerar contrato")
    expect(seller).to_have_url(re.compile(r"/contratos/\d+$"))
    expect(seller.get_by_text("Esperando a assinatura")).to_be_visible(timeout=WORK_S)
    expect(seller.locator(".page-subtitle")).to_contain_text("Aguardando contrato")
    journey.look(seller)


def sign(journey: Journey) -> None:
    """Read, agree, and confirm with the mailed code, on the phone."""
    page, person = journey.customer, journey.signatory
    page.goto(journey.link("Contrato .*: sua assinatura", "assinar"))
    expect(page.get_by_role("heading", name="Leia e assine")).to_be_visible()
    journey.look(page)
    page.get_by_label("Li e concordo com os termos").tap()
    page.get_by_role("button", name="Continuar para assinar").tap()
    expect(page.get_by_role("heading", name="Confirme que é você")).to_be_visible()
    page.get_by_label("Nome completo").fill(person.name)
    page.get_by_label("CPF").press_sequentially(person.cpf)
    code = found_in(journey.letter("Seu código para assinar"), r"^ +(\d{3} \d{3})\r?$")
    page.get_by_label("Código recebido por e-mail").fill(code)
    journey.look(page)
    page.get_by_role("button", name="Confirmar assinatura").tap()
    expect(page.get_by_role("heading", name="Documento assinado")).to_be_visible(timeout=WORK_S)
    journey.look(page)


def register_card(journey: Journey, number: str) -> None:
    """By the link in its mail, into the processor's own field."""
    page = journey.customer
    page.goto(journey.link("Cadastre o cartão do contrato", "cartao"))
    field = page.locator("#card-element")
    expect(field.get_by_placeholder("number")).to_be_visible(timeout=WORK_S)
    journey.look(page)
    for name, value in {"number": number, "exp_month": "12", "exp_year": "30", "cvc": "123"}.items():
        field.get_by_placeholder(name).fill(value)
    page.get_by_role("button", name="Cadastrar cartão").tap()


def expect_active(journey: Journey) -> None:
    """The contract's page and the welcome mail say so, and until which day."""
    today, until = clock.day_of(clock.now()), released_until()
    seller = journey.seller
    seller.reload()
    expect(seller.locator(".page-subtitle")).to_contain_text("Ativo")
    expect(seller.get_by_text(f"Começou em {today:%d/%m/%Y}. Liberado até {until}.")).to_be_visible()
    journey.look(seller)
    welcome = journey.letter("Boas-vindas: seu contrato está ativo")
    assert found_in(welcome, r"Liberado até: +(\S+)") == until


def released_until() -> str:
    """A month that begins today is paid until the end of the next: activated on 01/06, until 31/07."""
    month = clock.day_of(clock.now()).replace(day=1)
    for _month in range(2):
        month = (month + timedelta(days=32)).replace(day=1)
    return f"{month - timedelta(days=1):%d/%m/%Y}"
