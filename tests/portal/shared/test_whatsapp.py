"""Whom a WhatsApp message is for, and the address that opens it."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.cards.rules.messages import card_message
from portal.contracts.rules.messages import signature_message
from portal.invoices.rules.messages import invoice_message
from portal.quotes.rules.messages import proposal_message
from portal.receipts.rules.messages import receipt_message
from portal.shared.whatsapp import Person, Sender, chat_address, number_of, prepared_for

MARIA = Person(key="signatory", name="Maria da Silva", call="Maria", phone="47999991234", role="responsável")
BRUNO = Sender(name="Bruno Lima", company="Sul Sistemas")
LINK = "https://portal.example/p/segredo"
DAY = date(2026, 6, 17)


class TestANumber:
    @pytest.mark.parametrize(
        ("phone", "number"),
        [
            ("47999991234", "5547999991234"),
            ("4799991234", "5547999991234"),  # as mobiles were written before the ninth digit
            ("4734331234", "554734331234"),  # a landline: WhatsApp Business answers there too
            ("11912345678", "5511912345678"),
            ("08001234567", None),
            ("8001234567", None),
            ("40041234", None),
            ("20999991234", None),  # no area code has a zero
            ("47199991234", None),
            ("4719991234", None),
            ("", None),
            ("479999912345", None),
        ],
    )
    def test_is_as_wa_me_takes_it(self, phone: str, number: str | None) -> None:
        assert number_of(phone) == number

    def test_of_a_landline_is_told(self) -> None:
        shop = Person(key="customer", name="Padaria", call="Padaria", phone="4734331234", role="empresa")
        assert shop.words == "Padaria, empresa: (47) 3433-1234 (fixo)"
        assert MARIA.words == "Maria da Silva, responsável: (47) 99999-1234"


class TestTheAddress:
    def test_holds_the_number_and_the_message_as_it_was_written(self) -> None:
        text = "Olá, Zé & Cia! 100% #1 + 2?\n\nhttps://portal.example/p/a-b_c"
        address = urlsplit(chat_address("5547999991234", text))
        assert (address.scheme, address.netloc, address.path) == ("https", "wa.me", "/5547999991234")
        assert parse_qs(address.query, strict_parsing=True) == {"text": [text]}
        assert address.fragment == ""


class TestEveryMessage:
    MESSAGES = (
        proposal_message(to=MARIA, sender=BRUNO, label="000012", link=LINK),
        signature_message(to=MARIA, sender=BRUNO, label="000123", last_day=DAY, link=LINK),
        card_message(to=MARIA, sender=BRUNO, label="000123", last_day=DAY, link=LINK),
        invoice_message(to=MARIA, sender=BRUNO, label="000041", due_on=DAY, link=LINK),
        receipt_message(to=MARIA, sender=BRUNO, label="000041", link=LINK),
    )

    @pytest.mark.parametrize("message", MESSAGES)
    def test_greets_says_who_writes_and_ends_with_the_link(self, message: str) -> None:
        assert message.startswith("Olá, Maria! Aqui é Bruno Lima, de Sul Sistemas.\n\n")
        assert message.endswith(f":\n{LINK}")
        assert message.count("http") == 1

    @pytest.mark.parametrize("message", MESSAGES)
    def test_tells_no_more_of_anybody(self, message: str) -> None:
        for secret in ("Silva", "99999", "R$", "CPF", "CNPJ", "@"):
            assert secret not in message

    def test_names_what_it_is(self) -> None:
        proposal, signature, card, invoice, receipt = self.MESSAGES
        assert "Segue a proposta 000012." in proposal
        assert "O contrato 000123 está pronto para assinatura." in signature
        assert "vale até 17/06/2026" in signature
        assert "cadastre o cartão neste link" in card
        assert "A fatura 000041, com vencimento em 17/06/2026, está pronta." in invoice
        assert "Recebemos o pagamento da fatura 000041." in receipt


class TestTheTimeline:
    def test_says_prepared_and_only_the_end_of_the_number(self) -> None:
        line = prepared_for(MARIA, "proposta 000012")
        assert line == "WhatsApp preparado para Maria da Silva (final 1234): proposta 000012"
