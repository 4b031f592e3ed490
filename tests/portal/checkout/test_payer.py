"""Whoever owes an invoice is whose its money is: the customer, or the partner that bills it itself."""

import io

import pytest
import time_machine
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.documents.models import StoredFile
from portal.invoices.models import Posting
from portal.invoices.operations.settling import void_invoice
from portal.invoices.queries.books import find_broken_receivables
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import CustomerCredit, ParkedPayment, Payment
from portal.receipts.models.ted import TedTransfer
from portal.receipts.operations.ted import confirm_ted
from portal.receipts.rules.receiving import CreditReason, ParkReason, PaymentOutcome
from portal.shared.auth import Role
from portal.shared.clock import day_of
from tests.factories.payers import CUSTOMER, PARTNER, Owed, make_owed
from tests.factories.payments import pay
from tests.factories.quotes import NOON
from tests.factories.users import actor_of, make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.people import ClientOf
from tests.support.quote_builder import text_of

PDF = b"%PDF-1.7 a proof"
BOLETO = """
    INSERT INTO boletos (series, number, invoice_id, partner_id, customer_id, amount_cents, due_on, bar_code,
        line, our_number, payer_name, payer_document, payer_street, payer_district, payer_postal_code,
        payer_city, payer_state, issued_at, state, rejection)
    SELECT 's', 1, id, partner_id, customer_id, 1, due_on, 'b', 'l', 'n', payer_name, {document},
        '', '', '', '', '', now(), 'written_off', '' FROM invoices WHERE id = :invoice"""
OF_PAYMENT = """
    INSERT INTO customer_credits (payment_id, partner_id, customer_id, amount_cents, reason, created_at)
    SELECT id, :partner, :other, 1, 'excess', now() FROM payments WHERE invoice_id = :invoice"""
OF_INVOICE = """
    INSERT INTO customer_credits (invoice_id, partner_id, customer_id, amount_cents, reason, created_at)
    VALUES (:invoice, :partner, :other, 1, 'voided', now())"""
PAYMENT = "UPDATE payments SET invoice_id = :invoice, partner_id = :partner, customer_id = :other"
NEW_PAYMENTS = """
    INSERT INTO payments (source, external_id, amount_cents, fee_cents, credited_cents, currency, paid_at,
        received_at, payer_name, payer_document, facts, outcome, invoice_id, partner_id, customer_id)
    SELECT source, external_id || each, one.amount_cents, fee_cents, credited_cents, one.currency,
        one.paid_at, received_at, one.payer_name, one.payer_document, facts, 'settled', owed.id,
        CASE each WHEN 3 THEN CAST(:partner AS bigint) ELSE owed.partner_id END,
        CASE WHEN each = 3 THEN CAST(:other AS bigint) WHEN billed_to = 'customer' THEN owed.customer_id END
    FROM payments AS one JOIN invoices AS owed ON owed.id = :invoice
    CROSS JOIN generate_series(1, 3) AS each"""


@pytest.fixture(params=[CUSTOMER, PARTNER])
def owed(
    request: pytest.FixtureRequest,
    noon: time_machine.Traveller,  # noqa: ARG001
    transaction: Transaction,
) -> Owed:
    return make_owed(transaction, request.param)


@pytest.fixture
def partners(noon: time_machine.Traveller, transaction: Transaction) -> Owed:  # noqa: ARG001
    return make_owed(transaction, PARTNER)


def come(owed: Owed, session: Session, *, more: int = 0, source: str = "pix") -> Payment:
    """The invoice's amount, or so much more, is paid for it."""
    return pay(
        session,
        invoice_id=owed.invoice_id,
        amount_cents=owed.amount_cents + more,
        now=NOON,
        source=source,
    )


def owner_of(row: Payment | CustomerCredit) -> tuple[int | None, int | None]:
    return row.partner_id, row.customer_id


def credit(owed: Owed, session: Session) -> CustomerCredit:
    """The only credit there is; the ledger says the same of it."""
    found = session.scalars(select(CustomerCredit)).one()
    booked = session.scalars(
        select(Posting.amount_cents).where(Posting.credit_account == f"{owed.by}_credit")
    ).all()
    assert booked == [found.amount_cents]
    return found


class TestMoneyForAnInvoice:
    @pytest.mark.deep
    @pytest.mark.parametrize("source", ["pix", "boleto"])
    def test_is_its_payers(self, owed: Owed, source: str) -> None:
        with owed.transaction() as session:
            payment = come(owed, session, source=source)
            assert (payment.outcome, owner_of(payment)) == (PaymentOutcome.SETTLED, owed.owner)
            assert owed.invoice(session).state is InvoiceState.PAID
            assert find_broken_receivables(session) == []

    @pytest.mark.deep
    def test_that_comes_twice_is_its_payers_credit(self, owed: Owed) -> None:
        with owed.transaction() as session:
            come(owed, session)
            second = come(owed, session)
            assert (second.outcome, owner_of(second)) == (PaymentOutcome.CREDITED, owed.owner)
            kept = credit(owed, session)
            assert (owner_of(kept), kept.amount_cents) == (owed.owner, owed.amount_cents)
            assert kept.reason is CreditReason.ALREADY_PAID

    @pytest.mark.deep
    def test_that_was_voided_is_its_payers_credit(self, owed: Owed) -> None:
        with owed.transaction() as session:
            void_invoice(session, invoice_id=owed.invoice_id, reason="engano", actor=None, now=NOON)
            come(owed, session)
            kept = credit(owed, session)
            assert (owner_of(kept), kept.reason) == (owed.owner, CreditReason.VOIDED)

    @pytest.mark.deep
    def test_that_is_voided_after_a_part_was_paid_is_its_payers_credit(
        self, owed: Owed, client_of: ClientOf
    ) -> None:
        with owed.transaction() as session:
            come(owed, session, more=-50_00)
        decide(owed, client_of, "fatura")
        with owed.transaction() as session:
            void_invoice(session, invoice_id=owed.invoice_id, reason="engano", actor=None, now=NOON)
            kept = credit(owed, session)
            assert (owner_of(kept), kept.amount_cents) == (owed.owner, owed.amount_cents - 50_00)
            assert find_broken_receivables(session) == []


class TestMoneyThatFinanceDecidesAbout:
    @pytest.mark.deep
    def test_pays_and_leaves_the_rest_to_the_payer(self, owed: Owed, client_of: ClientOf) -> None:
        with owed.transaction() as session:
            payment = come(owed, session, more=30_00)
            parked = session.scalars(select(ParkedPayment)).one()
            assert (payment.outcome, parked.reason) == (PaymentOutcome.PARKED, ParkReason.WRONG_AMOUNT)
            assert owner_of(payment) == (None, None)
        assert owed.name in decide(owed, client_of, "fatura")
        with owed.transaction() as session:
            assert owner_of(session.scalars(select(Payment)).one()) == owed.owner
            kept = credit(owed, session)
            assert (owner_of(kept), kept.amount_cents) == (owed.owner, 30_00)

    def test_becomes_credit_of_who_owes_the_invoice_that_was_named(
        self, owed: Owed, client_of: ClientOf
    ) -> None:
        with owed.transaction() as session:
            come(owed, session, more=11)
        decide(owed, client_of, "credito")
        with owed.transaction() as session:
            assert owner_of(session.scalars(select(Payment)).one()) == owed.owner
            assert owner_of(credit(owed, session)) == owed.owner


class TestAProof:
    @pytest.mark.deep
    def test_is_the_payers_and_so_is_what_finance_confirms(
        self, owed: Owed, visitor: PortalClient, client_of: ClientOf
    ) -> None:
        visitor.get(owed.address)
        proof = {"proof": (io.BytesIO(PDF), "comprovante.pdf")}
        sent = visitor.submit(f"{owed.address}/comprovante", proof, content_type="multipart/form-data")
        assert sent.status_code == 303
        with owed.transaction() as session:
            finance = actor_of(make_user(session, role=Role.FINANCE))
            transfer_id = session.scalars(select(TedTransfer.id)).one()
            whose = " do parceiro" if owed.by == PARTNER else ""
            assert f"Comprovante de TED{whose}, fatura 000001" in session.scalars(select(StoredFile.title))
        client = client_of(finance.user_id)
        for page in ("/pagamentos/teds", f"/pagamentos/teds/{transfer_id}", "/pagamentos/teds.csv"):
            shown = client.get(page).text
            assert ("Pão Quente" in shown, "Sul Sistemas" in shown) == (
                owed.by == CUSTOMER,
                owed.by == PARTNER,
            )
        with owed.transaction() as session:
            confirm_ted(
                session,
                transfer=session.get_one(TedTransfer, transfer_id),
                amount_cents=owed.amount_cents,
                credited_on=day_of(NOON),
                actor=finance,
                now=NOON,
            )
            assert owner_of(session.scalars(select(Payment)).one()) == owed.owner
        assert owed.name in client.get("/pagamentos.csv").text


class TestAPartnersInvoice:
    def test_is_mailed_to_who_runs_the_partner_with_ways_it_can_use(self, partners: Owed) -> None:
        (mail,) = partners.mails()
        assert mail.to_address == partners.payer
        assert "TED ou Pix" in mail.text_body
        assert "oleto" not in mail.text_body
        assert "Portal Sistemas Ltda. ajuda você" in mail.text_body
        assert mail.reply_to == "financeiro@portal.example"

    def test_has_no_boleto_which_would_bear_the_customers_address(
        self, partners: Owed, visitor: PortalClient
    ) -> None:
        page = text_of(visitor.get(partners.address).text)
        assert "Boleto" not in page
        answer = visitor.submit(f"{partners.address}/boleto")
        assert answer.status_code == 409
        assert "Use Pix, TED ou cartão." in text_of(answer.text)
        with partners.transaction() as session:
            assert session.scalars(select(Boleto)).all() == []

    def test_speaks_to_the_partner_of_its_customers_service(
        self, partners: Owed, visitor: PortalClient
    ) -> None:
        page = text_of(visitor.get(partners.address).text)
        assert "para Sul Sistemas Ltda. , do custo do contrato 000001, de Padaria Pão Quente Ltda." in page
        assert "o serviço de Padaria Pão Quente Ltda é liberado" in page
        with partners.transaction() as session:
            come(partners, session)
        page = text_of(visitor.get(partners.address).text)
        assert "O serviço de Padaria Pão Quente Ltda está liberado até" in page
        assert "Seu acesso" not in page

    @pytest.mark.deep
    def test_warns_whoever_may_copy_its_link(self, partners: Owed, client_of: ClientOf) -> None:
        with partners.transaction() as session:
            seller_id = make_user(session, role=Role.SELLER, partner_id=partners.partner_id).id
        page = text_of(client_of(seller_id).get(f"/faturas/{partners.invoice_id}").text)
        assert "Quem paga é Sul Sistemas Ltda.: o link mostra o custo, não o envie ao cliente." in page


class TestTheDatabase:
    @pytest.mark.deep
    @pytest.mark.parametrize("statement", [PAYMENT, NEW_PAYMENTS], ids=["changed", "one of three new"])
    def test_gives_no_payment_to_somebody_else_than_the_payer(self, owed: Owed, statement: str) -> None:
        with owed.transaction() as session:
            come(owed, session, more=1)
            refused(session, statement, owed)

    @pytest.mark.parametrize("statement", [OF_PAYMENT, OF_INVOICE], ids=["payment", "invoice"])
    def test_gives_no_credit_to_somebody_else_than_the_payer(self, owed: Owed, statement: str) -> None:
        with owed.transaction() as session:
            come(owed, session)
            refused(session, statement, owed)

    def test_prints_no_boleto_for_somebody_else_than_the_payer(self, owed: Owed) -> None:
        with owed.transaction() as session:
            session.execute(text("INSERT INTO boleto_series (name, last_number) VALUES ('s', 1)"))
            with pytest.raises(IntegrityError), session.begin_nested():
                session.execute(text(BOLETO.format(document="'191'")), {"invoice": owed.invoice_id})
            session.execute(text(BOLETO.format(document="payer_document")), {"invoice": owed.invoice_id})


def refused(session: Session, statement: str, owed: Owed) -> None:
    """The database does not take this for another owner than the payer; for the payer it does."""
    partner, customer = owed.owner
    other = None if customer else owed.customer_id
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(statement), values_of(owed, partner, other))
    with session.begin_nested() as taken:
        session.execute(text(statement), values_of(owed, partner, customer))
        taken.rollback()


def values_of(owed: Owed, partner: int, customer: int | None) -> dict[str, int | None]:
    return {"invoice": owed.invoice_id, "partner": partner, "other": customer}


def decide(owed: Owed, client_of: ClientOf, decision: str) -> str:
    """Somebody at finance decides about the parked payment by the invoice's number; the page before."""
    with owed.transaction() as session:
        finance_id = make_user(session, role=Role.FINANCE).id
        parked_id = session.scalars(select(ParkedPayment.id)).one()
    client = client_of(finance_id)
    page = text_of(client.get(f"/pagamentos/a-conferir/{parked_id}").text)
    answer = client.submit(
        f"/pagamentos/a-conferir/{parked_id}",
        {"invoice": "000001", "reason": "conferido no extrato", "decisao": decision},
    )
    assert answer.status_code == 303, text_of(answer.text)
    return page
