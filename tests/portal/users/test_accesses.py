"""Who came in, was refused or went: kept without secrets, seen by the person and by administrators."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.shared import clock
from portal.shared.auth import Role
from portal.shared.db import Base, db
from portal.users.models import AccessEvent
from portal.users.operations.history import forget_old_accesses, record_access, record_forbidden
from portal.users.rules import AccessKind, Origin
from tests.factories.partners import make_partner
from tests.factories.users import PASSWORD, make_user
from tests.support.application import Transaction
from tests.support.card_processor import run_queue
from tests.support.clients import PortalClient, location
from tests.support.letters import mailed_link
from tests.support.people import ClientOf
from tests.support.quote_builder import text_of

EMAIL = "bruno@sulsistemas.com.br"
NOON = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)  # 12:00 in São Paulo
WINDOWS = "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36"
WRONG = "uma senha que não é"


@pytest.fixture
def bruno(transaction: Transaction, visitor: PortalClient) -> int:
    visitor.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    visitor.environ_base["HTTP_USER_AGENT"] = WINDOWS
    with transaction() as session:
        return make_user(session, email=EMAIL, role=Role.SUPPORT, name="Bruno Lima").id


def kinds(transaction: Transaction) -> list[tuple[str, int | None, str, str]]:
    with transaction() as session:
        events = session.scalars(select(AccessEvent).order_by(AccessEvent.id)).all()
        return [(each.kind.value, each.user_id, each.address, each.device) for each in events]


def fail(visitor: PortalClient, email: str = EMAIL) -> None:
    visitor.get("/entrar")
    assert visitor.submit("/entrar", {"email": email, "password": WRONG}).status_code == 422


class TestWhatIsKept:
    def test_is_who_came_in_and_went_from_where(
        self, bruno: int, visitor: PortalClient, transaction: Transaction
    ) -> None:
        fail(visitor)
        visitor.sign_in(EMAIL, PASSWORD)
        visitor.get("/conta")
        visitor.submit("/sair")
        visitor.get("/entrar")
        visitor.submit("/sair")  # nobody is in
        here = ("203.0.113.9", "Chrome em Windows")
        assert kinds(transaction) == [
            ("sign_in_failed", bruno, *here),
            ("signed_in", bruno, *here),
            ("signed_out", bruno, *here),
        ]

    @pytest.mark.deep
    def test_is_who_asked_for_and_chose_a_password(
        self, bruno: int, visitor: PortalClient, transaction: Transaction
    ) -> None:
        visitor.get("/senha/esqueci")
        for email in (EMAIL, "ninguem@x.com.br"):
            visitor.submit("/senha/esqueci", {"email": email})
        run_queue(visitor.application, clock.now())
        with transaction() as session:
            path = f"/senha/{mailed_link(session, 'password_reset', bruno).secret()}"
        visitor.get(path)
        chosen = {"password": "quatro gatos no telhado", "password_again": "quatro gatos no telhado"}
        assert visitor.submit(path, chosen).status_code == 303
        assert [each[:2] for each in kinds(transaction)] == [
            ("reset_asked", bruno),
            ("reset_asked", None),
            ("password_reset", bruno),
        ]

    @pytest.mark.deep
    def test_holds_nothing_that_was_typed(
        self, bruno: int, visitor: PortalClient, transaction: Transaction
    ) -> None:
        typed = "minha senha secreta no lugar errado"
        fail(visitor, typed)
        fail(visitor)
        with transaction() as session:
            for table in Base.metadata.sorted_tables:
                kept = repr([tuple(row) for row in session.execute(select(table))])
                assert typed not in kept
                assert WRONG not in kept

    @pytest.mark.deep
    def test_does_not_grow_while_a_pause_lasts(
        self, bruno: int, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with time_machine.travel(NOON, tick=False):
            for _ in range(9):
                visitor.get("/entrar")
                visitor.submit("/entrar", {"email": EMAIL, "password": WRONG})
        assert len(kinds(transaction)) == 5

    @pytest.mark.deep
    def test_cannot_be_changed_or_removed_for_half_a_year(
        self, bruno: int, visitor: PortalClient, transaction: Transaction
    ) -> None:
        fail(visitor)
        for statement in (delete(AccessEvent), update(AccessEvent).values(user_id=None)):
            with pytest.raises(IntegrityError, match="append-only"), transaction() as session:
                session.execute(statement)

    def test_is_forgotten_after_a_year(self, bruno: int, transaction: Transaction) -> None:
        now = clock.now()
        with transaction() as session:
            for days in (365, 367):
                record_access(
                    session,
                    AccessKind.SIGNED_IN,
                    user_id=bruno,
                    origin=Origin(),
                    now=now - timedelta(days=days),
                )
            assert forget_old_accesses(session, now=now) == 1


class TestARefusedRequest:
    """The view somebody signed in may not use."""

    @pytest.fixture
    def inside(self, bruno: int, visitor: PortalClient, transaction: Transaction) -> PortalClient:
        visitor.sign_in(EMAIL, PASSWORD)
        return visitor

    def kept(self, transaction: Transaction) -> list[tuple[int | None, str, str, str]]:
        with transaction() as session:
            events = session.scalars(
                select(AccessEvent).where(AccessEvent.kind == AccessKind.FORBIDDEN).order_by(AccessEvent.id)
            ).all()
            return [(each.user_id, each.endpoint, each.address, each.device) for each in events]

    def test_is_kept_by_the_name_of_the_view_and_from_where(
        self, bruno: int, inside: PortalClient, transaction: Transaction
    ) -> None:
        inside.get("/conta")
        assert inside.get("/acessos?busca=segredo").status_code == 403
        assert inside.submit("/parceiros/7/desativar", {"reason": "segredo"}).status_code == 403
        here = ("203.0.113.9", "Chrome em Windows")
        assert self.kept(transaction) == [
            (bruno, "users.accesses", *here),
            (bruno, "partners.disable", *here),
        ]

    @pytest.mark.deep
    def test_is_kept_once_a_minute_for_each_view(
        self, inside: PortalClient, transaction: Transaction
    ) -> None:
        with time_machine.travel(clock.now(), tick=False) as traveller:
            for _ in range(5):
                assert inside.get("/acessos").status_code == 403
                assert inside.get("/parceiros").status_code == 403
            assert len(self.kept(transaction)) == 2
            traveller.shift(timedelta(seconds=59))
            inside.get("/acessos")
            assert len(self.kept(transaction)) == 2
            traveller.shift(timedelta(seconds=1))
            inside.get("/acessos")
            assert len(self.kept(transaction)) == 3

    @pytest.mark.deep
    def test_by_two_at_once_is_kept_once(self, bruno: int, app: Flask, transaction: Transaction) -> None:
        def refuse(_number: int) -> None:
            with app.app_context(), Session(db.engine) as session, session.begin():
                record_forbidden(session, user_id=bruno, endpoint="users.accesses", origin=Origin(), now=NOON)
                session.execute(text("SELECT pg_sleep(0.1)"))

        with ThreadPoolExecutor(5) as pool:
            list(pool.map(refuse, range(5)))
        assert len(self.kept(transaction)) == 1

    def test_of_nobody_or_of_what_is_not_there_is_not_kept(
        self, inside: PortalClient, client_of: ClientOf, transaction: Transaction
    ) -> None:
        assert inside.get("/nada").status_code == 404
        inside.get("/conta")
        inside.submit("/sair")
        assert inside.get("/acessos").status_code == 303
        assert self.kept(transaction) == []

    def test_is_seen_by_the_person_and_by_administrators(
        self, inside: PortalClient, transaction: Transaction, client_of: ClientOf
    ) -> None:
        inside.get("/acessos")
        assert "Acesso negado" in text_of(inside.get("/conta").text)
        with transaction() as session:
            admin_id = make_user(session, role=Role.ADMIN).id
        admin = client_of(admin_id)
        page = text_of(admin.get("/acessos?tipo=forbidden").text)
        assert "Acesso negado users.accesses" in page
        assert ";Acesso negado;users.accesses;" in admin.get("/acessos.csv").text


class TestTheOwnAccesses:
    def test_are_listed_on_ones_account_page(
        self, bruno: int, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            make_user(session, email="carla@sulsistemas.com.br", role=Role.SUPPORT)
        with time_machine.travel(NOON, tick=False):
            fail(visitor)
            fail(visitor, "carla@sulsistemas.com.br")
            visitor.sign_in(EMAIL, PASSWORD)
            page = text_of(visitor.get("/conta").text)
        assert "Entrou 01/07/2026 12:00 · Chrome em Windows · 203.0.113.9" in page
        assert page.count("Tentativa recusada") == 1

    def test_show_where_a_device_came_from(self, bruno: int, visitor: PortalClient) -> None:
        with time_machine.travel(NOON, tick=False):
            visitor.sign_in(EMAIL, PASSWORD)
            page = text_of(visitor.get("/conta").text)
        assert "Entrou em 01/07/2026 12:00 de 203.0.113.9" in page


class TestAnAdministrator:
    @pytest.fixture
    def admin(self, transaction: Transaction, client_of: ClientOf) -> PortalClient:
        with transaction() as session:
            admin = make_user(session, role=Role.ADMIN, name="Elisa Reis").id
        return client_of(admin)

    @pytest.mark.deep
    def test_sees_everybodys_accesses_and_the_refused_ones_of_nobody(
        self, bruno: int, visitor: PortalClient, admin: PortalClient
    ) -> None:
        fail(visitor, "ninguem@x.com.br")
        visitor.sign_in(EMAIL, PASSWORD)
        page = text_of(admin.get("/acessos").text)
        assert "Bruno Lima" in page
        assert "E-mail sem cadastro" in page
        assert "ninguem@x.com.br" not in page
        only = text_of(admin.get("/acessos?tipo=sign_in_failed").text)
        assert "Bruno Lima" not in only
        assert "Bruno Lima" in text_of(admin.get("/acessos?busca=bruno").text)
        assert "Entrou" in admin.get("/acessos.csv").text

    @pytest.mark.deep
    def test_signs_a_person_out_everywhere_and_it_shows(
        self, bruno: int, visitor: PortalClient, admin: PortalClient
    ) -> None:
        visitor.sign_in(EMAIL, PASSWORD)
        page = admin.get(f"/usuarios/{bruno}")
        assert "Encerrar o acesso em 1 dispositivo" in page.text
        assert admin.submit(f"/usuarios/{bruno}/sair").status_code == 303
        assert location(visitor.get("/conta")).startswith("/entrar")
        shown = text_of(admin.get(f"/usuarios/{bruno}").text)
        assert "Saiu de todos os dispositivos por um administrador" in shown
        assert "Encerrar o acesso" not in shown

    def test_of_a_team_sees_the_teams_accesses(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            partner_id = make_partner(session).id
            manager = make_user(session, role=Role.PARTNER_ADMIN, partner_id=partner_id).id
            member = make_user(session, partner_id=partner_id).id
            record_access(
                session,
                AccessKind.SIGN_IN_FAILED,
                user_id=member,
                origin=Origin(address="10.1.1.1"),
                now=NOON,
            )
        assert "10.1.1.1" in client_of(manager).get(f"/equipe/{member}").text
