"""What WhatsApp says of a message: in any order, twice, forged, in one call or in many."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.gateways.whatsapp.interface import Outcome, SendReport
from portal.tasks.models import Task
from portal.whatsapp.models import WhatsAppEvent, WhatsAppMessage
from portal.whatsapp.operations.hearing import accept_webhook, process_event
from portal.whatsapp.operations.sending import record_message
from portal.whatsapp.rules.messages import (
    RANK,
    Failure,
    MessageState,
    failure_of,
    later_of,
    message_of,
    tag_of,
)
from portal.whatsapp.rules.webhooks import Unreadable, in_our_time, read_webhook
from tests.factories.whatsapp import at
from tests.support.application import Transaction
from tests.support.people import ClientOf
from tests.support.whatsapp_line import SECRET, TestLine
from tools.whatsapp_line import notices

WORDS = ("sent", "delivered", "read", "failed")
BEGAN = int(at(17).timestamp())


def a_message(session: Session) -> WhatsAppMessage:
    """One that was handed over and whose answer is not written down yet."""
    message = WhatsAppMessage(
        key="test",
        kind="none",
        subject_id=1,
        phone="5547991230001",
        user_id="",
        to_name="Maria",
        state=MessageState.CALLING,
        category="utility",
        queued_at=at(17),
        asked_at=at(17),
    )
    session.add(message)
    session.flush()
    return message


def hear(session: Session, line: TestLine, *told: Mapping[str, object]) -> int:
    """One call about some changes, worked off."""
    body = json.dumps(notices.changes(*map(dict, told))).encode()
    signature = notices.signature(body, SECRET)
    new = accept_webhook(session, body=body, signature=signature, settings=line.settings, now=at(17))
    waiting = select(WhatsAppEvent.id).where(WhatsAppEvent.processed_at.is_(None)).order_by(WhatsAppEvent.id)
    for event_id in session.scalars(waiting).all():
        process_event(session, event_id, now=at(17))
    session.flush()
    return new


def seen(message: WhatsAppMessage) -> tuple[object, ...]:
    return (message.state, message.sent_at, message.delivered_at, message.read_at, message.is_billable)


class TestStates:
    @pytest.mark.deep
    @given(st.lists(st.sampled_from([*RANK]), max_size=12), st.randoms())
    def test_come_out_the_same_in_whatever_order_and_however_often(
        self, told: list[MessageState], random: object
    ) -> None:
        shuffled = told + told
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        assert fold(told) is fold(shuffled)

    @given(st.sampled_from([*RANK]), st.sampled_from([*RANK]))
    def test_never_go_back(self, state: MessageState, told: MessageState) -> None:
        assert RANK[later_of(state, told)] >= RANK[state]

    def test_are_failed_only_when_nothing_arrived(self) -> None:
        assert later_of(MessageState.SENT, MessageState.FAILED) is MessageState.FAILED
        assert later_of(MessageState.READ, MessageState.FAILED) is MessageState.READ
        assert later_of(MessageState.NOT_NEEDED, MessageState.READ) is MessageState.NOT_NEEDED

    @given(st.integers(1, 10**15))
    def test_are_told_by_a_tag_of_ours(self, number: int) -> None:
        assert message_of(tag_of(number)) == number
        assert message_of(f"other-{number}") is None


def fold(told: Sequence[MessageState]) -> MessageState:
    state = MessageState.CALLING
    for each in told:
        state = later_of(state, each)
    return state


class TestAClockThatWasMoved:
    def test_is_that_of_what_is_told(self) -> None:
        """As in a demonstration whose day is five days ahead."""
        told = in_our_time({"id": "wamid.1", "timestamp": str(BEGAN)}, five_days_ahead)
        assert told == {"id": "wamid.1", "timestamp": str(BEGAN + 5 * 86_400)}
        assert in_our_time({"id": "wamid.1"}, five_days_ahead) == {"id": "wamid.1"}


def five_days_ahead(instant: datetime) -> datetime:
    return instant + timedelta(days=5)


class TestCodes:
    @pytest.mark.parametrize(
        ("code", "failure"),
        [
            (130429, Failure.TRY_AGAIN),
            (131000, Failure.TRY_AGAIN),
            (131056, Failure.TRY_AGAIN),
            (131026, Failure.RECEIVER),
            (131050, Failure.OPTED_OUT),
            (132001, Failure.TEMPLATE),
            (132015, Failure.TEMPLATE),
            (132016, Failure.TEMPLATE),
            (131042, Failure.ACCOUNT),
            (190, Failure.ACCOUNT),
            (368, Failure.ACCOUNT),
            (131049, Failure.OTHER),
            (-1, Failure.OTHER),
        ],
    )
    def test_have_a_class(self, code: int, failure: Failure) -> None:
        assert failure_of(code) is failure


class TestWordsOverTheWebhook:
    @pytest.mark.parametrize("order", list(permutations(["sent", "delivered", "read"])))
    def test_in_each_order_and_twice_give_one_row(
        self, session: Session, line: TestLine, order: tuple[str, ...]
    ) -> None:
        message = a_message(session)
        told = [
            notices.status("wamid.1", name, BEGAN + WORDS.index(name), tag=tag_of(message.id))
            for name in order
        ]
        assert [hear(session, line, each) for each in told] == [1, 1, 1]
        assert hear(session, line, *told) == 0  # the same once more, in one call
        record_message(
            session, message.id, SendReport(outcome=Outcome.DONE, message_id="wamid.1"), now=at(17)
        )
        assert seen(message)[0] is MessageState.READ
        instants = (message.sent_at, message.delivered_at, message.read_at)
        assert [int(each.timestamp()) - BEGAN for each in instants if each] == [0, 1, 2]
        assert message.message_id == "wamid.1"

    def test_of_a_failure_after_it_arrived_change_nothing(self, session: Session, line: TestLine) -> None:
        message = a_message(session)
        tag = tag_of(message.id)
        hear(session, line, notices.status("wamid.1", "delivered", BEGAN, tag=tag))
        hear(session, line, notices.status("wamid.1", "failed", BEGAN + 1, tag=tag, code=131026))
        assert (message.state, message.failure) == (MessageState.DELIVERED, None)

    def test_that_it_arrived_after_a_failure_count(self, session: Session, line: TestLine) -> None:
        message = a_message(session)
        tag = tag_of(message.id)
        hear(session, line, notices.status("wamid.1", "failed", BEGAN, tag=tag, code=131000))
        assert seen(message)[0] is MessageState.FAILED
        hear(session, line, notices.status("wamid.1", "read", BEGAN + 1, tag=tag))
        assert seen(message)[0] is MessageState.READ

    def test_of_another_line_or_program_are_not_ours(self, session: Session, line: TestLine) -> None:
        told = notices.status("wamid.9", "read", BEGAN)
        assert hear(session, line, told) == 1  # of our line, of a message of another program
        told["metadata"]["phone_number_id"] = "1"
        assert hear(session, line, told) == 0

    def test_nobody_understands_raise_a_task(self, session: Session, line: TestLine) -> None:
        value: dict[str, object] = {"messaging_product": "whatsapp", "something_new": [1]}
        assert hear(session, line, value) == 1
        task = session.scalars(select(Task)).one()
        assert task.title == "Aviso do WhatsApp que o portal não conhece: messages"

    def test_about_two_messages_in_one_call_reach_both(self, session: Session, line: TestLine) -> None:
        first = a_message(session)
        second = a_message_beside(session)
        told = [
            notices.status(f"wamid.{each.id}", "delivered", BEGAN, tag=tag_of(each.id))
            for each in (first, second)
        ]
        assert hear(session, line, *told) == 2
        assert {first.state, second.state} == {MessageState.DELIVERED}


def a_message_beside(session: Session) -> WhatsAppMessage:
    message = a_message_values(session)
    session.add(message)
    session.flush()
    return message


def a_message_values(session: Session) -> WhatsAppMessage:
    first = session.scalars(select(WhatsAppMessage)).one()
    names = (
        "kind", "subject_id", "phone", "user_id", "to_name", "state", "category", "queued_at", "asked_at",
    )  # fmt: skip
    return WhatsAppMessage(key="beside", **{name: getattr(first, name) for name in names})


class TestTheWebhook:
    PATH = "/webhooks/whatsapp"

    def post(self, client: object, body: bytes, signature: str | None) -> int:
        headers = {} if signature is None else {notices.SIGNATURE_HEADER: signature}
        answer = client.post(  # type: ignore[attr-defined]
            self.PATH, data=body, headers=headers, content_type="application/json"
        )
        return int(answer.status_code)

    def count(self, transaction: Transaction) -> int:
        with transaction() as session:
            return session.scalar(select(func.count()).select_from(WhatsAppEvent)) or 0

    def test_takes_what_is_signed_once(self, app: Flask, line: TestLine, transaction: Transaction) -> None:
        client = app.test_client()
        body = json.dumps(notices.changes(notices.status("wamid.1", "read", BEGAN))).encode()
        good = notices.signature(body, SECRET)
        for _again in range(3):
            assert self.post(client, body, good) == 200
        assert self.count(transaction) == 1

    def test_writes_nothing_of_what_is_forged(
        self, app: Flask, line: TestLine, transaction: Transaction
    ) -> None:
        client = app.test_client()
        body = json.dumps(notices.changes(notices.status("wamid.1", "read", BEGAN))).encode()
        good = notices.signature(body, SECRET)
        other = notices.signature(body, "x" * 20)
        for forged in (None, "", "sha256=", good[:-1], good.upper(), other, "sha256=e"):
            assert self.post(client, body, forged) == 403
        assert self.post(client, body + b" ", good) == 403  # other bytes
        assert self.count(transaction) == 0

    def test_refuses_what_it_cannot_read(self, line: TestLine) -> None:
        known = {"account_id": notices.ACCOUNT, "phone_id": notices.PHONE}
        for body in (b"", b"[]", b"{}", b'{"entry": 1}', b'{"entry": [{"id": "1"}]}', b"[" * 100_000):
            if body == b'{"entry": [{"id": "1"}]}':
                assert read_webhook(body, **known) == []  # another account
                continue
            with pytest.raises(Unreadable):
                read_webhook(body, **known)

    def test_proves_itself_to_whoever_knows_the_word(self, app: Flask, line: TestLine) -> None:
        client = app.test_client()
        asked = {"hub.mode": "subscribe", "hub.challenge": "4711"}
        good = client.get(self.PATH, query_string=asked | {"hub.verify_token": line.settings.verify_token})
        assert (good.status_code, good.text) == (200, "4711")
        assert client.get(self.PATH, query_string=asked | {"hub.verify_token": "x"}).status_code == 403
        assert client.get(self.PATH, query_string=asked).status_code == 403

    def test_says_nothing_without_a_line(self, client_of: ClientOf, app: Flask) -> None:
        assert app.test_client().get(self.PATH).status_code == 404
