"""The signatory's own act: agree, get a code, confirm."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.shared import tokens
from portal.shared.mail_rows import MailMessage
from portal.shared.queue import QueuedJob
from portal.signatures.models import Envelope, EnvelopeEvent
from portal.signatures.operations.answering import decline, postpone
from portal.signatures.operations.asking import cancel_envelope
from portal.signatures.operations.public_access import record_opening
from portal.signatures.operations.signing import send_code
from portal.signatures.queries.envelopes import list_events
from portal.signatures.rules.refusals import (
    CodeJustSent,
    CodeNoLongerWorks,
    EnvelopeClosed,
    NotAgreed,
    NotTheSignatory,
    WrongCode,
)
from portal.signatures.rules.states import EnvelopeState, EventKind, LinkStatus
from tests.factories.quotes import NOON
from tests.factories.signatures import (
    OTHER,
    PHONE,
    agree,
    confirm,
    link_to,
    mailed_code,
    make_envelope,
    sign,
)
from tests.support.letters import written


def kinds(session: Session, envelope: Envelope) -> list[EventKind]:
    return [event.kind for event in list_events(session, envelope.id)]


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


class TestSigning:
    def test_uses_the_link_up_and_promises_the_sealed_file(self, session: Session) -> None:
        envelope = sign(session, make_envelope(session))
        assert (envelope.state, envelope.signed_at) == (EnvelopeState.SEALING, NOON)
        assert link_to(session, envelope).used_at == NOON
        assert session.scalars(select(QueuedJob.kind).where(QueuedJob.kind != "mail")).all() == [
            "seal_document"
        ]

    def test_leaves_every_step_with_its_time_and_origin(self, session: Session) -> None:
        envelope = make_envelope(session)
        record_opening(session, token=link_to(session, envelope), visitor=PHONE, now=NOON)
        sign(session, envelope)
        assert kinds(session, envelope) == [
            EventKind.SENT,
            EventKind.OPENED,
            EventKind.VIEWED,
            EventKind.AGREED,
            EventKind.CODE_SENT,
            EventKind.CODE_VERIFIED,
            EventKind.SIGNED,
        ]
        events = list_events(session, envelope.id)
        assert {(event.ip, event.user_agent) for event in events[1:]} == {(PHONE.ip, PHONE.user_agent)}
        assert {event.at for event in events} == {NOON}

    @pytest.mark.parametrize("name", ["maria da silva", "MÁRIA DA SÍLVA", " Maria  da Silva. "])
    def test_takes_the_name_however_it_is_typed(self, session: Session, name: str) -> None:
        token = link_to(session, make_envelope(session))
        assert confirm(session, token, agree(session, token), full_name=name).signed_at == NOON

    def test_keeps_no_code_in_the_clear(self, session: Session) -> None:
        envelope = make_envelope(session)
        code = agree(session, link_to(session, envelope))
        assert code not in str(vars(envelope))

    def test_needs_the_terms_first(self, session: Session) -> None:
        token = link_to(session, make_envelope(session))
        with pytest.raises(NotAgreed):
            confirm(session, token, "123456")
        with pytest.raises(NotAgreed):
            send_code(session, token=token, visitor=PHONE, now=NOON)


class TestAnotherPerson:
    @pytest.mark.parametrize(
        "who",
        [
            {"full_name": "Maria Silva"},
            {"full_name": "Maria da Silva Souza"},
            {"full_name": OTHER.name, "cpf": OTHER.cpf},
            {"cpf": OTHER.cpf},
        ],
    )
    def test_does_not_sign(self, session: Session, who: dict[str, str]) -> None:
        envelope = make_envelope(session)
        token = link_to(session, envelope)
        code = agree(session, token)
        with pytest.raises(NotTheSignatory, match="4 restantes"):
            confirm(session, token, code, **who)
        assert envelope.state is EnvelopeState.OPEN
        assert kinds(session, envelope)[-1] is EventKind.CODE_REFUSED

    def test_is_told_nothing_about_who_may(self, session: Session) -> None:
        envelope = make_envelope(session)
        token = link_to(session, envelope)
        with pytest.raises(NotTheSignatory) as refusal:
            confirm(session, token, agree(session, token), full_name=OTHER.name)
        assert envelope.signer_name not in refusal.value.message


class TestACode:
    def test_that_is_wrong_counts(self, session: Session) -> None:
        envelope = make_envelope(session)
        token = link_to(session, envelope)
        code = agree(session, token)
        for left in ("4 restantes", "3 restantes", "2 restantes", "1 restante", "Peça um novo código"):
            with pytest.raises(WrongCode, match=left):
                confirm(session, token, another(code))
        with pytest.raises(CodeNoLongerWorks):
            confirm(session, token, code)  # the right one, too late
        assert envelope.state is EnvelopeState.OPEN

    def test_of_before_no_longer_works(self, session: Session) -> None:
        token = link_to(session, make_envelope(session))
        old = agree(session, token)
        later = NOON + timedelta(minutes=2)
        send_code(session, token=token, visitor=PHONE, now=later)
        new = mailed_code(session)
        if old != new:
            with pytest.raises(WrongCode):
                confirm(session, token, old, now=later)
        assert confirm(session, token, new, now=later).signed_at == later

    def test_works_for_fifteen_minutes(self, session: Session) -> None:
        token = link_to(session, make_envelope(session))
        code = agree(session, token)
        with pytest.raises(CodeNoLongerWorks):
            confirm(session, token, code, now=NOON + timedelta(minutes=15))
        assert confirm(session, token, code, now=NOON + timedelta(minutes=14, seconds=59)).signed_at

    @pytest.mark.deep
    def test_of_another_file_does_not_work(self, session: Session) -> None:
        first, second = link_to(session, make_envelope(session)), link_to(session, make_envelope(session))
        code, other = agree(session, first), agree(session, second)
        if code != other:
            with pytest.raises(WrongCode):
                confirm(session, second, code)

    def test_is_sent_once_a_minute_and_five_times_an_hour(self, session: Session) -> None:
        token = link_to(session, make_envelope(session))
        agree(session, token)
        with pytest.raises(CodeJustSent, match="12:01"):
            send_code(session, token=token, visitor=PHONE, now=NOON + timedelta(seconds=30))
        for minute in (1, 2, 3, 4):
            send_code(session, token=token, visitor=PHONE, now=NOON + timedelta(minutes=minute))
        with pytest.raises(CodeJustSent, match="13:00"):
            send_code(session, token=token, visitor=PHONE, now=NOON + timedelta(minutes=5))
        send_code(session, token=token, visitor=PHONE, now=NOON + timedelta(hours=1))

    def test_is_not_sent_again_when_the_page_is_sent_twice(self, session: Session) -> None:
        envelope = make_envelope(session)
        token = link_to(session, envelope)
        agree(session, token)
        agree(session, token, now=NOON + timedelta(seconds=5))
        assert kinds(session, envelope).count(EventKind.CODE_SENT) == 1


class TestALink:
    def test_that_was_used_signs_no_second_time(self, session: Session) -> None:
        envelope = sign(session, make_envelope(session))
        token = link_to(session, envelope)
        for attempt in (
            lambda: agree(session, token),
            lambda: confirm(session, token, "123456"),
            lambda: postpone(session, token=token, visitor=PHONE, now=NOON),
            lambda: decline(session, token=token, reason="não", visitor=PHONE, now=NOON),
        ):
            with pytest.raises(EnvelopeClosed) as refusal:
                attempt()
            assert refusal.value.link_status is LinkStatus.SEALING

    def test_signs_until_the_end_of_its_last_day(self, session: Session) -> None:
        envelope = make_envelope(session)
        assert envelope.last_day.isoformat() == "2026-06-17"
        token = link_to(session, envelope)
        last = envelope.expires_at - timedelta(seconds=1)
        assert agree(session, token, now=last)
        with pytest.raises(EnvelopeClosed, match="prazo"):
            confirm(session, token, mailed_code(session), now=envelope.expires_at)

    def test_of_a_signature_canceled_meanwhile_signs_nothing(self, session: Session) -> None:
        envelope = make_envelope(session)
        token = link_to(session, envelope)
        code = agree(session, token)
        cancel_envelope(session, envelope=envelope, reason="Desistiu", actor=None, now=NOON)
        with pytest.raises(EnvelopeClosed, match="cancelada"):
            confirm(session, token, code)

    def test_stands_in_no_table(self, session: Session) -> None:
        token = link_to(session, make_envelope(session))
        secret = token.secret()
        mail = written(session, session.scalars(select(MailMessage)).one())
        assert secret not in mail.text_body + mail.html_body + token.token_hash + token.nonce
        assert tokens.hash_secret(secret) == token.token_hash


class TestEvidence:
    def test_counts_no_visit_twice(self, session: Session) -> None:
        token = link_to(session, make_envelope(session))
        assert record_opening(session, token=token, visitor=PHONE, now=NOON)
        assert not record_opening(session, token=token, visitor=PHONE, now=NOON)
        count = select(func.count()).select_from(EnvelopeEvent).filter_by(kind=EventKind.OPENED)
        assert session.scalar(count) == 1
