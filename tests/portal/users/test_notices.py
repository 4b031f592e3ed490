"""Mails to people about their access, looked at again when they leave."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.shared.auth import Role
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.tokens import LinkToken
from portal.users.models import PasswordResetRequest, User
from portal.users.operations.invitations import correct_invitation, invite_user
from portal.users.operations.passwords import answer_password_reset, change_password
from portal.users.operations.people import disable_user
from tests.factories.users import PASSWORD, actor_of, make_user
from tests.support.application import Transaction
from tests.support.outbox import let_mails_leave
from tests.support.smtp import MailServer

NOON = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
EMAIL, OTHER = "carla@sulsistemas.com.br", "carla.dias@sulsistemas.com.br"


def invite(session: Session) -> User:
    return invite_user(session, email=EMAIL, name="Carla Dias", role=Role.SUPPORT, actor=None, now=NOON)


def forget_password(session: Session) -> User:
    user = make_user(session, email=EMAIL, role=Role.SUPPORT)
    request = PasswordResetRequest(email=EMAIL, address="198.51.100.7", device="", asked_at=NOON)
    session.add(request)
    session.flush()
    answer_password_reset(session, request_id=request.id, now=NOON)
    return user


def disable(session: Session, user: User) -> None:
    disable_user(session, user=user, actor=actor_of(make_user(session, role=Role.ADMIN)), now=LATER)


def links(transaction: Transaction) -> int:
    with transaction() as session:
        return len(session.scalars(select(LinkToken)).all())


def states(transaction: Transaction, kind: str) -> list[tuple[str, str]]:
    with transaction() as session:
        found = session.scalars(select(MailMessage).filter_by(kind=kind).order_by(MailMessage.id)).all()
        return [(mail.to_address, mail.state) for mail in found]


class TestAnInvitation:
    def test_of_somebody_disabled_meanwhile_is_not_sent(
        self, app: Flask, transaction: Transaction, outbox: MailServer
    ) -> None:
        with transaction() as session:
            disable(session, invite(session))
        let_mails_leave(app, LATER)
        assert states(transaction, "invitation") == [(EMAIL, MailState.NOT_NEEDED)]
        assert links(transaction) == len(outbox.messages) == 0

    def test_whose_address_was_corrected_goes_to_the_new_one_only(
        self, app: Flask, transaction: Transaction, outbox: MailServer
    ) -> None:
        with transaction() as session:
            correct_invitation(session, user=invite(session), email=OTHER, actor=None, now=LATER)
        let_mails_leave(app, LATER)
        assert states(transaction, "invitation") == [(EMAIL, MailState.NOT_NEEDED), (OTHER, MailState.SENT)]
        assert [message["X-RcptTo"] for message in outbox.messages] == [OTHER]


class TestALinkForANewPassword:
    def test_is_sent(self, app: Flask, transaction: Transaction, outbox: MailServer) -> None:
        with transaction() as session:
            forget_password(session)
        assert links(transaction) == 0
        let_mails_leave(app, LATER)
        assert states(transaction, "password_reset") == [(EMAIL, MailState.SENT)]
        assert links(transaction) == len(outbox.messages) == 1

    @pytest.mark.parametrize("cause", ["changed", "disabled"])
    def test_is_not_made_when_the_cause_is_gone(
        self, app: Flask, transaction: Transaction, outbox: MailServer, cause: str
    ) -> None:
        """Somebody who remembered the password, changed it and so ended every link to a new one."""
        with transaction() as session:
            user = forget_password(session)
            if cause == "disabled":
                disable(session, user)
            else:
                change_password(
                    session,
                    current_password=PASSWORD,
                    password="quatro gatos no telhado",
                    actor=actor_of(user),
                    now=LATER,
                )
        let_mails_leave(app, LATER)
        assert states(transaction, "password_reset") == [(EMAIL, MailState.NOT_NEEDED)]
        assert links(transaction) == 0
        assert [message for message in outbox.messages if "nova senha" in str(message["Subject"])] == []
