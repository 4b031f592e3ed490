"""The receipt of a paid invoice: for who sells, for the payer, by mail and by WhatsApp."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.config import CompanySettings
from portal.documents.rules.receipt import ReceiptPayment
from portal.invoices.operations.settling import settle_invoice
from portal.invoices.queries.reading import load_invoice
from portal.receipts.pages import receipt_of
from portal.receipts.rules.receiving import Payer
from portal.shared.audit import LogEntry
from portal.shared.mail_rows import MailMessage
from portal.shared.refusals import Missing
from portal.shared.tokens import LinkToken
from tests.factories.invoices import make_invoice
from tests.factories.payments import pay
from tests.factories.quotes import NOON, House
from tests.portal.checkout.test_passing_on import ZE, OpenShop, Shop, open_shop, opened, path_in, typed
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.letters import all_written
from tests.support.pdf import text_of

__all__ = ["open_shop"]
COMPANY = CompanySettings.from_environment({}, production=False)
LATER = NOON + timedelta(days=3)


def paid(session: Session, house: House) -> None:
    """Its one invoice was paid by Pix at noon of 10/06/2026."""
    invoice = make_invoice(session, house=house)
    pay(session, invoice_id=invoice.id, now=NOON, payer=Payer(name="Maria da Silva"))


class TestAReceipt:
    def test_is_of_each_payment_as_much_as_paid_this_invoice(self, session: Session) -> None:
        invoice_id = make_invoice(session).id
        for key, cents, at in (("ted:1", 100_00, NOON), ("pix:E7", 99_90, LATER)):
            settle_invoice(session, invoice_id=invoice_id, payment_key=key, amount_cents=cents, at=at, now=at)
        sheet, paid_at = receipt_of(session, load_invoice(session, invoice_id), COMPANY)
        bakery = "Padaria Pão Quente Ltda"
        assert sheet.payments == (
            ReceiptPayment(paid_on="10/06/2026", way="TED", payer=bakery, amount="R$\xa0100,00"),
            ReceiptPayment(paid_on="13/06/2026", way="Pix", payer=bakery, amount="R$\xa099,90"),
        )
        assert (sheet.amount, sheet.paid_on, paid_at) == ("R$\xa0199,90", "13/06/2026", LATER)

    def test_is_not_there_before_the_whole_is_paid(self, session: Session) -> None:
        invoice_id = make_invoice(session).id
        settle_invoice(
            session, invoice_id=invoice_id, payment_key="ted:1", amount_cents=100_00, at=NOON, now=NOON
        )
        with pytest.raises(Missing, match="ainda não foi paga"):
            receipt_of(session, load_invoice(session, invoice_id), COMPANY)


@pytest.mark.usefixtures("noon")
class TestThePages:
    @pytest.fixture
    def shop(self, open_shop: OpenShop) -> Shop:
        return open_shop(paid)

    @pytest.mark.deep
    def test_give_it_as_a_pdf(self, shop: Shop) -> None:
        assert "/faturas/1/recibo.pdf" in shop.client.get("/faturas/1").text
        answer = shop.client.get("/faturas/1/recibo.pdf")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        words = " ".join(text_of(answer.data).split())
        for part in (
            "Recibo Fatura 000001",
            "Recebemos de Padaria Pão Quente Ltda, CNPJ",
            "R$ 199,90 referente à fatura 000001, com vencimento em 15/06/2026",
            "Hiper Gestão",
            "10/06/2026 Pix Maria da Silva",
            "Portal Sistemas Ltda.",
            "CNPJ 11.222.333/0001-81",
            "Rua das Palmeiras, 100",
            "Florianópolis, 10/06/2026.",
            "não substitui a nota fiscal",
        ):
            assert part in words, part

    def test_pass_it_on_by_whatsapp_to_the_payer(
        self, shop: Shop, visitor: PortalClient, transaction: Transaction
    ) -> None:
        _number, text = opened(shop.client.submit("/faturas/1/recibo/whatsapp", typed("fatura", **ZE)))
        assert "Recebemos o pagamento da fatura 000001. Obrigado!" in text
        assert shop.prepared() == ["WhatsApp preparado para Zé Souza (final 4321): recibo da fatura 000001"]
        page = path_in(text)
        assert f"{page}/recibo.pdf" in visitor.get(page).text
        answer = visitor.get(f"{page}/recibo.pdf")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        with transaction() as session:
            session.execute(update(LinkToken).values(expires_at=NOON - timedelta(days=1)))
        assert visitor.get(f"{page}/recibo.pdf").status_code == 404
        assert "recibo.pdf" not in visitor.get(page).text

    def test_mail_it_once_a_click(self, shop: Shop, visitor: PortalClient, transaction: Transaction) -> None:
        answer = shop.client.submit("/faturas/1/recibo/enviar")
        assert (answer.status_code, location(answer)) == (303, "/faturas/1")
        with transaction() as session:
            receipts = select(MailMessage).where(MailMessage.kind == "invoice_receipt")
            mails = all_written(session, session.scalars(receipts).all())
            log = session.scalars(select(LogEntry.summary).filter_by(action="receipt_sent")).all()
            assert [(mail.to_address, mail.subject) for mail in mails] == [
                ("maria@paoquente.com.br", "Recibo da fatura 000001")
            ]
        assert log == ["Recibo da fatura 000001 enviado: Maria da Silva"]

    @pytest.mark.parametrize(
        "path", ["/faturas/1/recibo.pdf", "/faturas/1/recibo/enviar", "/faturas/1/recibo/whatsapp"]
    )
    def test_have_none_of_an_open_invoice(
        self,
        open_shop: OpenShop,
        path: str,
    ) -> None:
        shop = open_shop(lambda session, house: make_invoice(session, house=house))
        if path.endswith(".pdf"):
            assert shop.client.get(path).status_code == 404
            return
        mails = shop.count(MailMessage)
        answer = shop.client.submit(path, typed("fatura", **ZE))
        assert "wa.me" not in answer.text
        assert shop.prepared() == []
        assert shop.count(MailMessage) == mails
