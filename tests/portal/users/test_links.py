"""Invitations and forgotten passwords: mailed links that open once, for one purpose, for a while."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from portal.shared import clock, tokens
from portal.shared.audit import LogEntry
from portal.shared.auth import Role
from portal.shared.mail_rows import MailMessage
from portal.shared.tokens import LinkToken, Purpose
from portal.users.models import User
from portal.users.operations.invitations import invite_user, send_new_invitation
from tests.factories.users import PASSWORD, make_user
from tests.support.application import Transaction
from tests.support.card_processor import run_queue
from tests.support.clients import PortalClient, location
from tests.support.letters import all_written, written
from tests.support.people import ClientOf

EMAIL = "carla@sulsistemas.com.br"
NEW_PASSWORD = "chuva de verão"
NOON = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
GONE = "Este link não vale mais"


def invite(transaction: Transaction, *, now: datetime = NOON) -> str:
    """Invite Carla to the vendor's support; the address of her link."""
    with transaction() as session:
        invite_user(session, email=EMAIL, name="Carla Dias", role=Role.SUPPORT, actor=None, now=now)
    return link(transaction, Purpose.INVITATION)


def link(transaction: Transaction, purpose: Purpose) -> str:
    """The address of the newest link of a purpose, as its mail leaves."""
    page = {Purpose.INVITATION: "convite", Purpose.PASSWORD_RESET: "senha"}[purpose]
    with transaction() as session:
        waiting = select(MailMessage).where(MailMessage.kind == purpose.value).order_by(MailMessage.id)
        all_written(session, session.scalars(waiting).all())
        newest = select(LinkToken).where(LinkToken.purpose == purpose).order_by(LinkToken.id.desc()).limit(1)
        return f"/{page}/{session.scalars(newest).one().secret()}"


def choose(
    visitor: PortalClient, address: str, password: str = NEW_PASSWORD, again: str | None = None
) -> tuple[int, str]:
    visitor.get(address)
    answer = visitor.submit(address, {"password": password, "password_again": again or password})
    return answer.status_code, answer.text


def can_sign_in(visitor: PortalClient, email: str, password: str) -> bool:
    visitor.get("/entrar")
    return visitor.submit("/entrar", {"email": email, "password": password}).status_code == 303


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    """Everything happens at noon of a day, unless the test moves on."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.mark.usefixtures("noon")
class TestAnInvitation:
    def test_is_mailed_with_a_link_that_the_outbox_does_not_hold(self, transaction: Transaction) -> None:
        secret = invite(transaction).rpartition("/")[2]
        with transaction() as session:
            mail = written(session, session.scalars(select(MailMessage)).one())
            assert (mail.to_address, mail.subject) == (EMAIL, "Seu acesso ao Portal do Parceiro")
            assert "como Atendimento" in mail.text_body
            assert "vale até 08/07/2026 12:00" in mail.text_body
            assert secret not in mail.text_body + mail.html_body

    def test_lets_the_person_choose_a_password_and_sign_in(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        address = invite(transaction)
        assert "Carla Dias, escolha a senha" in visitor.get(address).text
        assert choose(visitor, address)[0] == 303
        assert can_sign_in(visitor, EMAIL, NEW_PASSWORD)

    def test_is_not_used_up_by_looking_at_it(self, transaction: Transaction, visitor: PortalClient) -> None:
        address = invite(transaction)
        for _ in range(3):
            assert visitor.get(address).status_code == 200
        with transaction() as session:
            assert session.scalars(select(LinkToken.used_at)).all() == [None]
        assert choose(visitor, address)[0] == 303

    def test_works_once(self, transaction: Transaction, visitor: PortalClient) -> None:
        address = invite(transaction)
        visitor.get(address)
        choose(visitor, address)
        visitor.get("/entrar")
        answer = visitor.submit(address, {"password": PASSWORD, "password_again": PASSWORD})
        assert answer.status_code == 404
        assert GONE in answer.text
        assert not can_sign_in(visitor, EMAIL, PASSWORD)

    def test_stops_working_after_seven_days(
        self, transaction: Transaction, visitor: PortalClient, noon: time_machine.Traveller
    ) -> None:
        address = invite(transaction)
        noon.move_to(NOON + timedelta(days=7) - timedelta(seconds=1))
        assert visitor.get(address).status_code == 200
        noon.move_to(NOON + timedelta(days=7))
        answer = visitor.get(address)
        assert (answer.status_code, GONE in answer.text) == (404, True)
        visitor.get("/entrar")
        assert (
            visitor.submit(address, {"password": NEW_PASSWORD, "password_again": NEW_PASSWORD}).status_code
            == 404
        )

    def test_is_replaced_by_the_next_one(self, transaction: Transaction, visitor: PortalClient) -> None:
        first = invite(transaction)
        with transaction() as session:
            user = session.scalars(select(User)).one()
            for seconds in (5, 15, 20):  # two of them by a second click
                later = NOON + timedelta(seconds=seconds)
                send_new_invitation(session, user=user, actor=None, now=later)
            assert len(session.scalars(select(MailMessage)).all()) == 2
        assert visitor.get(first).status_code == 404
        assert visitor.get(link(transaction, Purpose.INVITATION)).status_code == 200

    def test_stops_working_when_the_person_is_disabled(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        address = invite(transaction)
        with transaction() as session:
            session.execute(update(User).values(disabled_at=NOON))
        assert visitor.get(address).status_code == 404

    @pytest.mark.parametrize("password", ["pequena", "senha123456", "carla dias"])
    def test_refuses_an_easy_password_and_still_works(
        self, transaction: Transaction, visitor: PortalClient, password: str
    ) -> None:
        address = invite(transaction)
        status, page = choose(visitor, address, password)
        assert status == 422
        assert f'value="{password}"' not in page
        assert choose(visitor, address)[0] == 303

    def test_wants_the_password_twice_the_same(self, transaction: Transaction, visitor: PortalClient) -> None:
        status, page = choose(visitor, invite(transaction), NEW_PASSWORD, "chuva de inverno")
        assert status == 422
        assert "As duas senhas são diferentes." in page

    def test_signs_out_whoever_opened_it_in_another_persons_browser(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            other = make_user(session, role=Role.ADMIN).id
        browser = client_of(other)
        choose(browser, invite(transaction))
        assert location(browser.get("/conta")).startswith("/entrar")


@pytest.mark.usefixtures("noon")
class TestALink:
    def test_cannot_be_guessed(self, transaction: Transaction, visitor: PortalClient) -> None:
        invite(transaction)
        with transaction() as session:
            kept = session.scalars(select(LinkToken)).one()
            guesses = (kept.token_hash, kept.nonce, str(kept.id), "x" * 43, "%00", "é")
        for guess in guesses:
            assert visitor.get(f"/convite/{guess}").status_code == 404

    @pytest.mark.parametrize("purpose", [Purpose.INVITATION, Purpose.PROPOSAL])
    def test_of_another_purpose_opens_nothing(
        self, transaction: Transaction, visitor: PortalClient, purpose: Purpose
    ) -> None:
        with transaction() as session:
            user = make_user(session, email=EMAIL, role=Role.SUPPORT)
            token = tokens.issue(
                session, purpose=purpose, subject_id=user.id, now=NOON, valid_for=timedelta(days=1)
            )
            secret = token.secret()
        visitor.get("/entrar")
        fields = {"password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
        assert visitor.get(f"/senha/{secret}").status_code == 404
        assert visitor.submit(f"/senha/{secret}", fields).status_code == 404
        assert not can_sign_in(visitor, EMAIL, NEW_PASSWORD)


@pytest.mark.usefixtures("noon")
class TestAForgottenPassword:
    def ask(self, visitor: PortalClient, email: str) -> tuple[int, str]:
        visitor.get("/senha/esqueci")
        answer = visitor.submit("/senha/esqueci", {"email": email})
        run_queue(visitor.application, clock.now())
        # The address itself and the page's own token differ from one answer to the next.
        without_token = re.sub(r'"[\w.-]{60,}"', '""', answer.text)
        return answer.status_code, without_token.replace(email, "…")

    @pytest.mark.deep
    def test_answers_alike_whether_somebody_has_this_address(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        with transaction() as session:
            make_user(session, email=EMAIL, role=Role.SUPPORT)
        known = self.ask(visitor, EMAIL)
        unknown = self.ask(visitor, "ninguem@sulsistemas.com.br")
        assert known == unknown
        assert known[0] == 200
        with transaction() as session:
            assert session.scalars(select(MailMessage.to_address)).all() == [EMAIL]

    @pytest.mark.deep
    def test_leads_by_a_link_to_a_new_password_and_ends_every_session(
        self, transaction: Transaction, visitor: PortalClient, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            user_id = make_user(session, email=EMAIL, role=Role.SUPPORT).id
        elsewhere = client_of(user_id)
        self.ask(visitor, EMAIL)
        assert choose(visitor, link(transaction, Purpose.PASSWORD_RESET))[0] == 303
        assert location(elsewhere.get("/conta")).startswith("/entrar")
        assert not can_sign_in(visitor, EMAIL, PASSWORD)
        assert can_sign_in(visitor, EMAIL, NEW_PASSWORD)

    @pytest.mark.deep
    def test_tells_the_person_by_mail_and_in_the_log(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        with transaction() as session:
            make_user(session, email=EMAIL, role=Role.SUPPORT, name="Carla Dias")
        self.ask(visitor, EMAIL)
        choose(visitor, link(transaction, Purpose.PASSWORD_RESET))
        with transaction() as session:
            changed = select(MailMessage).where(MailMessage.kind == "password_changed")
            notice = written(session, session.scalars(changed).one())
            assert (notice.to_address, notice.subject) == (EMAIL, "Sua senha foi alterada")
            assert "em 01/07/2026 12:00" in notice.text_body
            entry = session.scalars(select(LogEntry)).one()
            assert entry.summary == "Senha de Carla Dias alterada pelo link enviado por e-mail"

    def test_expires_after_an_hour(
        self, transaction: Transaction, visitor: PortalClient, noon: time_machine.Traveller
    ) -> None:
        with transaction() as session:
            make_user(session, email=EMAIL, role=Role.SUPPORT)
        self.ask(visitor, EMAIL)
        noon.move_to(NOON + timedelta(hours=1))
        assert visitor.get(link(transaction, Purpose.PASSWORD_RESET)).status_code == 404

    def test_sends_the_invitation_again_to_whoever_has_not_accepted_it(
        self, transaction: Transaction, visitor: PortalClient, noon: time_machine.Traveller
    ) -> None:
        first = invite(transaction)
        noon.move_to(NOON + timedelta(minutes=1))
        self.ask(visitor, EMAIL)
        with transaction() as session:
            assert session.scalars(select(MailMessage.kind)).all() == ["invitation", "invitation"]
        assert visitor.get(first).status_code == 404

    def test_sends_nothing_to_a_disabled_person(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        with transaction() as session:
            make_user(session, email=EMAIL, role=Role.SUPPORT, disabled_at=NOON)
        assert self.ask(visitor, EMAIL)[0] == 200
        with transaction() as session:
            assert session.scalars(select(MailMessage)).all() == []

    @pytest.mark.deep
    def test_is_answered_as_usual_however_often_it_was_asked_for(
        self, transaction: Transaction, visitor: PortalClient, noon: time_machine.Traveller
    ) -> None:
        with transaction() as session:
            make_user(session, email=EMAIL, role=Role.SUPPORT)
        answers = set()
        for minutes in range(6):
            noon.move_to(NOON + timedelta(minutes=minutes))
            answers |= {self.ask(visitor, EMAIL), self.ask(visitor, "ninguem@x.com.br")}
        assert [status for status, _page in answers] == [200]
        with transaction() as session:
            assert len(session.scalars(select(MailMessage)).all()) == 3, (
                "then a pause of a quarter of an hour"
            )
        assert visitor.get(link(transaction, Purpose.PASSWORD_RESET)).status_code == 200

    def test_is_mailed_once_when_asked_for_twice_within_seconds(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        with transaction() as session:
            make_user(session, email=EMAIL, role=Role.SUPPORT)
        for _ in range(2):
            self.ask(visitor, EMAIL)
        with transaction() as session:
            assert len(session.scalars(select(MailMessage)).all()) == 1

    def test_is_mailed_again_a_minute_later(
        self, transaction: Transaction, visitor: PortalClient, noon: time_machine.Traveller
    ) -> None:
        with transaction() as session:
            make_user(session, email=EMAIL, role=Role.SUPPORT)
        self.ask(visitor, EMAIL)
        noon.move_to(NOON + timedelta(minutes=1))
        self.ask(visitor, EMAIL)
        with transaction() as session:
            assert len(session.scalars(select(MailMessage)).all()) == 2

    def test_refuses_what_is_no_address(self, visitor: PortalClient) -> None:
        status, page = self.ask(visitor, "carla")
        assert status == 422
        assert "Confira o e-mail" in page
