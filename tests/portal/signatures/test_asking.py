"""Asking for a signature: again, of somebody else, no longer; and by the calendar."""

from datetime import timedelta

import pytest
from flask import Flask, current_app
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from portal.shared.audit import LogEntry
from portal.shared.db import db
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.queue import Lane, run_next_job
from portal.shared.refusals import Missing
from portal.shared.tokens import Purpose, find_shared, is_valid
from portal.signatures.events import SignatureDeclined, SignatureExpired
from portal.signatures.models import Envelope, EnvelopeEvent
from portal.signatures.operations.answering import decline, postpone
from portal.signatures.operations.asking import cancel_envelope, resend
from portal.signatures.operations.maintenance import expire_signatures, remind_of_signatures
from portal.signatures.queries.envelopes import get_envelope
from portal.signatures.rules.refusals import BeingSealed, CannotBeSentAgain, EnvelopeClosed
from portal.signatures.rules.states import EnvelopeState, EventKind
from tests.factories.partners import make_partner
from tests.factories.quotes import NOON
from tests.factories.signatures import PHONE, agree, link_to, make_envelope, sign
from tests.factories.users import actor_of, make_user
from tests.support.application import Transaction
from tests.support.letters import Written, all_written

DAY = timedelta(days=1)


def mails(session: Session, kind: str) -> list[Written]:
    return all_written(session, session.scalars(select(MailMessage).filter_by(kind=kind)).all())


def log_of(session: Session, envelope: Envelope) -> list[str]:
    entries = select(LogEntry.summary).filter_by(subject_type="envelopes", subject_id=envelope.id)
    return list(session.scalars(entries.order_by(LogEntry.id)))


class TestAskingForASignature:
    def test_mails_the_link_and_writes_it_down(self, session: Session) -> None:
        envelope = make_envelope(session)
        [mail] = mails(session, "signature_request")
        assert (mail.to_address, mail.reply_to) == ("maria@paoquente.com.br", "contato@exemplo.com.br")
        assert "17/06/2026" in mail.text_body
        assert log_of(session, envelope) == [
            "Link de assinatura de Contrato 2026-000123 enviado para m•••a@paoquente.com.br"
        ]

    def test_is_nothing_to_another_partner(self, session: Session) -> None:
        envelope = make_envelope(session)
        stranger = make_user(session, partner_id=make_partner(session, trade_name="Norte").id)
        with pytest.raises(Missing):
            get_envelope(session, envelope.id, actor=actor_of(stranger))


class TestAskingAgain:
    def test_keeps_the_link_and_begins_its_days_anew(self, session: Session) -> None:
        envelope = make_envelope(session)
        before = link_to(session, envelope)
        resend(session, envelope=envelope, actor=None, now=NOON + DAY)
        assert link_to(session, envelope) is before
        assert envelope.last_day.isoformat() == "2026-06-18"
        assert before.expires_at == envelope.expires_at
        assert len(mails(session, "signature_request")) == 2

    def test_by_a_double_click_mails_once(self, session: Session) -> None:
        envelope = make_envelope(session)
        resend(session, envelope=envelope, actor=None, now=NOON + DAY)
        resend(session, envelope=envelope, actor=None, now=NOON + DAY + timedelta(seconds=2))
        assert len(mails(session, "signature_request")) == 2

    def test_after_the_term_makes_a_new_link(self, session: Session) -> None:
        envelope = make_envelope(session)
        expire_signatures(session, now=envelope.expires_at)
        with pytest.raises(EnvelopeClosed):
            agree(session, link_to(session, envelope), now=envelope.expires_at)
        resend(session, envelope=envelope, actor=None, now=NOON + 30 * DAY)
        assert envelope.state is EnvelopeState.OPEN
        later = NOON + 31 * DAY
        assert agree(session, link_to(session, envelope), now=later)

    def test_is_refused_once_it_was_signed_or_declined(self, session: Session) -> None:
        signed, declined = sign(session, make_envelope(session)), make_envelope(session)
        decline(session, token=link_to(session, declined), reason="Caro", visitor=PHONE, now=NOON)
        with pytest.raises(BeingSealed):
            resend(session, envelope=signed, actor=None, now=NOON + DAY)
        with pytest.raises(CannotBeSentAgain):
            resend(session, envelope=declined, actor=None, now=NOON + DAY)


class TestCanceling:
    def test_tells_whom_was_asked(self, session: Session) -> None:
        envelope = make_envelope(session)
        cancel_envelope(session, envelope=envelope, reason="Desistiu", actor=None, now=NOON)
        assert envelope.state is EnvelopeState.CANCELED
        assert mails(session, "signature_canceled")[0].to_address == "maria@paoquente.com.br"

    def test_ends_the_link_itself_whatever_the_state_says(self, session: Session) -> None:
        envelope = make_envelope(session)
        token = link_to(session, envelope)
        cancel_envelope(session, envelope=envelope, reason="Desistiu", actor=None, now=NOON)
        assert not is_valid(token, NOON)
        assert find_shared(session, purpose=Purpose.SIGNATURE, subject_id=envelope.id) is None

    def test_holds_back_the_mail_that_asks_and_has_not_left(
        self, app: Flask, transaction: Transaction
    ) -> None:
        with transaction() as session:
            envelope = make_envelope(session)
            cancel_envelope(session, envelope=envelope, reason="Desistiu", actor=None, now=NOON)
        with app.app_context():
            while run_next_job(db.engine, Lane.MAIL, clock=lambda: NOON):
                pass
        with transaction() as session:
            states = {mail.kind: mail.state for mail in session.scalars(select(MailMessage))}
        assert states["signature_request"] == MailState.NOT_NEEDED
        assert states["signature_canceled"] == MailState.QUEUED  # nobody listens

    def test_is_refused_while_the_signed_file_is_made(self, session: Session) -> None:
        envelope = sign(session, make_envelope(session))
        with pytest.raises(BeingSealed):
            cancel_envelope(session, envelope=envelope, reason="x", actor=None, now=NOON)


class TestDeclining:
    def test_is_published_with_its_reason(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[SignatureDeclined] = []
        monkeypatch.setitem(
            current_app.extensions,
            "portal.reactions",
            {SignatureDeclined: (lambda _session, fact: seen.append(fact),)},
        )
        envelope = make_envelope(session)
        token = link_to(session, envelope)
        decline(session, token=token, reason=" Preço errado ", visitor=PHONE, now=NOON)
        assert [(fact.envelope_id, fact.reason) for fact in seen] == [(envelope.id, "Preço errado")]


class TestByTheCalendar:
    def test_a_reminder_leaves_every_second_day(self, session: Session) -> None:
        envelope = make_envelope(session)
        sent = [remind_of_signatures(session, now=NOON + days * DAY) for days in range(9)]
        assert sent == [0, 0, 1, 0, 1, 0, 1, 0, 0]  # the term ended with the 17th
        assert len(mails(session, "signature_reminder")) == 3
        assert envelope.state is EnvelopeState.OPEN

    def test_a_reminder_waits_for_who_put_it_off(self, session: Session) -> None:
        envelope = make_envelope(session)
        token = link_to(session, envelope)
        postpone(session, token=token, visitor=PHONE, now=NOON + DAY)
        assert remind_of_signatures(session, now=NOON + 2 * DAY) == 0
        assert remind_of_signatures(session, now=NOON + 3 * DAY) == 1

    @pytest.mark.deep
    def test_what_nobody_signed_expires_once(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[SignatureExpired] = []
        monkeypatch.setitem(
            current_app.extensions,
            "portal.reactions",
            {SignatureExpired: (lambda _session, fact: seen.append(fact),)},
        )
        envelope, signed = make_envelope(session), sign(session, make_envelope(session))
        assert expire_signatures(session, now=envelope.expires_at - timedelta(seconds=1)) == 0
        assert expire_signatures(session, now=envelope.expires_at) == 1
        assert expire_signatures(session, now=envelope.expires_at + DAY) == 0
        assert [fact.envelope_id for fact in seen] == [envelope.id]
        kinds = select(EnvelopeEvent.kind).filter_by(envelope_id=envelope.id).order_by(EnvelopeEvent.id)
        assert session.scalars(kinds).all()[-1] is EventKind.EXPIRED
        assert signed.state is EnvelopeState.SEALING


class TestTheDatabase:
    @pytest.mark.parametrize(
        "values",
        [
            {"state": "signed"},
            {"state": "sealing"},
            {"state": "declined"},
            {"signed_at": NOON},
            {"postponed_count": 6},
            {"file_id": 999},
        ],
    )
    def test_refuses_what_cannot_be(self, session: Session, values: dict[str, object]) -> None:
        envelope = make_envelope(session)
        with pytest.raises(IntegrityError):
            session.execute(update(Envelope).where(Envelope.id == envelope.id).values(**values))

    @pytest.mark.parametrize(
        "values", [{"signer_name": "Outro"}, {"signed_at": NOON + DAY}, {"verification_code": "x"}]
    )
    def test_keeps_what_proves_a_signature(self, session: Session, values: dict[str, object]) -> None:
        envelope = sign(session, make_envelope(session))
        with pytest.raises(DBAPIError, match="frozen"):
            session.execute(update(Envelope).where(Envelope.id == envelope.id).values(**values))

    def test_keeps_every_step(self, session: Session) -> None:
        make_envelope(session)
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(update(EnvelopeEvent).values(ip="1.2.3.4"))
