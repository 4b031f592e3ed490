"""The invoice as a PDF: what it says while it is open, paid and void, and who may have it."""

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.rules.boleto import BoletoState
from portal.checkout.pages.printed import invoice_sheet
from portal.config import CompanySettings
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.documents.operations.printing import render_invoice
from portal.documents.rules.invoice import InvoiceSheet
from portal.invoices.models import Invoice
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.operations.settling import void_invoice
from portal.invoices.queries.reading import load_invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.rules.receiving import Payer
from portal.shared.clock import at_sao_paulo
from portal.shared.refusals import Missing
from portal.shared.tokens import LinkToken
from tests.factories.contracts import make_contract
from tests.factories.overdue import active
from tests.factories.payers import PARTNER, make_owed
from tests.factories.payments import pay
from tests.factories.quotes import NOON, make_house
from tests.portal.subscribers.test_signing_in import MARIA, bill, come_in
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.pdf import poppler, text_of
from tests.support.people import ClientOf

BAKERY = "11.444.777/0001-61"
COMPANY = CompanySettings.from_environment({}, production=False)
PIX = (
    "00020126360014br.gov.bcb.pix0114112223330001815204000053039865406154.475802BR"
    "5920PORTAL SISTEMAS LTDA6013FLORIANOPOLIS62200516FATURA0000000003630"
)


def in_august(session: Session) -> Invoice:
    """199,90 due on Saturday, 15/08/2026, with a registered boleto; credit of 45,43 paid a part of it.

    The one before, also 199,90, was paid with 250,00 ten days late: 4,00 late fee and 0,67 interest.
    """
    contract = active(session, make_house(session, document=BAKERY))
    before, paid_at = issue(session, contract.id, 2, date(2026, 7, 5)), at_sao_paulo(date(2026, 7, 25), 12)
    payer = Payer(document=before.payer_document)
    pay(session, invoice_id=before.id, amount_cents=250_00, payer=payer, now=paid_at)
    invoice = issue(session, contract.id, 3, date(2026, 8, 5))
    session.execute(
        update(Boleto)
        .where(Boleto.invoice_id == invoice.id, Boleto.state == BoletoState.ISSUED)
        .values(state=BoletoState.REGISTERED, registered_at=at_sao_paulo(date(2026, 8, 5), 10))
    )
    session.expire_all()
    return load_invoice(session, invoice.id)


def issue(session: Session, contract_id: int, number: int, day: date) -> Invoice:
    contract = load_contract(session, contract_id)
    return issue_installment(session, contract=contract, number=number, now=at_sao_paulo(day, 9))


def sheet_of(session: Session, invoice: Invoice, day: date) -> InvoiceSheet:
    return invoice_sheet(session, load_invoice(session, invoice.id), COMPANY, today=day)[0]


def plain(pairs: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [(name, value.replace("\xa0", " ")) for name, value in pairs]


class TestAnOpenInvoice:
    @pytest.mark.deep
    def test_says_all_that_is_charged_and_how_it_is_paid(self, session: Session) -> None:
        invoice = in_august(session)
        pdf = render_invoice(sheet_of(session, invoice, date(2026, 8, 6)), now=NOON)
        words = text_of(pdf)
        for part in (
            "Fatura 000003 Mensalidade · contrato 000001 Sul Sistemas contato@exemplo.com.br",
            "Vencimento 15/08/2026 Emitida em 05/08/2026 Forma combinada Boleto bancário",
            "Cobrada de Padaria Pão Quente Ltda CNPJ 11.444.777/0001-61 Rua das Palmeiras, 120 – Centro –",
            "Joinville/SC – 89201-123",
            "Portal Sistemas Ltda. CNPJ 11.222.333/0001-81 Rua das Palmeiras, 100, Centro",
            "CEP 88010-000, Florianópolis/SC",
            "Hiper Gestão R$ 199,90 Total da fatura R$ 199,90 Crédito usado −R$ 45,43 A pagar R$ 154,47",
            "Período de 01/09/2026 até 30/09/2026.",
            "pode ser paga sem acréscimo até 17/08/2026",
            "Linha digitável: 34191.09008 00000.320051 71234.570001 8 15390000015447",
            "Banco 341 · Itaú Unibanco Agência 0057 Conta corrente 12345-7",
        ):
            assert part in words, part
        lines = poppler("pdftotext", pdf, "-raw", into="-").splitlines()
        assert any(line.startswith(PIX) for line in lines)  # whole, or nobody could copy it

    @pytest.mark.deep
    def test_is_tagged_archivable_on_one_page_and_always_the_same(self, session: Session) -> None:
        sheet = sheet_of(session, in_august(session), date(2026, 8, 25))
        pdf = render_invoice(sheet, now=NOON)
        assert pdf == render_invoice(sheet, now=NOON)
        assert "<pdfuaid:part>1</pdfuaid:part>" in poppler("pdfinfo", pdf, "-meta")
        facts = poppler("pdfinfo", pdf)
        assert re.search(r"^Tagged: +yes$", facts, re.MULTILINE)
        assert re.search(r"^Pages: +1$", facts, re.MULTILINE)
        assert re.search(r"^Title: +Fatura 000003$", facts, re.MULTILINE)

    def test_asks_after_its_day_also_for_what_lateness_costs(self, session: Session) -> None:
        """154,47 ten days late: 3,09 late fee (2 %) and 0,51 interest (1 % a month)."""
        sheet = sheet_of(session, in_august(session), date(2026, 8, 27))
        assert plain(sheet.taken_off) == [
            ("Crédito usado", "−R$ 45,43"),
            ("Multa e juros por atraso, em 27/08/2026", "R$ 3,60"),
        ]
        assert sheet.ways
        assert sheet.ways.amount == "R$\xa0158,07"
        assert "5406158.07" in sheet.ways.pix_text
        assert sheet.ways.boleto_remark == "Cobra também a multa e os juros."

    def test_names_charges_that_were_carried_to_it(self, session: Session) -> None:
        contract = active(session)
        before = issue(session, contract.id, 2, date(2026, 7, 5))
        pay(session, invoice_id=before.id, now=at_sao_paulo(date(2026, 7, 25), 12))
        sheet = sheet_of(session, issue(session, contract.id, 3, date(2026, 8, 5)), date(2026, 8, 6))
        assert plain(sheet.lines)[1][1] == "R$ 4,67"
        assert "Inclui R$ 4,67 de multa e juros" in sheet.remarks[1].replace("\xa0", " ")

    @pytest.mark.deep
    def test_with_a_boleto_that_is_being_settled_is_not_to_be_paid_again(self, session: Session) -> None:
        invoice = in_august(session)
        boletos = update(Boleto).where(Boleto.invoice_id == invoice.id)
        session.execute(boletos.values(state=BoletoState.PAID_UNSETTLED, paid_at=NOON))
        session.expire_all()
        sheet = sheet_of(session, invoice, date(2026, 8, 6))
        assert (sheet.ways, sheet.notice[-18:]) == (None, "Não pague de novo.")

    @pytest.mark.deep
    def test_of_the_partner_is_in_the_suppliers_name(self, transaction: Transaction) -> None:
        owed = make_owed(transaction, PARTNER)
        with transaction() as session:
            sheet = sheet_of(session, owed.invoice(session), date(2026, 6, 11))
        assert (sheet.seller, sheet.payer_name) == ("Portal Sistemas Ltda.", "Sul Sistemas Ltda.")
        assert sheet.payer_address == ""
        assert sheet.ways
        assert "Central do Assinante" not in sheet.ways.elsewhere


class TestAnInvoiceNobodyPaysAnyMore:
    def test_says_so_and_no_way_to_pay(self, session: Session) -> None:
        house = make_house(session)
        paid, void = (issue(session, active(session, house).id, 2, date(2026, 7, 5)) for _ in range(2))
        pay(session, invoice_id=paid.id, now=at_sao_paulo(date(2026, 7, 10), 12))
        void_invoice(session, invoice_id=void.id, reason="Engano.", actor=None, now=NOON)
        session.expire_all()
        sheets = [sheet_of(session, each, date(2026, 7, 20)) for each in (paid, void)]
        assert [(each.notice, each.ways) for each in sheets] == [
            ("Paga em 10/07/2026.", None),
            ("Fatura cancelada: Engano. Não é preciso pagar.", None),
        ]
        assert plain(sheets[0].taken_off) == [("Já pago", "−R$ 199,90")]
        assert "Como pagar" not in text_of(render_invoice(sheets[0], now=NOON))


def test_a_draft_has_none(session: Session) -> None:
    make_contract(session, make_house(session), state=ContractState.AWAITING_SIGNATURE, payment_method="card")
    draft = load_invoice(session, 1)
    assert draft.state is InvoiceState.DRAFT
    with pytest.raises(Missing, match="ainda não foi emitida"):
        invoice_sheet(session, draft, COMPANY, today=date(2026, 6, 10))


@pytest.mark.usefixtures("noon")
class TestThePages:
    def test_give_it_to_the_staff_of_the_partner_and_nobody_elses(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            bill(session)
            invoice = load_invoice(session, 1)
            seller = invoice.contract.quote.owner_id
            stranger = make_house(session, document=BAKERY).seller.user_id
        assert "/faturas/1/fatura.pdf" in client_of(seller).get("/faturas/1").text
        answer = client_of(seller).get("/faturas/1/fatura.pdf")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.headers["Content-Disposition"] == 'inline; filename="fatura-000001.pdf"'
        assert "Fatura 000001" in text_of(answer.data)
        assert client_of(stranger).get("/faturas/1/fatura.pdf").status_code == 404

    @pytest.mark.deep
    def test_give_it_to_the_payer_while_the_link_works(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        owed = make_owed(transaction, PARTNER)
        address = f"{owed.address}/fatura.pdf"
        assert address in visitor.get(owed.address).text
        answer = visitor.get(address)
        assert (answer.status_code, answer.headers["X-Robots-Tag"]) == (200, "noindex, nofollow")
        assert "A pagar R$ 85,00" in text_of(answer.data)
        with transaction() as session:
            session.execute(update(LinkToken).values(expires_at=NOON - timedelta(days=1)))
        assert visitor.get(address).status_code == 404
        assert "fatura.pdf" not in visitor.get(owed.address).text

    @pytest.mark.deep
    def test_give_a_customer_its_own(
        self, app: Flask, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            bill(session)
            foreign = issue(
                session,
                active(session, make_house(session, document=BAKERY)).id,
                2,
                date(2026, 7, 5),
            ).id
        come_in(app, visitor, transaction, MARIA)
        for page in ("/assinante", "/assinante/faturas"):
            assert "/assinante/faturas/1/fatura.pdf" in visitor.get(page).text
        answer = visitor.get("/assinante/faturas/1/fatura.pdf")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert visitor.get(f"/assinante/faturas/{foreign}/fatura.pdf").status_code == 404
