"""What finance, the staff and a customer see of notas fiscais."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from lxml import etree
from sqlalchemy import select, update

from portal.customers.models import Customer
from portal.shared import clock
from portal.shared.db import db
from portal.tax_notes.models import TaxNote
from portal.tax_notes.rules.states import NoteState
from portal.users.models import UserSession
from tests.factories.payouts import make_finance
from tests.factories.quotes import make_house
from tests.factories.tax_notes import JUNE, THE_25TH, make_note, night, notes, paid_month, prepared_month
from tests.portal.subscribers.test_signing_in import MARIA, come_in
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.pdf import text_of
from tests.support.people import ClientOf
from tests.support.tax_office import Office
from tools.tax_office.store import Mood

SOON = THE_25TH + timedelta(minutes=1)


@pytest.fixture
def month(tax_office: Office, transaction: Transaction) -> Office:
    """A month of three notes: one issued, one rejected, one of a CNPJ with letters, which waits."""
    with transaction() as session:
        prepared_month(session)
    tax_office.store.choose(Mood.REFUSE, code="E0312", times=1)
    tax_office.work(SOON)
    with transaction() as session:
        paid_month(session)
        lettered = session.scalars(select(Customer).order_by(Customer.id.desc())).first()
        assert lettered is not None
        lettered.document = "12ABC34501DE35"
        night(session, SOON)
    tax_office.work(SOON)
    return tax_office


@pytest.fixture
def finance(transaction: Transaction) -> int:
    """The id of somebody of finance."""
    with transaction() as session:
        return make_finance(session).user_id


class TestTheList:
    @pytest.mark.deep
    def test_says_how_the_month_stands_and_what_to_do(
        self, month: Office, client_of: ClientOf, finance: int
    ) -> None:
        page = client_of(finance).get("/notas-fiscais?mes=2026-06").text
        assert "1 de 3" in page  # issued
        assert "E0312: Recusado com E0312" in page
        assert "PORTAL_NFSE_CITY_CODE" in page
        assert "ainda aceita só números" in page
        # by hand: 199,90 + 19,90 + 199,90, whatever became of them
        assert "R$\u00a0419,70" in page
        assert len(month.dps_ids()) == 1

    def test_filters_what_has_a_problem(self, month: Office, client_of: ClientOf, finance: int) -> None:
        client = client_of(finance)
        page = client.get("/notas-fiscais?estado=com-problema").text
        assert page.count('class="row-title"') == 2
        assert client.get("/notas-fiscais?estado=authorized").text.count('class="row-title"') == 1
        assert client.get("/notas-fiscais?mes=2026-07").text.count('class="row-title"') == 0
        key = month.store.list_notes()[0].access_key
        assert client.get(f"/notas-fiscais?busca={key}").text.count('class="row-title"') == 1

    @pytest.mark.deep
    def test_is_exported(self, month: Office, client_of: ClientOf, finance: int) -> None:
        answer = client_of(finance).get("/notas-fiscais.csv?ordem=numero")
        rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
        assert [row[11] for row in rows[1:]] == ["Rejeitada", "Autorizada", "Aguardando"]
        assert [row[10] for row in rows[1:]] == ["199,90", "19,90", "199,90"]
        assert month.store.list_notes()[0].access_key in rows[2]

    def test_prepares_a_month_by_hand(
        self, tax_office: Office, transaction: Transaction, client_of: ClientOf, finance: int
    ) -> None:
        with transaction() as session:
            paid_month(session)
        with time_machine.travel(THE_25TH - timedelta(days=1), tick=False):
            client = client_of(finance)
            client.get("/conta")
            answer = client.submit("/notas-fiscais/2026-06/preparar")
            assert answer.status_code == 422
            assert "As notas deste mês saem a partir de 25/06/2026." in answer.text
        with time_machine.travel(THE_25TH, tick=False):
            assert client.submit("/notas-fiscais/2026-06/preparar").status_code == 303
        tax_office.work(SOON)
        with transaction() as session:
            assert [(note.month, note.state) for note in notes(session)] == [(JUNE, NoteState.AUTHORIZED)]


class TestOneNote:
    @pytest.mark.deep
    def test_goes_out_again_from_its_page(
        self, month: Office, transaction: Transaction, client_of: ClientOf, finance: int
    ) -> None:
        client = client_of(finance)
        page = client.get("/notas-fiscais/1").text
        assert "E0312" in page
        assert "Enviar de novo" in page
        assert client.submit("/notas-fiscais/1/enviar").status_code == 303
        month.work(clock.now() + timedelta(minutes=1))
        with transaction() as session:
            assert session.get_one(TaxNote, 1).state is NoteState.AUTHORIZED

    @pytest.mark.deep
    def test_is_not_ended_without_an_explanation(
        self, month: Office, client_of: ClientOf, finance: int
    ) -> None:
        client = client_of(finance)
        client.get("/notas-fiscais/2")
        for address, fields in (
            ("cancelar", {"code": "1", "reason": "curto"}),
            ("substituir", {"replace_code": "99", "replace_reason": "curto"}),
        ):
            answer = client.submit(f"/notas-fiscais/2/{address}", fields)
            assert answer.status_code == 422
            assert "Escreva ao menos 15 letras: a repartição exige." in answer.text
            assert ">curto</textarea>" in answer.text.replace("\r\n", "").replace("\n", "")
        assert month.store.kinds_of(month.store.list_notes()[0].access_key) == []

    def test_is_canceled_by_who_proves_who_they_are(
        self, app: Flask, month: Office, transaction: Transaction, client_of: ClientOf, finance: int
    ) -> None:
        client = client_of(finance)
        client.get("/notas-fiscais/2")
        fields = {"code": "2", "reason": "Serviço que não foi prestado"}
        with app.app_context():
            db.session.execute(update(UserSession).values(confirmed_at=None))
            db.session.commit()
        assert client.submit("/notas-fiscais/2/cancelar", fields).status_code == 401
        client = client_of(finance)
        client.get("/notas-fiscais/2")
        assert client.submit("/notas-fiscais/2/cancelar", fields).status_code == 303
        assert "Cancelamento pedido por" in client.get("/notas-fiscais/2").text
        month.work(clock.now() + timedelta(minutes=1))
        assert "Cancelada em" in client.get("/notas-fiscais/2").text
        with transaction() as session:
            assert session.get_one(TaxNote, 2).state is NoteState.CANCELED

    def test_is_printed_with_what_the_office_signed(
        self, month: Office, client_of: ClientOf, finance: int
    ) -> None:
        client = client_of(finance)
        answer = client.get("/notas-fiscais/2/danfse.pdf")
        assert answer.mimetype == "application/pdf"
        text = " ".join(text_of(answer.data).split())
        key = month.store.list_notes()[0].access_key
        assert " ".join(key[start : start + 4] for start in range(0, 50, 4)) in text
        assert "Nota de teste: sem validade jurídica." in text
        assert "R$ 19,90" in text.replace("\u00a0", " ")
        assert "Simples Nacional" in text
        xml = client.get("/notas-fiscais/2/nota.xml")
        assert xml.headers["Content-Disposition"].startswith("attachment")
        assert etree.fromstring(xml.data)[0].get("Id") == f"NFS{key}"

    def test_that_was_not_issued_has_no_papers(
        self, month: Office, client_of: ClientOf, finance: int
    ) -> None:
        client = client_of(finance)
        assert client.get("/notas-fiscais/1/danfse.pdf").status_code == 404
        assert client.get("/notas-fiscais/1/nota.xml").status_code == 404
        assert len(month.dps_ids()) == 1


class TestTheCustomersOwn:
    def test_are_listed_explained_and_downloaded(
        self, app: Flask, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            invoice = paid_month(session)
            customer = session.get_one(Customer, invoice.customer_id)
            customer.email = MARIA
            own = make_note(session, invoice).id
            other = make_house(session, document="11.444.777/0001-61")
            foreign_invoice = paid_month(session)
            assert foreign_invoice.customer_id != customer.id
            foreign = make_note(session, foreign_invoice).id
            assert other.customer.id
        come_in(app, visitor, transaction)
        page = visitor.get("/assinante/notas-fiscais").text
        assert "Por que há mais de uma nota por mês?" in page
        assert "somam exatamente a mensalidade" in page
        assert "R$\u00a0199,90" in page
        assert visitor.get(f"/assinante/notas-fiscais/{own}/danfse.pdf").mimetype == "application/pdf"
        assert visitor.get(f"/assinante/notas-fiscais/{own}/nota.xml").mimetype == "application/xml"
        for paper in ("danfse.pdf", "nota.xml"):
            assert visitor.get(f"/assinante/notas-fiscais/{foreign}/{paper}").status_code == 404
