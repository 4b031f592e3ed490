"""The signatory's pages, as a browser without JavaScript sees them."""

import io
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from portal.shared import queue, tokens
from portal.shared.db import db
from portal.shared.tokens import Purpose
from portal.signatures.models import Envelope, EnvelopeEvent
from portal.signatures.operations.asking import cancel_envelope
from portal.signatures.rules.states import EnvelopeState, EventKind
from portal.users.models import User
from portal.users.operations.attempts import count_file_check
from tests.factories.quotes import NOON
from tests.factories.signatures import MARIA, OTHER, link_to, mailed_code, make_envelope
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.openers import NOT_THE_CUSTOMER
from tests.support.pdf import text_of
from tests.support.people import ClientOf

MARIA_TYPES = {"full_name": "maria da silva", "cpf": "529.982.247-25"}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def secret(transaction: Transaction) -> str:
    """The secret of a link to sign the only envelope."""
    with transaction() as session:
        return link_to(session, make_envelope(session)).secret()


def envelope_of(transaction: Transaction) -> Envelope:
    with transaction() as session:
        envelope = session.scalars(select(Envelope)).one()
        session.expunge(envelope)
        return envelope


def count(transaction: Transaction, kind: EventKind) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(EnvelopeEvent).filter_by(kind=kind)) or 0


def code_of(transaction: Transaction) -> str:
    with transaction() as session:
        return mailed_code(session)


def agreed(visitor: PortalClient, secret: str) -> None:
    visitor.get(f"/assinar/{secret}")
    answer = visitor.submit(f"/assinar/{secret}/codigo", {"agreed": "y"})
    assert (answer.status_code, location(answer)) == (303, f"/assinar/{secret}/confirmar")
    assert "m•••a@paoquente.com.br" in visitor.get(location(answer)).text


def signed(visitor: PortalClient, secret: str, transaction: Transaction) -> None:
    agreed(visitor, secret)
    typed = MARIA_TYPES | {"code": code_of(transaction)}
    assert visitor.submit(f"/assinar/{secret}/confirmar", typed).status_code == 303


def seal(app: Flask, *, at: datetime = NOON) -> None:
    with app.app_context():
        queue.run_all(db.engine, clock=lambda: at)


class TestThePage:
    @pytest.mark.deep
    def test_shows_the_document_and_who_asks(self, visitor: PortalClient, secret: str) -> None:
        page = visitor.get(f"/assinar/{secret}")
        for said in (
            "Leia e assine",
            "Sul Sistemas pede a assinatura",
            "Maria da Silva",
            "17/06/2026",
            "Li e concordo com os termos",
            "Assinar depois (5 restantes)",
            "Lei 13.709/2018",  # of the last clauses
        ):
            assert said in page.text
        assert page.headers["X-Robots-Tag"] == "noindex, nofollow"

    def test_gives_the_file(self, visitor: PortalClient, secret: str, transaction: Transaction) -> None:
        answer = visitor.get(f"/assinar/{secret}/documento.pdf")
        assert answer.data.startswith(b"%PDF-")
        assert count(transaction, EventKind.VIEWED) == 1

    def test_asks_for_the_terms(self, visitor: PortalClient, secret: str, transaction: Transaction) -> None:
        visitor.get(f"/assinar/{secret}")
        answer = visitor.submit(f"/assinar/{secret}/codigo")
        assert answer.status_code == 422
        assert "Marque que leu e concorda" in answer.text
        assert count(transaction, EventKind.CODE_SENT) == 0
        assert location(visitor.get(f"/assinar/{secret}/confirmar")) == f"/assinar/{secret}"


class TestSigning:
    def test_leads_to_the_sealed_copy(
        self, app: Flask, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        signed(visitor, secret, transaction)
        waiting = visitor.get(f"/assinar/{secret}")
        assert "Sua assinatura está registrada" in waiting.text
        assert '<meta http-equiv="refresh"' in waiting.text  # for browsers without JavaScript
        assert "registrada" in visitor.ask(f"/assinar/{secret}/andamento").text
        seal(app)
        ready = visitor.ask(f"/assinar/{secret}/andamento")
        assert location(ready) == f"/assinar/{secret}"
        done = visitor.get(f"/assinar/{secret}")
        assert "Contrato 2026-000123 foi assinado por <strong>Maria da Silva</strong>" in done.text
        copy = visitor.get(f"/assinar/{secret}/documento.pdf")
        assert b"/ByteRange" in copy.data
        assert "assinado.pdf" in copy.headers["Content-Disposition"]

    def test_with_a_wrong_code_keeps_what_was_typed_and_counts(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        agreed(visitor, secret)
        wrong = "000000" if code_of(transaction) != "000000" else "111111"
        for left in ("4 restantes", "3 restantes", "2 restantes", "1 restante", "Peça um novo código"):
            answer = visitor.submit(f"/assinar/{secret}/confirmar", MARIA_TYPES | {"code": wrong})
            assert answer.status_code == 422
            assert left in answer.text
            assert 'value="529.982.247-25"' in answer.text
        right = visitor.submit(f"/assinar/{secret}/confirmar", MARIA_TYPES | {"code": code_of(transaction)})
        assert "Este código não vale mais" in right.text
        assert envelope_of(transaction).state is EnvelopeState.OPEN
        assert count(transaction, EventKind.CODE_REFUSED) == 5

    @pytest.mark.deep
    def test_by_another_person_is_refused(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        agreed(visitor, secret)
        other = {"full_name": OTHER.name, "cpf": OTHER.cpf, "code": code_of(transaction)}
        answer = visitor.submit(f"/assinar/{secret}/confirmar", other)
        assert answer.status_code == 422
        assert "não são os da pessoa registrada" in answer.text
        assert MARIA.name not in answer.text

    def test_asks_for_another_code_when_none_came(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        agreed(visitor, secret)
        early = visitor.submit(f"/assinar/{secret}/codigo", {"outro": "1"})
        assert (early.status_code, early.headers["Retry-After"]) == (429, "61")
        assert "12:01" in early.text
        with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
            later = visitor.submit(f"/assinar/{secret}/codigo", {"outro": "1"})
            assert later.status_code == 303
            assert "Enviamos um novo código" in visitor.get(location(later)).text
        assert count(transaction, EventKind.CODE_SENT) == 2

    @pytest.mark.deep
    @pytest.mark.parametrize("code", ["12345", "1234567", "abcdef", "", "١٢٣٤٥٦7", "١٢٣٤٥٦"])
    def test_says_what_a_code_looks_like(
        self, visitor: PortalClient, secret: str, transaction: Transaction, code: str
    ) -> None:
        agreed(visitor, secret)
        answer = visitor.submit(f"/assinar/{secret}/confirmar", MARIA_TYPES | {"code": code})
        assert answer.status_code == 422
        assert count(transaction, EventKind.CODE_REFUSED) == 0


class TestSigningLater:
    def test_counts_down_and_ends(self, visitor: PortalClient, secret: str, transaction: Transaction) -> None:
        visitor.get(f"/assinar/{secret}")
        for hour, left in enumerate(
            ("4 restantes", "3 restantes", "2 restantes", "1 restante", "0 restantes")
        ):
            with time_machine.travel(NOON + timedelta(hours=hour), tick=False):
                answer = visitor.submit(f"/assinar/{secret}/depois")
                assert left in visitor.get(location(answer)).text
        with time_machine.travel(NOON + timedelta(hours=6), tick=False):
            assert "Assinar depois" not in visitor.get(f"/assinar/{secret}").text
            refused = visitor.submit(f"/assinar/{secret}/depois")
        assert refused.status_code == 422
        assert "todas as vezes que podia" in refused.text
        assert envelope_of(transaction).postponed_count == 5

    def test_counts_a_double_click_once(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        visitor.get(f"/assinar/{secret}")
        visitor.submit(f"/assinar/{secret}/depois")
        visitor.submit(f"/assinar/{secret}/depois")
        assert envelope_of(transaction).postponed_count == 1


class TestDeclining:
    def test_needs_a_reason_and_closes_the_link(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        visitor.get(f"/assinar/{secret}")
        assert visitor.submit(f"/assinar/{secret}/recusar", {"reason": "  "}).status_code == 422
        answer = visitor.submit(f"/assinar/{secret}/recusar", {"reason": "<b>Caro</b> demais"})
        assert answer.status_code == 303
        assert "Você recusou esta assinatura" in visitor.get(f"/assinar/{secret}").text
        assert envelope_of(transaction).decline_reason == "<b>Caro</b> demais"
        assert visitor.submit(f"/assinar/{secret}/recusar", {"reason": "de novo"}).status_code == 409


class TestALinkThatSignsNothing:
    @pytest.mark.deep
    def test_is_unknown_when_guessed_or_of_another_purpose(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        with transaction() as session:
            envelope = session.scalars(select(Envelope)).one()
            others = [
                tokens.issue(
                    session,
                    purpose=purpose,
                    subject_id=envelope.id,
                    partner_id=envelope.partner_id,
                    now=NOON,
                    valid_for=timedelta(days=7),
                ).secret()
                for purpose in Purpose
                if purpose is not Purpose.SIGNATURE
            ]
        visitor.get(f"/assinar/{secret}")
        for unknown in ("A" * 43, secret[:-1], tokens.hash_secret(secret), *others):
            assert visitor.get(f"/assinar/{unknown}").status_code == 404
            assert visitor.get(f"/assinar/{unknown}/documento.pdf").status_code == 404
            assert visitor.submit(f"/assinar/{unknown}/codigo", {"agreed": "y"}).status_code == 404

    def test_says_that_it_expired_and_what_to_do(self, visitor: PortalClient, secret: str) -> None:
        visitor.get(f"/assinar/{secret}")
        with time_machine.travel(NOON + timedelta(days=8), tick=False):
            page = visitor.get(f"/assinar/{secret}")
            assert "Seu link expirou em 17/06/2026" in page.text
            assert "peça um novo link a Sul Sistemas" in page.text
            assert visitor.submit(f"/assinar/{secret}/codigo", {"agreed": "y"}).status_code == 409
            assert visitor.get(f"/assinar/{secret}/documento.pdf").status_code == 303

    @pytest.mark.parametrize("how", ["canceled", "replaced"])
    def test_says_that_it_was_taken_back(
        self, visitor: PortalClient, secret: str, transaction: Transaction, how: str
    ) -> None:
        agreed(visitor, secret)
        with transaction() as session:
            envelope = session.scalars(select(Envelope)).one()
            if how == "canceled":
                cancel_envelope(session, envelope=envelope, reason="x", actor=None, now=NOON)
            else:
                tokens.revoke(session, purpose=Purpose.SIGNATURE, subject_id=envelope.id, now=NOON)
        said = {"canceled": "Não é mais preciso assinar", "replaced": "Este link foi substituído"}[how]
        assert said in visitor.get(f"/assinar/{secret}").text
        typed = MARIA_TYPES | {"code": code_of(transaction)}
        answer = visitor.submit(f"/assinar/{secret}/confirmar", typed)
        assert answer.status_code == 409
        assert said in answer.text

    @pytest.mark.deep
    def test_says_nothing_any_more_long_after_its_end(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        signed(visitor, secret, transaction)
        with time_machine.travel(NOON + timedelta(days=91), tick=False):
            page = visitor.get(f"/assinar/{secret}")
            assert page.status_code == 404
            assert "Peça um novo a quem o enviou." in page.text
            assert "Maria" not in page.text
            assert visitor.get(f"/assinar/{secret}/documento.pdf").status_code == 404

    @pytest.mark.deep
    def test_gives_no_copy_when_it_has_ended(
        self, app: Flask, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        signed(visitor, secret, transaction)
        seal(app)
        with time_machine.travel(NOON + timedelta(days=8), tick=False):
            assert "não entrega mais a cópia" in visitor.get(f"/assinar/{secret}").text
            assert visitor.get(f"/assinar/{secret}/documento.pdf").status_code == 303


class TestAMailScanner:
    @pytest.mark.deep
    def test_opening_everything_uses_nothing_up(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        for page in ("", "/documento.pdf", "/confirmar", "/depois", "/andamento"):
            for _again in range(3):
                visitor.get(f"/assinar/{secret}{page}", headers={"User-Agent": "MailScanner"})
                visitor.head(f"/assinar/{secret}{page}", headers={"User-Agent": "MailScanner"})
        for page in ("/codigo", "/recusar"):
            assert visitor.get(f"/assinar/{secret}{page}").status_code == 405
        envelope = envelope_of(transaction)
        assert (envelope.state, envelope.postponed_count) == (EnvelopeState.OPEN, 0)
        assert (envelope.agreed_at, envelope.code_hash) == (None, None)
        assert count(transaction, EventKind.OPENED) == 0  # the signatory has not seen it
        assert count(transaction, EventKind.VIEWED) == 0
        signed(visitor, secret, transaction)


class TestWhoIsNotTheSignatory:
    @pytest.mark.parametrize("kind", [*NOT_THE_CUSTOMER, "one of ours"])
    def test_reads_and_leaves_no_evidence_of_the_signatory(
        self,
        app: Flask,
        visitor: PortalClient,
        client_of: ClientOf,
        secret: str,
        transaction: Transaction,
        kind: str,
    ) -> None:
        browser = visitor
        if kind == "one of ours":
            with transaction() as session:
                browser = client_of(session.scalars(select(User.id).order_by(User.id)).first() or 0)
        headers = NOT_THE_CUSTOMER.get(kind, {})
        assert "Leia e assine" in browser.get(f"/assinar/{secret}", headers=headers).text
        assert browser.get(f"/assinar/{secret}/documento.pdf", headers=headers).data.startswith(b"%PDF-")
        assert count(transaction, EventKind.OPENED) == 0
        assert count(transaction, EventKind.VIEWED) == 0
        with time_machine.travel(NOON + timedelta(minutes=7), tick=False):
            signed(visitor, secret, transaction)
        seal(app, at=NOON + timedelta(minutes=8))
        text = text_of(visitor.get(f"/assinar/{secret}/documento.pdf").data)
        assert ":07:00 Link aberto" in text
        assert ":00:00 Link aberto" not in text
        assert ":00:00 Documento visto" not in text


class TestChecking:
    def test_by_code_shows_who_signed(
        self, app: Flask, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        signed(visitor, secret, transaction)
        code = envelope_of(transaction).verification_code
        assert visitor.get(f"/verificar/{code}").status_code == 404  # not sealed yet
        seal(app)
        found = visitor.get("/verificar", query_string={"codigo": code.lower()})
        page = visitor.get(location(found)).text
        for said in ("íntegro", "Maria da Silva, CPF ***.982.247-**", "assinatura eletrônica simples"):
            assert said in page
        assert "certificado de desenvolvimento" in page
        assert "52998224725" not in page.replace(".", "").replace("-", "")

    def test_by_a_code_that_is_none_says_so(self, visitor: PortalClient) -> None:
        refused = visitor.get("/verificar", query_string={"codigo": "0OIL"})
        assert refused.status_code == 422
        assert "Este código não confere" in refused.text
        assert visitor.get("/verificar/'%22%3E%3Cscript%3E").status_code == 404

    def test_of_files_is_counted_by_address(self, visitor: PortalClient, transaction: Transaction) -> None:
        visitor.get("/verificar")
        upload = {"file": (io.BytesIO(b"%PDF-1.7"), "contrato.pdf")}
        with transaction() as session:
            for _ in range(29):
                count_file_check(session, address="127.0.0.1", now=NOON)
        assert visitor.submit("/verificar", upload).status_code == 200
        upload = {"file": (io.BytesIO(b"%PDF-1.7"), "contrato.pdf")}
        refused = visitor.submit("/verificar", upload)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "61")
        assert "Foram muitas tentativas" in refused.text
        elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
        upload = {"file": (io.BytesIO(b"%PDF-1.7"), "contrato.pdf")}
        assert visitor.submit("/verificar", upload, environ_base=elsewhere).status_code == 200
