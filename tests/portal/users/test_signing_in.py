"""Signing in and out at the pages people use."""

from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
import time_machine
from sqlalchemy import select, update

from portal.shared.auth import Role
from portal.users.models import User, UserSession
from portal.users.operations.hashing import password_hash
from portal.users.operations.sessions import sign_in
from portal.users.rules import WrongPassword
from tests.factories.partners import make_partner
from tests.factories.users import JOINED_AT, PASSWORD, make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.people import ClientOf

EMAIL = "bruno@sulsistemas.com.br"
WRONG = "E-mail ou senha não conferem."


@pytest.fixture
def seller(transaction: Transaction) -> int:
    """Bruno, a seller who has accepted his invitation."""
    with transaction() as session:
        return make_user(session, email=EMAIL, partner_id=make_partner(session).id).id


def try_to_sign_in(visitor: PortalClient, password: str = PASSWORD, **fields: str) -> tuple[int, str]:
    visitor.get("/entrar")
    answer = visitor.submit("/entrar", {"email": EMAIL, "password": password} | fields)
    return answer.status_code, answer.text


@pytest.mark.usefixtures("seller")
class TestSigningIn:
    def test_leads_to_the_home_page(self, visitor: PortalClient) -> None:
        assert location(visitor.sign_in(EMAIL, PASSWORD)) == "/"
        assert visitor.get("/conta").status_code == 200

    def test_does_not_mind_capitals_and_spaces_in_the_address(self, visitor: PortalClient) -> None:
        visitor.sign_in(f"  {EMAIL.upper()} ", PASSWORD)
        assert visitor.get("/conta").status_code == 200

    def test_leads_to_where_the_person_wanted_to_go(self, visitor: PortalClient) -> None:
        asked = visitor.get("/conta?aba=senha")
        assert location(asked) == "/entrar?proximo=/conta?aba%3Dsenha"
        visitor.get(location(asked))
        answer = visitor.submit(
            "/entrar", {"email": EMAIL, "password": PASSWORD, "proximo": "/conta?aba=senha"}
        )
        assert location(answer) == "/conta?aba=senha"

    @pytest.mark.parametrize(
        "target",
        [
            "https://evil.com/",
            "//evil.com",
            "/\\evil.com",
            "\\\\evil.com",
            "/\t/evil.com",
            "javascript:alert(1)",
            "conta",
        ],
    )
    def test_never_leads_out_of_the_portal(self, visitor: PortalClient, target: str) -> None:
        visitor.get("/entrar", query_string={"proximo": target})
        answer = visitor.submit("/entrar", {"email": EMAIL, "password": PASSWORD, "proximo": target})
        assert answer.headers["Location"] == "/"
        again = visitor.get("/entrar", query_string={"proximo": target})
        assert again.headers["Location"] == "/"

    def test_refuses_a_wrong_password_and_keeps_the_address(self, visitor: PortalClient) -> None:
        status, page = try_to_sign_in(visitor, "outra senha qualquer")
        assert status == 422
        assert WRONG in page
        assert f'value="{EMAIL}"' in page
        assert "outra senha qualquer" not in page

    @pytest.mark.deep
    def test_tells_an_unknown_address_exactly_what_it_tells_a_wrong_password(
        self, visitor: PortalClient
    ) -> None:
        wrong = try_to_sign_in(visitor, "outra senha qualquer")
        unknown = try_to_sign_in(visitor, "outra senha qualquer", email="ninguem@sulsistemas.com.br")
        assert unknown[0] == wrong[0]
        assert WRONG in unknown[1]

    def test_asks_for_what_is_missing_at_its_field(self, visitor: PortalClient) -> None:
        status, page = try_to_sign_in(visitor, "", email="")
        assert status == 422
        assert "Escreva seu e-mail." in page
        assert "Escreva sua senha." in page

    @pytest.mark.deep
    def test_shows_hostile_text_as_text(self, visitor: PortalClient) -> None:
        _, page = try_to_sign_in(visitor, email='"><script>alert(1)</script>\x00')
        assert "<script>alert" not in page

    def test_refuses_a_form_without_its_token(self, visitor: PortalClient) -> None:
        answer = visitor.post("/entrar", data={"email": EMAIL, "password": PASSWORD})
        assert answer.status_code == 422
        assert location(visitor.get("/conta")).startswith("/entrar")


class TestWhoMayNotSignIn:
    def test_is_told_so_only_with_the_right_password(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        with transaction() as session:
            make_user(session, email=EMAIL, role=Role.SUPPORT, disabled_at=JOINED_AT)
        assert WRONG in try_to_sign_in(visitor, "outra senha qualquer")[1]
        status, page = try_to_sign_in(visitor)
        assert status == 403
        assert "Seu acesso está desativado." in page
        assert location(visitor.get("/conta")).startswith("/entrar")

    def test_includes_the_people_of_a_disabled_partner(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        with transaction() as session:
            make_user(session, email=EMAIL, partner_id=make_partner(session, disabled_at=JOINED_AT).id)
        assert "Seu acesso está desativado." in try_to_sign_in(visitor)[1]
        with transaction() as session:
            assert session.scalars(select(UserSession)).all() == []

    @pytest.mark.deep
    def test_includes_those_who_have_chosen_no_password_yet(
        self, transaction: Transaction, visitor: PortalClient
    ) -> None:
        with transaction() as session:
            make_user(session, email=EMAIL, role=Role.SUPPORT, password=None)
        assert WRONG in try_to_sign_in(visitor)[1]


class TestASession:
    @pytest.mark.deep
    def test_ends_after_fourteen_days(self, seller: int, visitor: PortalClient) -> None:
        begin = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
        with time_machine.travel(begin, tick=False) as clock:
            visitor.sign_in(EMAIL, PASSWORD)
            for hours in range(20, 14 * 24, 20):  # used every day
                clock.move_to(begin + timedelta(hours=hours))
                assert visitor.get("/conta").status_code == 200
            clock.move_to(begin + timedelta(days=14) - timedelta(seconds=1))
            assert visitor.get("/conta").status_code == 200
            clock.move_to(begin + timedelta(days=14))
            assert location(visitor.get("/conta")).startswith("/entrar")

    def test_is_a_new_one_for_whoever_signs_in(
        self, seller: int, client_of: ClientOf, transaction: Transaction
    ) -> None:
        browser = client_of(seller)
        with transaction() as session:
            planted = session.scalars(select(UserSession.token_hash)).one()
            session.execute(update(UserSession).values(ended_at=JOINED_AT + timedelta(days=1)))
        browser.sign_in(EMAIL, PASSWORD)
        assert browser.get("/conta").status_code == 200
        with transaction() as session:
            assert session.scalar(select(UserSession.ended_at).where(UserSession.token_hash == planted))

    def test_takes_nothing_over_from_the_browser_of_somebody_else(
        self, seller: int, client_of: ClientOf, transaction: Transaction
    ) -> None:
        with transaction() as session:
            other = make_user(session, role=Role.SUPPORT).id
        browser = client_of(other)
        browser.get("/conta")
        theirs = browser.csrf_token
        with transaction() as session:
            session.execute(update(UserSession).values(ended_at=JOINED_AT + timedelta(days=1)))
        browser.sign_in(EMAIL, PASSWORD)
        answer = browser.post("/conta/nome", data={"csrf_token": theirs, "name": "Trocado"})
        assert answer.status_code == 422
        with transaction() as session:
            assert session.scalars(select(User.name).where(User.id == seller)).one() == "Bruno Lima"

    def test_is_kept_only_as_a_hash(
        self, seller: int, visitor: PortalClient, transaction: Transaction
    ) -> None:
        visitor.sign_in(EMAIL, PASSWORD)
        with visitor.session_transaction() as cookie:
            token = cookie["_user_id"]
        with transaction() as session:
            assert token not in session.scalars(select(UserSession.token_hash)).one()

    def test_ends_at_once_when_the_person_is_disabled(
        self, seller: int, client_of: ClientOf, transaction: Transaction
    ) -> None:
        browser = client_of(seller)
        with transaction() as session:
            session.execute(update(User).where(User.id == seller).values(disabled_at=JOINED_AT))
        assert location(browser.get("/conta")).startswith("/entrar")


class TestSigningOut:
    def test_ends_the_session_so_that_a_stolen_cookie_is_worth_nothing(
        self, seller: int, client_of: ClientOf
    ) -> None:
        browser = client_of(seller)
        browser.get("/conta")
        with browser.session_transaction() as cookie:
            stolen = dict(cookie)
        assert location(browser.submit("/sair")) == "/entrar"
        with browser.session_transaction() as cookie:
            cookie.update(stolen)
        assert location(browser.get("/conta")).startswith("/entrar")

    def test_here_leaves_other_devices_alone(self, seller: int, client_of: ClientOf) -> None:
        here, there = client_of(seller), client_of(seller)
        here.get("/conta")
        here.submit("/sair")
        assert there.get("/conta").status_code == 200

    def test_everywhere_ends_every_session_but_nobody_elses(
        self, seller: int, client_of: ClientOf, transaction: Transaction
    ) -> None:
        with transaction() as session:
            other = make_user(session, role=Role.SUPPORT).id
        here, there, theirs = client_of(seller), client_of(seller), client_of(other)
        here.get("/conta")
        here.submit("/sair/todos")
        assert location(here.get("/conta")).startswith("/entrar")
        assert location(there.get("/conta")).startswith("/entrar")
        assert theirs.get("/conta").status_code == 200


@pytest.mark.usefixtures("costly_passwords")
class TestTheTimeOfAnAnswer:
    def test_does_not_tell_an_unknown_address_from_a_wrong_password(self, transaction: Transaction) -> None:
        with transaction() as session:
            user = make_user(session, email=EMAIL, role=Role.SUPPORT)
            user.password_hash = password_hash(PASSWORD)
        with transaction() as session:

            def cost(email: str) -> float:
                started = process_time()
                with pytest.raises(WrongPassword):
                    sign_in(session, email=email, password="outra", address="10.0.0.1", now=JOINED_AT)
                return process_time() - started

            known = min(cost(EMAIL) for _ in range(5))
            unknown = min(cost("ninguem@sulsistemas.com.br") for _ in range(5))
        assert 0.5 < unknown / known < 2
