"""The code to sign, from its row to the mailbox: it is nowhere to be read before and after."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.queue import QueuedJob
from portal.signatures.models import Envelope
from portal.signatures.operations.answering import decline
from portal.signatures.operations.signing import agree_to_terms, confirm_signature, send_code
from portal.signatures.rules.states import EnvelopeState
from tests.factories.customers import MARIA_CPF
from tests.factories.quotes import NOON
from tests.factories.signatures import PHONE, link_to, make_envelope
from tests.support.application import Transaction
from tests.support.outbox import let_mails_leave
from tests.support.smtp import MailServer

MINUTE = timedelta(minutes=1)


@pytest.fixture
def agreed(transaction: Transaction) -> int:
    """The id of an envelope to whose signer a code is owed."""
    with transaction() as session:
        envelope = make_envelope(session)
        agree_to_terms(session, token=link_to(session, envelope), visitor=PHONE, now=NOON)
        return envelope.id


def received(outbox: MailServer) -> list[str]:
    """The codes that came, in text and in page alike."""
    codes = []
    for message in outbox.messages:
        if "código para assinar" not in str(message["Subject"]):
            continue
        bodies = [message.get_body((kind,)) for kind in ("plain", "html")]
        (code,) = {tuple(re.findall(r"\b\d{3} \d{3}\b", body.get_content())) for body in bodies if body}
        codes += [each.replace(" ", "") for each in code]
    return codes


def states(transaction: Transaction) -> list[str]:
    with transaction() as session:
        codes = select(MailMessage.state).filter_by(kind="signature_code").order_by(MailMessage.id)
        return list(session.scalars(codes))


class TestACodeToSign:
    @pytest.mark.deep
    def test_comes_by_mail_and_signs(
        self, app: Flask, transaction: Transaction, agreed: int, outbox: MailServer
    ) -> None:
        let_mails_leave(app, NOON)
        (code,) = received(outbox)
        with transaction() as session:
            envelope = session.get_one(Envelope, agreed)
            token = link_to(session, envelope)
            confirm_signature(
                session,
                token=token,
                full_name=envelope.signer_name,
                cpf=MARIA_CPF,
                code=code,
                visitor=PHONE,
                now=NOON + MINUTE,
            )
            assert envelope.state is EnvelopeState.SEALING

    def test_stands_in_no_row(
        self, app: Flask, transaction: Transaction, agreed: int, outbox: MailServer
    ) -> None:
        def rows() -> str:
            with transaction() as session:
                found = [*session.scalars(select(MailMessage)), *session.scalars(select(QueuedJob))]
                found.append(session.get_one(Envelope, agreed))
                return repr([vars(row) for row in found])

        before = rows()
        let_mails_leave(app, NOON)
        (code,) = received(outbox)
        assert states(transaction) == [MailState.SENT]
        for text in (before, rows()):
            assert code not in text
            assert f"{code[:3]} {code[3:]}" not in text

    @pytest.mark.deep
    def test_is_the_same_at_every_attempt(
        self, app: Flask, transaction: Transaction, agreed: int, outbox: MailServer
    ) -> None:
        """The first one may have come although the server said no."""
        taken: list[str] = []
        outbox.refusal = "451 Try again later"
        let_mails_leave(app, NOON)
        outbox.refusal = None
        let_mails_leave(app, NOON + MINUTE)
        taken = received(outbox)
        assert len(taken) == 1
        with transaction() as session:
            assert session.get_one(Envelope, agreed).code_attempts == 0

    @pytest.mark.deep
    @pytest.mark.parametrize("cause", ["replaced", "ran out", "declined"])
    def test_that_opens_nothing_any_more_is_not_sent(
        self, app: Flask, transaction: Transaction, agreed: int, outbox: MailServer, cause: str
    ) -> None:
        def another(session: Session, envelope: Envelope) -> None:
            send_code(session, token=link_to(session, envelope), visitor=PHONE, now=NOON + 2 * MINUTE)

        def refuse(session: Session, envelope: Envelope) -> None:
            token = link_to(session, envelope)
            decline(session, token=token, reason="Não quero", visitor=PHONE, now=NOON + MINUTE)

        acts: dict[str, Callable[[Session, Envelope], None]] = {"replaced": another, "declined": refuse}
        if act := acts.get(cause):
            with transaction() as session:
                act(session, session.get_one(Envelope, agreed))
        let_mails_leave(app, NOON + (MINUTE * 60 if cause == "ran out" else MINUTE * 2))
        assert states(transaction)[0] == MailState.NOT_NEEDED
        assert len(received(outbox)) == (1 if cause == "replaced" else 0)
