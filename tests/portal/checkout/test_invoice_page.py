"""The payer's page of an invoice."""

import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.banking.models.boleto import Boleto
from portal.banking.rules.boleto import BoletoState
from portal.documents.models import StoredFile
from portal.invoices.operations.settling import void_invoice
from portal.receipts.models.ted import TedTransfer
from portal.receipts.operations.ted import refuse_ted
from portal.receipts.rules.ted import TedState
from portal.shared import clock, tokens
from portal.shared.auth import Role
from portal.shared.tokens import Purpose
from tests.factories.invoices import make_billed
from tests.factories.payments import pay
from tests.factories.users import actor_of, make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def issued(transaction: Transaction, **changes: Any) -> tuple[int, str]:
    """An open invoice and the address of its page."""
    with transaction() as session:
        invoice = make_billed(session, now=clock.now(), **changes).invoice
        return invoice.id, f"/pagar/{link_to(session, invoice.id)}"


def link_to(session: Session, invoice_id: int, *, valid_for: timedelta = timedelta(days=30)) -> str:
    """The secret of a link to an invoice."""
    token = tokens.issue(
        session, purpose=Purpose.INVOICE, subject_id=invoice_id, now=clock.now(), valid_for=valid_for
    )
    return token.secret()


def boleto_of(session: Session, invoice_id: int) -> Boleto:
    return session.scalars(select(Boleto).where(Boleto.invoice_id == invoice_id)).one()


class TestThePage:
    @pytest.mark.deep
    def test_says_who_asks_how_much_until_when(self, transaction: Transaction, visitor: PortalClient) -> None:
        _invoice, address = issued(transaction)
        answer = visitor.get(address)
        assert answer.status_code == 200
        assert "Portal Sistemas Ltda." in answer.text
        assert "Padaria Pão Quente Ltda" in answer.text
        assert "R$\xa0199,90" in answer.text
        assert "O que acontece depois" in answer.text
        assert "<title>Sua fatura" in answer.text

    @pytest.mark.deep
    @pytest.mark.parametrize(("method", "first"), [("boleto", "pix"), ("ted", "ted"), ("ted_boleto", "ted")])
    def test_opens_the_way_of_the_contract_and_offers_the_others(
        self, transaction: Transaction, visitor: PortalClient, method: str, first: str
    ) -> None:
        _invoice, address = issued(transaction, payment_method=method)
        text = visitor.get(address).text
        assert f'id="{first}" name="forma" open>' in text
        assert text.count(' name="forma" open>') == 1
        assert all(f'id="{way}" name="forma"' in text for way in ("pix", "boleto", "ted"))

    @pytest.mark.deep
    def test_changes_nothing_when_opened(self, transaction: Transaction, visitor: PortalClient) -> None:
        invoice_id, address = issued(transaction, payment_method="ted")
        visitor.get(address)
        with transaction() as session:
            assert session.scalar(select(Boleto.id).where(Boleto.invoice_id == invoice_id)) is None
            assert session.scalar(select(TedTransfer.id)) is None

    def test_asks_for_the_outcome_only_until_there_is_one(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        invoice_id, address = issued(transaction, payment_method="ted")
        assert visitor.ask(f"{address}/situacao").status_code == 204
        with transaction() as session:
            pay(session, invoice_id=invoice_id, now=clock.now())
        answer = visitor.ask(f"{address}/situacao")
        assert answer.headers["HX-Redirect"] == address
        text = visitor.get(address).text
        assert text.count("Recebemos seu pagamento") == 1
        assert "Falta assinar o contrato" in text

    def test_of_a_void_invoice_asks_for_nothing(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        invoice_id, address = issued(transaction)
        with transaction() as session:
            void_invoice(session, invoice_id=invoice_id, reason="engano", actor=None, now=clock.now())
        text = visitor.get(address).text
        assert "Esta fatura foi cancelada" in text
        assert "Pix" not in text

    def test_behind_an_ended_link_names_whom_to_ask(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        invoice_id, _address = issued(transaction)
        with transaction() as session:
            old = link_to(session, invoice_id, valid_for=timedelta(0))
        answer = visitor.get(f"/pagar/{old}")
        assert "Este link expirou" in answer.text
        assert "financeiro@portal.example" in answer.text
        assert "Pix" not in answer.text
        assert visitor.get(f"/pagar/{old}/boleto.pdf").status_code == 404

    @pytest.mark.deep
    def test_of_a_link_that_ended_long_ago_shows_nothing(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        _invoice, address = issued(transaction)  # its link works for 30 days
        for path, days, status in (("", 119, 200), ("", 121, 404), ("/recibo.pdf", 121, 404)):
            with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
                answer = visitor.get(address + path)
            assert answer.status_code == status
            assert ("Peça um novo a quem o enviou." in answer.text) is (status == 404)

    @pytest.mark.deep
    def test_of_a_link_for_something_else_is_missing(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        invoice_id, _address = issued(transaction)
        with transaction() as session:
            other = tokens.issue(
                session,
                purpose=Purpose.CARD_REGISTRATION,
                subject_id=invoice_id,
                now=clock.now(),
                valid_for=timedelta(days=1),
            ).secret()
        assert visitor.get(f"/pagar/{other}").status_code == 404


class TestABoletoOnThePage:
    def test_that_is_not_registered_leads_elsewhere(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        invoice_id, address = issued(transaction)
        with transaction() as session:
            line = boleto_of(session, invoice_id).line
        text = visitor.get(address).text
        assert "O banco ainda está registrando este boleto" in text
        assert "em registro no banco" in text
        assert text.index('id="pix"') < text.index('id="boleto"')
        assert 'id="pix" name="forma" open>' in text
        assert line not in text
        assert visitor.get(f"{address}/boleto.pdf").status_code == 404

    @pytest.mark.deep
    def test_that_is_registered_shows_line_bars_and_slip(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        invoice_id, address = issued(transaction)
        with transaction() as session:
            boleto = boleto_of(session, invoice_id)
            boleto.state, line = BoletoState.REGISTERED, boleto.line
        text = visitor.get(address).text
        assert line in text
        assert 'id="boleto" name="forma" open>' in text
        assert "Código de barras do boleto" in text
        slip = visitor.get(f"{address}/boleto.pdf")
        assert (slip.status_code, slip.mimetype) == (200, "application/pdf")

    @pytest.mark.deep
    def test_appears_on_the_open_page_by_itself(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        invoice_id, address = issued(transaction, payment_method="boleto")
        asked = unescape(re.findall(r'hx-get="([^"]+)"', visitor.get(address).text)[0])
        assert visitor.ask(asked).status_code == 204
        with transaction() as session:
            boleto_of(session, invoice_id).state = BoletoState.REGISTERED
        assert visitor.ask(asked).headers["HX-Redirect"] == f"{address}?forma=boleto"

    @pytest.mark.deep
    def test_is_made_when_the_payer_of_another_way_asks(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        invoice_id, address = issued(transaction, payment_method="ted")
        visitor.get(address)
        assert location(visitor.submit(f"{address}/boleto", {})) == f"{address}?forma=boleto"
        assert 'id="boleto" name="forma" open>' in visitor.get(f"{address}?forma=boleto").text
        assert 'id="ted" name="forma" open>' in visitor.get(f"{address}?forma=outra").text
        visitor.submit(f"{address}/boleto", {})
        with transaction() as session:
            assert boleto_of(session, invoice_id).state is BoletoState.ISSUED


class TestTheProofOfATed:
    def send(self, visitor: PortalClient, address: str, content: bytes) -> TestResponse:
        """Send a file as proof; its name says nothing."""
        visitor.get(address)
        form = {"proof": (io.BytesIO(content), "comprovante.exe")}
        return visitor.submit(f"{address}/comprovante", form, content_type="multipart/form-data")

    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("content", "media_type"),
        [
            (PNG, "image/png"),
            (b"%PDF-1.7 ...", "application/pdf"),
            (b"\xef\xbb\xbf\r\n%PDF-1.4 ...", "application/pdf"),  # as banks' programs write it
            (b"%PDF-1.4".rjust(1022), "application/pdf"),
            (b"\xff\xd8\xff\xe0 ...", "image/jpeg"),
            (b"\xff\xd8\xff\xe0 %PDF-", "image/jpeg"),
        ],
    )
    def test_is_kept_and_waits_for_finance(
        self, transaction: Transaction, visitor: PortalClient, content: bytes, media_type: str
    ) -> None:
        invoice_id, address = issued(transaction, payment_method="ted")
        answer = self.send(visitor, address, content)
        assert answer.status_code == 303
        assert "O financeiro confere o extrato" in visitor.get(address).text
        with transaction() as session:
            transfer = session.scalars(select(TedTransfer)).one()
            assert (transfer.invoice_id, transfer.state) == (invoice_id, TedState.WAITING)
            assert session.scalars(select(StoredFile.media_type)).one() == media_type

    @pytest.mark.parametrize(
        "content", [b"", b"MZ not a proof", b"<svg onload=alert(1)>", b"%PDF-1.4".rjust(1028)]
    )
    def test_of_another_kind_is_refused_at_the_field(
        self, transaction: Transaction, visitor: PortalClient, content: bytes
    ) -> None:
        _invoice, address = issued(transaction, payment_method="ted")
        answer = self.send(visitor, address, content)
        assert answer.status_code == 422
        assert 'id="proof-error"' in answer.text
        with transaction() as session:
            assert session.scalar(select(TedTransfer.id)) is None

    @pytest.mark.deep
    def test_may_have_five_megabytes_and_not_more(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        _invoice, address = issued(transaction, payment_method="ted")
        large = PNG.ljust(5 * 1024 * 1024, b"x")
        refused = self.send(visitor, address, large + b"x")
        assert refused.status_code == 422
        assert "O arquivo tem mais de 5 MB. Envie um menor." in refused.text
        assert self.send(visitor, address, large).status_code == 303

    def test_sent_again_replaces_the_one_finance_sees(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        _invoice, address = issued(transaction, payment_method="ted")
        self.send(visitor, address, PNG)
        self.send(visitor, address, PNG + b"better")
        with transaction() as session:
            transfer = session.scalars(select(TedTransfer)).one()
            files = session.scalars(select(StoredFile.id).order_by(StoredFile.id)).all()
            assert transfer.proof_id == files[-1]
            assert len(files) == 2

    @pytest.mark.deep
    def test_that_finance_refused_says_why(self, transaction: Transaction, visitor: PortalClient) -> None:
        _invoice, address = issued(transaction, payment_method="ted")
        self.send(visitor, address, PNG)
        with transaction() as session:
            refuse_ted(
                session,
                transfer=session.scalars(select(TedTransfer)).one(),
                reason="O comprovante é de outra empresa.",
                actor=actor_of(make_user(session, role=Role.FINANCE)),
                now=clock.now(),
            )
        assert "O comprovante é de outra empresa." in visitor.get(address).text
        assert self.send(visitor, address, PNG).status_code == 303
