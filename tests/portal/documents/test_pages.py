"""The tab Documentos, and keeping a file."""

import logging
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.documents.models import StoredFile
from portal.documents.rules.files import FileKind
from tests.factories.documents import STORED_AT, make_file
from tests.factories.quotes import make_house
from tests.support.application import Transaction
from tests.support.people import ClientOf

UNSIGNED, SIGNED = b"%PDF-1.7 unsigned", b"%PDF-1.7 signed and sealed"
UNSIGNED_SHA256 = "03e2c17ac3d35391c108bc838de2767449689ac612fa8ce521b91d027db67c62"  # by sha256sum
SIGNED_SHA256 = "944e2de5a3b0ac1fc6fa27bb1f7a1416da63e5bde45e9285334f298d81346577"


@dataclass(frozen=True)
class House:
    """A customer, and the seller of its partner."""

    customer_id: int
    seller_id: int

    def store(self, session: Session, **changes: Any) -> StoredFile:
        return make_file(session, customer=session.get_one(Customer, self.customer_id), **changes)


def new_house(session: Session) -> House:
    made = make_house(session)
    return House(made.customer.id, made.seller.user_id)


@pytest.fixture
def house(transaction: Transaction) -> House:
    """A customer without files."""
    with transaction() as session:
        return new_house(session)


def contract_of(house: House, transaction: Transaction) -> tuple[int, int]:
    """Store a contract and its signed version, a day later."""
    with transaction() as session:
        unsigned = house.store(session, content=UNSIGNED)
        signed = house.store(
            session,
            content=SIGNED,
            kind=FileKind.SIGNED_CONTRACT,
            file_name="contrato-2026-000123-assinado.pdf",
            now=STORED_AT + timedelta(days=1),
        )
        return unsigned.id, signed.id


class TestTheTabDocumentos:
    def test_lists_every_version_with_its_digest_the_newest_first(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        contract_of(house, transaction)
        page = client_of(house.seller_id).get(f"/clientes/{house.customer_id}/documentos").text
        order = [
            "contrato-2026-000123-assinado.pdf",
            "Contrato assinado",
            "11/06/2026 12:00",
            "contrato-2026-000123.pdf",
            "Contrato sem assinatura",
            "10/06/2026 12:00",
        ]
        table = page[page.index("<tbody>") :]
        places = [table.find(each) for each in order]
        assert -1 not in places, order[places.index(-1)]
        assert places == sorted(places)
        assert UNSIGNED_SHA256 in table
        assert SIGNED_SHA256 in table
        assert "2 documentos" in page

    def test_is_one_click_from_the_record(self, house: House, client_of: ClientOf) -> None:
        record = client_of(house.seller_id).get(f"/clientes/{house.customer_id}").text
        assert f'href="/clientes/{house.customer_id}/documentos"' in record

    def test_says_what_will_stand_there_while_it_is_empty(self, house: House, client_of: ClientOf) -> None:
        page = client_of(house.seller_id).get(f"/clientes/{house.customer_id}/documentos").text
        assert "Nenhum documento ainda" in page
        assert "Ver contratações" in page
        assert "<form" not in page[page.index("<main") :]

    def test_shows_only_one_kind_when_asked(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        contract_of(house, transaction)
        browser, address = client_of(house.seller_id), f"/clientes/{house.customer_id}/documentos"
        page = browser.get(f"{address}?tipo=signed_contract").text
        assert "contrato-2026-000123-assinado.pdf" in page
        assert "contrato-2026-000123.pdf" not in page
        assert "Nenhum documento deste tipo" in browser.get(f"{address}?tipo=ted_proof").text

    @pytest.mark.deep
    def test_has_pages(self, house: House, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            for number in range(1, 28):
                house.store(session, title=f"Contrato {number:03d}")
        browser, address = client_of(house.seller_id), f"/clientes/{house.customer_id}/documentos"
        first, second = browser.get(address).text, browser.get(f"{address}?pagina=2").text
        found = [re.findall(r"Contrato (\d{3})", page[page.index("<tbody>") :]) for page in (first, second)]
        assert [len(page) for page in found] == [25, 2]
        assert len({*found[0], *found[1]}) == 27


class TestKeepingAFile:
    def test_brings_its_bytes_under_its_name_and_lets_no_browser_run_them(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        _, signed = contract_of(house, transaction)
        answer = client_of(house.seller_id).get(f"/documentos/{signed}")
        assert (answer.status_code, answer.data) == (200, SIGNED)
        assert answer.mimetype == "application/pdf"
        assert answer.headers["Content-Disposition"] == (
            "attachment; filename*=UTF-8''contrato-2026-000123-assinado.pdf"
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'; sandbox" in answer.headers.getlist("Content-Security-Policy")
        assert answer.headers["Cache-Control"] == "no-store"

    def test_takes_a_name_with_quotes_lines_and_accents(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            file_id = house.store(session, file_name='pão "1"\r\nX-Evil: 1.pdf').id
        answer = client_of(house.seller_id).get(f"/documentos/{file_id}")
        assert answer.status_code == 200
        assert "X-Evil" not in answer.headers
        assert "filename*=UTF-8''p%C3%A3o%20%221%22%0D%0AX-Evil" in answer.headers["Content-Disposition"]

    def test_answers_another_partner_as_if_there_were_none(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        _, signed = contract_of(house, transaction)
        with transaction() as session:
            rival = new_house(session)
        browser = client_of(rival.seller_id)
        assert browser.get(f"/documentos/{signed}").status_code == 404
        assert browser.get("/documentos/999999").status_code == 404
        assert browser.get(f"/clientes/{house.customer_id}/documentos").status_code == 404

    def test_is_refused_for_a_damaged_file(
        self,
        house: House,
        transaction: Transaction,
        client_of: ClientOf,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        _, signed = contract_of(house, transaction)
        with transaction() as session:
            session.execute(text("ALTER TABLE stored_files DISABLE TRIGGER stored_files_no_update"))
            changed = {"content": SIGNED.replace(b"sealed", b"Sealed"), "id": signed}
            session.execute(text("UPDATE stored_files SET content = :content WHERE id = :id"), changed)
        with caplog.at_level(logging.ERROR):
            answer = client_of(house.seller_id).get(f"/documentos/{signed}")
        assert answer.status_code == 500
        assert "Este arquivo não confere com a impressão digital registrada" in answer.text
        assert "Tente de novo em instantes" not in answer.text
        assert b"ealed" not in answer.data
        assert f"stored file {signed} is damaged" in caplog.text
