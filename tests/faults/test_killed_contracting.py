"""kill -9 at every step from acceptance to activation: afterwards there is exactly one of everything."""

import json
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.cards.models.cards import Card, CardSetup
from portal.cards.models.charge import Charge
from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.documents.models import StoredFile
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.payouts.models import RepasseAccrual
from portal.receipts.models.payment import Payment
from portal.shared import clock
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.tokens import hash_secret
from portal.signatures.models import Envelope
from portal.subscriptions.models import Coverage
from portal.users.models import UserSession
from tests.factories.customers import MARIA_CPF
from tests.factories.quotes import make_house, sent
from tests.support.application import Transaction
from tests.support.card_processor import CardProcessor
from tests.support.databases import Database
from tests.support.live_server import environment_for
from tests.support.people import LONG
from tests.support.ports import free_port
from tests.support.seal import lend_certificate
from tests.support.smtp import MailServer

ROOT = Path(__file__).resolve().parents[2]

# Everything that is committed, done or sent on the way, in its order. A place missing here or there fails.
REQUESTS = ("accept", "generate", "agree", "confirm", "card taken")
JOBS = ("render_contract", "seal_document", "prepare_card_setup", "check_card_setup", "charge_card")


class MortalPortal:
    """A portal that is killed at each new place; asked again until it survives."""

    def __init__(self, process: subprocess.Popen[str], marks: Path, session_token: str) -> None:
        self.process, self.marks, self.session_token = process, marks, session_token

    def work(self) -> None:
        """Let mail and jobs be worked off."""
        self._until_it_survives({"do": "work"})

    def ask(self, name: str, *, page: str, to: str, **form: str) -> None:
        """Send a form, and again if the portal died: people press twice."""
        command = {"do": "ask", "name": name, "get": page, "post": to, "form": form}
        self._until_it_survives(command | {"session_token": self.session_token})

    def places(self) -> set[str]:
        """Where it was killed."""
        return {mark.name for mark in self.marks.iterdir()}

    def _until_it_survives(self, command: dict[str, Any]) -> None:
        assert self.process.stdin
        assert self.process.stdout
        for _try in range(100):
            self.process.stdin.write(json.dumps(command) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
            if answer["killed"]:
                continue
            assert answer["ended"], "the portal failed, see its output"
            assert answer.get("status", 200) < 500, answer
            return
        raise AssertionError("the portal never survives")


@pytest.fixture
def mortal_portal(
    database: Database,
    transaction: Transaction,
    mail_server: MailServer,
    card_sandbox: CardProcessor,
    tmp_path: Path,
) -> Iterator[MortalPortal]:
    """Over a database with a quote that a customer was sent; `session_token` is its seller's."""
    card_sandbox.forget()
    marks, token = tmp_path / "marks", secrets.token_urlsafe(32)
    marks.mkdir()
    lend_certificate(tmp_path)
    now = clock.now()
    with transaction() as session:
        house = make_house(session)
        quote, link = sent(session, house, now=now, on=clock.day_of(now), payment_method="card")
        session.add(
            UserSession(
                token_hash=hash_secret(token),
                user_id=house.seller.user_id,
                created_at=now,
                expires_at=now + LONG,
            )
        )
        proposal, quote_id = link.secret(), quote.id
    environment = {
        **environment_for(database.url, tmp_path, port=free_port(), mail=mail_server),
        **card_sandbox.environment,
        "PORTAL_LOG_LEVEL": "WARNING",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.mortal_portal", str(marks)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    portal = MortalPortal(process, marks, token)
    portal.ask("accept", page=f"/p/{proposal}", to=f"/p/{proposal}/aceite", alternativa=str(quote_id))
    yield portal
    assert process.stdin
    assert process.stdout
    process.stdin.close()
    process.wait(30)
    process.stdout.close()


class TestAPortalKilledAtEveryStep:
    @pytest.mark.deep
    def test_makes_one_contract_one_charge_one_coverage_and_one_welcome(
        self,
        mortal_portal: MortalPortal,
        transaction: Transaction,
        mail_server: MailServer,
        card_sandbox: CardProcessor,
    ) -> None:
        portal = mortal_portal
        with transaction() as session:
            contract = f"/contratos/{session.scalars(select(Contract.id)).one()}"
        portal.ask("generate", page=contract, to=f"{contract}/gerar")
        portal.work()

        signing = f"/assinar/{last_in(mail_server, r'/assinar/([\w-]+)')}"
        portal.ask("agree", page=signing, to=f"{signing}/codigo", agreed="y")
        portal.work()
        code = last_in(mail_server, r"^ +(\d[\d ]+\d)\r?$")
        identity = {"full_name": "Maria da Silva", "cpf": MARIA_CPF, "code": code}
        portal.ask("confirm", page=f"{signing}/confirmar", to=f"{signing}/confirmar", **identity)
        portal.work()

        card = f"/cartao/{last_in(mail_server, r'/cartao/([\w-]+)')}"
        with transaction() as session:
            setup = session.scalars(select(CardSetup)).one()
            reference, secret = setup.processor_setup, setup.secret
        assert reference
        assert secret
        card_sandbox.browser_types(reference, secret)
        portal.ask("card taken", page=card, to=f"{card}/conferir")
        portal.work()

        assert expected_places() <= portal.places()
        assert len(card_sandbox.succeeded()) == 1
        with transaction() as session:
            for thing in (Contract, Invoice, Envelope, Card, Charge, Payment, Coverage):
                assert session.scalar(select(func.count()).select_from(thing)) == 1, thing.__name__
            assert session.scalars(select(Contract)).one().state is ContractState.ACTIVE
            assert session.scalars(select(Invoice)).one().state is InvoiceState.PAID
            assert session.scalar(select(func.count()).select_from(StoredFile)) == 2  # unsigned and signed
            lines = session.scalars(select(RepasseAccrual)).all()
            assert len({(line.payment_key, line.line_code) for line in lines}) == len(lines) > 0
            sent_mails = select(MailMessage.kind).where(MailMessage.state == MailState.SENT)
            templates = session.scalars(sent_mails).all()
        for once in ("signature_request", "card_request", "contract_welcome"):
            assert templates.count(once) == 1, once
        # The server may have taken a message whose sender died before noting it: it is the same message.
        assert len({message["Message-ID"] for message in mail_server.messages}) == len(templates)


def expected_places() -> set[str]:
    around = {f"{name}, {side} the commit" for name in (*REQUESTS, *JOBS) for side in ("before", "after")}
    outside = {
        f"{name}, {moment}" for name in JOBS for moment in ("before it is done", "done and not written down")
    }
    return around | outside


def last_in(server: MailServer, pattern: str) -> str:
    """What a pattern finds in the newest mail that has it."""
    bodies = (message.get_body(("plain",)) for message in reversed(server.messages))
    found = (re.search(pattern, str(body.get_content()), re.MULTILINE) for body in bodies if body)
    return next(match[1] for match in found if match)
