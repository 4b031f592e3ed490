"""Minha conta: one's own name, password and devices."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.shared.audit import LogEntry
from portal.shared.auth import Role
from portal.shared.mail_rows import MailMessage
from portal.users.models import User, UserSession
from portal.users.operations.sessions import forget_old_sessions, sign_in
from tests.factories.users import PASSWORD, make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.letters import all_written
from tests.support.people import ClientOf

EMAIL = "carla@sulsistemas.com.br"
NEW_PASSWORD = "chuva de verão"


@pytest.fixture
def carla(transaction: Transaction) -> int:
    with transaction() as session:
        return make_user(session, email=EMAIL, role=Role.SUPPORT, name="Carla Dias").id


@pytest.fixture
def client(carla: int, client_of: ClientOf) -> PortalClient:
    client = client_of(carla)
    client.get("/conta")
    return client


def change_password(client: PortalClient, **fields: str) -> tuple[int, str]:
    filled = {"current_password": PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD} | fields
    answer = client.submit("/conta/senha", filled)
    return answer.status_code, answer.text


class TestTheOwnName:
    def test_can_be_changed_and_is_logged(self, client: PortalClient, transaction: Transaction) -> None:
        assert client.submit("/conta/nome", {"name": "  Carla Dias Reis "}).status_code == 303
        assert "Carla Dias Reis" in client.get("/conta").text
        with transaction() as session:
            entry = session.scalars(select(LogEntry)).one()
            assert entry.summary == "Carla Dias passou a se chamar Carla Dias Reis"

    @pytest.mark.parametrize(
        ("name", "why"),
        [("  ", "Escreva seu nome."), ("x" * 121, "no máximo 120"), ("Ana www.x.example", "sem “www.”.")],
    )
    def test_is_refused_at_its_field(self, client: PortalClient, name: str, why: str) -> None:
        answer = client.submit("/conta/nome", {"name": name})
        assert answer.status_code == 422
        assert why in answer.text

    @pytest.mark.deep
    def test_may_hold_what_looks_like_html(self, client: PortalClient) -> None:
        client.submit("/conta/nome", {"name": "<img src=x onerror=alert(1)>"})
        page = client.get("/conta").text
        assert "<img src=x" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page


class TestTheOwnPassword:
    def test_is_changed_for_who_knows_the_present_one(
        self, client: PortalClient, visitor: PortalClient
    ) -> None:
        assert change_password(client)[0] == 303
        visitor.sign_in(EMAIL, NEW_PASSWORD)
        assert client.get("/conta").status_code == 200

    def test_change_ends_the_other_sessions_and_is_told_by_mail(
        self, client: PortalClient, carla: int, client_of: ClientOf, transaction: Transaction
    ) -> None:
        elsewhere = client_of(carla)
        change_password(client)
        assert location(elsewhere.get("/conta")).startswith("/entrar")
        with transaction() as session:
            mails = all_written(session, session.scalars(select(MailMessage)).all())
            assert [mail.subject for mail in mails] == ["Sua senha foi alterada"]

    def test_notice_names_who_caused_it_and_is_urgent(
        self, client: PortalClient, carla: int, transaction: Transaction
    ) -> None:
        change_password(client)
        with transaction() as session:
            mail = session.scalars(select(MailMessage)).one()
            assert (mail.caused_by_id, mail.is_urgent) == (carla, True)

    def test_is_not_changed_without_the_present_one(
        self, client: PortalClient, transaction: Transaction
    ) -> None:
        status, page = change_password(client, current_password="outra senha qualquer")
        assert status == 422
        assert "Esta não é a sua senha atual." in page
        with transaction() as session:
            assert session.scalars(select(LogEntry)).all() == []

    @pytest.mark.deep
    def test_guessing_at_the_present_one_is_slowed_down(self, client: PortalClient) -> None:
        statuses = [change_password(client, current_password="chute errado")[0] for _ in range(6)]
        assert statuses == [422] * 5 + [429]
        answer = client.submit("/conta/senha", {})
        assert answer.status_code == 422

    def test_must_be_a_good_one(self, client: PortalClient) -> None:
        status, page = change_password(client, password="carla dias", password_again="carla dias")
        assert status == 422
        assert "Não use seu nome nem seu e-mail como senha." in page


class TestTheOwnDevices:
    def test_are_listed_with_the_present_one_marked(
        self, client: PortalClient, visitor: PortalClient, client_of: ClientOf, transaction: Transaction
    ) -> None:
        with transaction() as session:
            stranger = make_user(session, role=Role.SUPPORT).id
        client_of(stranger)
        visitor.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36"
        visitor.sign_in(EMAIL, PASSWORD)
        page = visitor.get("/conta").text
        assert "Chrome em Windows" in page
        assert page.count("Este dispositivo") == 1
        assert page.count("Encerrar acesso") == 1

    def test_can_be_signed_out_one_by_one(
        self, client: PortalClient, carla: int, client_of: ClientOf, transaction: Transaction
    ) -> None:
        elsewhere = client_of(carla)
        with transaction() as session:
            newest = session.scalars(select(UserSession.id).order_by(UserSession.id.desc())).first()
        assert client.submit(f"/conta/sessoes/{newest}/encerrar").status_code == 303
        assert location(elsewhere.get("/conta")).startswith("/entrar")
        assert client.get("/conta").status_code == 200

    def test_of_somebody_else_are_as_if_they_were_not_there(
        self, client: PortalClient, client_of: ClientOf, transaction: Transaction
    ) -> None:
        with transaction() as session:
            stranger = make_user(session, role=Role.SUPPORT).id
        theirs = client_of(stranger)
        with transaction() as session:
            session_id = session.scalars(
                select(UserSession.id).join(User, User.id == UserSession.user_id).where(User.id == stranger)
            ).one()
        assert client.submit(f"/conta/sessoes/{session_id}/encerrar").status_code == 404
        assert client.submit(f"/conta/sessoes/{session_id + 999}/encerrar").status_code == 404
        assert theirs.get("/conta").status_code == 200


class TestOldSessions:
    def test_are_forgotten_ninety_days_after_their_end(self, transaction: Transaction) -> None:
        with transaction() as session:
            user = make_user(session, role=Role.SUPPORT)
            for days_ago in (10, 89, 91, 400):
                sign_in(
                    session,
                    email=user.email,
                    password=PASSWORD,
                    address="",
                    now=user.invited_at - timedelta(days=days_ago + 14),
                )
            assert forget_old_sessions(session, now=user.invited_at) == 2
