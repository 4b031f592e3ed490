"""The second factor: codes of an app, recovery codes, who must have one, and what a lost device means."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError

from portal.settings.models import Setting
from portal.shared.audit import LogEntry
from portal.shared.auth import Role
from portal.shared.mail_rows import MailMessage
from portal.users.models import AccessEvent, RecoveryCode, TotpSecret, User
from tests.factories.partners import make_partner
from tests.factories.users import PASSWORD, make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.forms import form_values
from tests.support.letters import all_written, written
from tests.support.people import ClientOf

EMAIL = "carla@portal.example"
NOON = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
SECRET = re.compile(r'id="totp-secret"[^>]*>([A-Z2-7]{32})<')
CODE = re.compile(r"\b[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}\b")


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """Everything happens at noon of a day, unless the test moves on."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def carla(transaction: Transaction) -> int:
    with transaction() as session:
        return make_user(session, email=EMAIL, role=Role.FINANCE, name="Carla Freitas").id


def add_app(browser: PortalClient, *, now: datetime = NOON) -> tuple[str, list[str]]:
    """Link an app as people do; its secret and the recovery codes."""
    with time_machine.travel(now, tick=False):
        browser.get("/conta/segunda-etapa")
        begun = browser.submit("/conta/segunda-etapa/aplicativo")
        found = SECRET.search(browser.get(location(begun)).text)
        assert found
        code = pyotp.TOTP(found[1]).at(now)
        answer = browser.submit("/conta/segunda-etapa/aplicativo/ativar", {"code": code})
    assert answer.status_code == 200, answer.text
    return found[1], CODE.findall(answer.text)


def first_step(browser: PortalClient, **fields: str) -> PortalClient:
    browser.get("/entrar")
    answer = browser.submit("/entrar", {"email": EMAIL, "password": PASSWORD} | fields)
    assert location(answer).startswith("/entrar/segunda-etapa"), answer.text
    browser.get(location(answer))
    return browser


def second_step(browser: PortalClient, code: str) -> int:
    return browser.submit("/entrar/segunda-etapa", {"code": code}).status_code


class TestAnAppOfCodes:
    @pytest.mark.deep
    def test_is_asked_for_after_the_password(
        self, carla: int, client_of: ClientOf, visitor: PortalClient
    ) -> None:
        secret, _ = add_app(client_of(carla))
        with time_machine.travel(NOON + timedelta(hours=1), tick=False):
            first_step(visitor)
            assert location(visitor.get("/conta")).startswith("/entrar"), "nobody is in yet"
            assert second_step(visitor, pyotp.TOTP(secret).at(NOON + timedelta(hours=1))) == 303
            assert visitor.get("/conta").status_code == 200

    @pytest.mark.deep
    def test_leads_to_where_the_person_wanted_to_go(
        self, carla: int, client_of: ClientOf, visitor: PortalClient
    ) -> None:
        secret, _ = add_app(client_of(carla))
        later = NOON + timedelta(hours=1)
        with time_machine.travel(later, tick=False):
            visitor.get("/entrar")
            answer = visitor.submit(
                "/entrar", {"email": EMAIL, "password": PASSWORD, "proximo": "/conta?aba=1"}
            )
            page = visitor.get(location(answer))
            done = visitor.post(
                "/entrar/segunda-etapa", data=form_values(page.text) | {"code": pyotp.TOTP(secret).at(later)}
            )
        assert location(done) == "/conta?aba=1"

    def test_carries_a_form_whose_session_had_ended(
        self, carla: int, client_of: ClientOf, transaction: Transaction
    ) -> None:
        browser = client_of(carla)
        secret, _ = add_app(browser)
        later = NOON + timedelta(hours=1)
        with time_machine.travel(later, tick=False):
            browser.get("/conta")
            with transaction() as session:
                session.execute(text("UPDATE user_sessions SET ended_at = now()"))
            ours = {"Sec-Fetch-Site": "same-origin"}
            page = browser.submit("/conta/nome", {"name": "Carla Reis"}, headers=ours)
            step = browser.post(
                "/entrar", data=form_values(page.text) | {"email": EMAIL, "password": PASSWORD}
            )
            code = pyotp.TOTP(secret).at(later)
            offer = browser.post("/entrar/segunda-etapa", data=form_values(step.text) | {"code": code})
            assert "Continuar de onde você parou" in offer.text
            assert browser.post("/conta/nome", data=form_values(offer.text)).status_code == 303
        with transaction() as session:
            assert session.get_one(User, carla).name == "Carla Reis"

    @pytest.mark.deep
    @pytest.mark.parametrize(("off", "status"), [(-90, 422), (-30, 303), (30, 303), (90, 422)])
    def test_may_be_half_a_minute_wrong(
        self, carla: int, client_of: ClientOf, visitor: PortalClient, off: int, status: int
    ) -> None:
        secret, _ = add_app(client_of(carla))
        later = NOON + timedelta(hours=1)
        with time_machine.travel(later, tick=False):
            first_step(visitor)
            assert second_step(visitor, pyotp.TOTP(secret).at(later + timedelta(seconds=off))) == status

    @pytest.mark.deep
    def test_gives_codes_that_work_once(self, carla: int, client_of: ClientOf, visitor: PortalClient) -> None:
        secret, _ = add_app(client_of(carla))
        code = pyotp.TOTP(secret).at(NOON)
        with time_machine.travel(NOON + timedelta(seconds=20), tick=False):
            first_step(visitor)
            assert second_step(visitor, code) == 422, "the code that put the app in force"

    def test_is_guessed_at_five_times_however_often_the_password_is_given(
        self, carla: int, client_of: ClientOf, visitor: PortalClient
    ) -> None:
        add_app(client_of(carla))
        with time_machine.travel(NOON + timedelta(hours=1), tick=False):
            statuses = [second_step(first_step(visitor), "000000") for _ in range(6)]
        assert statuses == [422] * 5 + [429]

    @pytest.mark.deep
    def test_must_be_used_within_ten_minutes_of_the_password(
        self, carla: int, client_of: ClientOf, visitor: PortalClient
    ) -> None:
        secret, _ = add_app(client_of(carla))
        later = NOON + timedelta(hours=1)
        with time_machine.travel(later, tick=False) as travel:
            first_step(visitor)
            travel.move_to(later + timedelta(minutes=10))
            assert second_step(visitor, pyotp.TOTP(secret).at(later + timedelta(minutes=10))) == 401
            assert location(visitor.get("/entrar/segunda-etapa")).startswith("/entrar?")

    @pytest.mark.deep
    def test_needs_the_password_first(self, carla: int, client_of: ClientOf, visitor: PortalClient) -> None:
        secret, _ = add_app(client_of(carla))
        with time_machine.travel(NOON + timedelta(hours=1), tick=False):
            visitor.get("/entrar")
            assert second_step(visitor, pyotp.TOTP(secret).at(NOON + timedelta(hours=1))) == 401

    def test_is_refused_in_place_of_a_passkey_whose_answer_nests_without_end(
        self, carla: int, client_of: ClientOf, visitor: PortalClient
    ) -> None:
        add_app(client_of(carla))
        first_step(visitor)
        nested = base64.urlsafe_b64encode(b"[" * 14_000).decode()
        answer = json.dumps({"id": "ª", "response": {"clientDataJSON": nested}})
        assert len(answer) < 20_000
        refused = visitor.submit("/entrar/segunda-etapa", {"passkey": answer})
        assert refused.status_code == 422
        assert "Não foi possível confirmar a chave de acesso." in refused.text

    def test_is_not_in_force_before_its_first_code(
        self, carla: int, client_of: ClientOf, visitor: PortalClient, transaction: Transaction
    ) -> None:
        browser = client_of(carla)
        browser.get("/conta/segunda-etapa")
        browser.submit("/conta/segunda-etapa/aplicativo")
        browser.get("/conta/segunda-etapa/aplicativo")
        answer = browser.submit("/conta/segunda-etapa/aplicativo/ativar", {"code": "123"})
        assert answer.status_code == 422
        visitor.sign_in(EMAIL, PASSWORD)

    @pytest.mark.deep
    def test_shows_its_secret_no_more_once_in_force_and_keeps_it_sealed(
        self, carla: int, client_of: ClientOf, transaction: Transaction
    ) -> None:
        browser = client_of(carla)
        secret, _ = add_app(browser)
        assert location(browser.get("/conta/segunda-etapa/aplicativo")) == "/conta/segunda-etapa"
        with transaction() as session:
            assert secret not in session.scalars(select(TotpSecret.sealed_secret)).one()

    def test_confirms_who_one_is_instead_of_the_password(
        self, carla: int, client_of: ClientOf, transaction: Transaction
    ) -> None:
        browser = client_of(carla)
        secret, _ = add_app(browser)
        later = NOON + timedelta(hours=1)
        with time_machine.travel(later, tick=False):
            with transaction() as session:
                session.execute(text("UPDATE user_sessions SET confirmed_at = NULL"))
            page = browser.get("/confirmar?proximo=/pagamentos").text
            assert 'type="password"' not in page
            assert browser.submit("/confirmar", {"password": PASSWORD}).status_code == 422
            code = pyotp.TOTP(secret).at(later)
            typed = {"code": f"{code[:3]} {code[3:]}", "proximo": "/pagamentos"}
            answer = browser.submit("/confirmar", typed)
        assert location(answer) == "/pagamentos"

    def test_can_be_removed_and_the_person_is_told(
        self, carla: int, client_of: ClientOf, visitor: PortalClient, transaction: Transaction
    ) -> None:
        browser = client_of(carla)
        add_app(browser)
        browser.get("/conta/segunda-etapa")
        browser.submit("/conta/segunda-etapa/aplicativo/remover")
        visitor.sign_in(EMAIL, PASSWORD)
        with transaction() as session:
            mails = all_written(session, session.scalars(select(MailMessage).order_by(MailMessage.id)).all())
            assert [mail.subject for mail in mails] == ["Sua segunda etapa de entrada mudou"] * 2
            assert "adicionada: Aplicativo de códigos" in mails[0].text_body
            assert "removida: Aplicativo de códigos" in mails[1].text_body
            assert session.scalars(select(RecoveryCode)).all() == []


class TestARecoveryCode:
    def test_stands_in_for_the_app_once(
        self, carla: int, client_of: ClientOf, visitor: PortalClient, transaction: Transaction
    ) -> None:
        _, codes = add_app(client_of(carla))
        assert len(set(codes)) == 10
        assert second_step(first_step(visitor), codes[3].lower().replace("-", " ")) == 303
        visitor.get("/conta")
        visitor.submit("/sair")
        assert second_step(first_step(visitor), codes[3]) == 422
        with transaction() as session:
            kinds = {kind.value for kind in session.scalars(select(AccessEvent.kind))}
            assert "recovery_code_used" in kinds
            told = session.scalars(select(MailMessage).order_by(MailMessage.id.desc())).first()
            assert told
            assert "código de recuperação" in written(session, told).text_body

    @pytest.mark.deep
    def test_is_shown_once_and_kept_as_a_hash(
        self, carla: int, client_of: ClientOf, transaction: Transaction
    ) -> None:
        browser = client_of(carla)
        _, codes = add_app(browser)
        assert CODE.search(browser.get("/conta/segunda-etapa").text) is None
        with transaction() as session:
            kept = repr(session.scalars(select(RecoveryCode.code_hash)).all())
        assert not [code for code in codes if code in kept or code.replace("-", "") in kept]

    def test_is_replaced_by_new_ones(self, carla: int, client_of: ClientOf, visitor: PortalClient) -> None:
        browser = client_of(carla)
        _, codes = add_app(browser)
        browser.get("/conta/segunda-etapa")
        fresh = CODE.findall(browser.submit("/conta/segunda-etapa/codigos").text)
        assert second_step(first_step(visitor), codes[0]) == 422
        assert second_step(first_step(visitor), fresh[0]) == 303

    def test_cannot_be_made_unused_even_in_the_database(
        self, carla: int, client_of: ClientOf, visitor: PortalClient, transaction: Transaction
    ) -> None:
        _, codes = add_app(client_of(carla))
        second_step(first_step(visitor), codes[0])
        with pytest.raises(IntegrityError, match="used once"), transaction() as session:
            session.execute(update(RecoveryCode).values(used_at=None))


class TestARoleThatRequiresOne:
    @pytest.fixture(autouse=True)
    def required(self, transaction: Transaction) -> None:
        with transaction() as session:
            session.add(
                Setting(name="second_factor_finance", value=1, changed_at=NOON, changed_by_name="Elisa")
            )

    def test_lets_nobody_on_before_it_is_added(self, carla: int, client_of: ClientOf) -> None:
        browser = client_of(carla)
        for path in ("/", "/pagamentos", "/conta"):
            assert location(browser.get(path)) == "/conta/segunda-etapa"
        assert "Seu perfil exige uma segunda etapa." in browser.get("/conta/segunda-etapa").text
        assert location(browser.ask("/pagamentos")) == "/conta/segunda-etapa"
        add_app(browser)
        assert browser.get("/pagamentos").status_code == 200

    def test_lets_them_leave(self, carla: int, client_of: ClientOf) -> None:
        browser = client_of(carla)
        browser.get("/conta/segunda-etapa")
        assert location(browser.submit("/sair")) == "/entrar"

    def test_asks_nothing_of_other_roles(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            support = make_user(session, role=Role.SUPPORT).id
        assert client_of(support).get("/conta").status_code == 200

    def test_is_one_by_the_settings_page(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            admin = make_user(session, role=Role.ADMIN, name="Elisa Reis").id
        browser = client_of(admin)
        fields = form_values(browser.get("/configuracoes").text)
        assert fields["second_factor_finance"] == "1"
        assert fields["second_factor_admin"] == "0", "required in production alone"
        browser.post("/configuracoes", data=fields | {"second_factor_finance": "0"})
        with transaction() as session:
            summary = session.scalars(select(LogEntry.summary)).one()
        assert summary == "Segunda etapa: Financeiro: de Exigida para Não exigida"


class TestALostDevice:
    @pytest.fixture
    def elisa(self, transaction: Transaction, client_of: ClientOf) -> PortalClient:
        with transaction() as session:
            admin = make_user(session, role=Role.ADMIN, name="Elisa Reis").id
        return client_of(admin)

    @pytest.mark.deep
    def test_is_handled_by_another_administrator(
        self, carla: int, client_of: ClientOf, elisa: PortalClient, visitor: PortalClient,
        transaction: Transaction,
    ) -> None:  # fmt: skip
        theirs = client_of(carla)
        add_app(theirs)
        assert "Retirar segunda etapa" in elisa.get(f"/usuarios/{carla}").text
        assert elisa.submit(f"/usuarios/{carla}/segunda-etapa/retirar").status_code == 303
        assert location(theirs.get("/conta")).startswith("/entrar"), "a thief with the device is out"
        visitor.sign_in(EMAIL, PASSWORD)
        with transaction() as session:
            entry = session.scalars(select(LogEntry).order_by(LogEntry.id.desc())).first()
            mail = session.scalars(select(MailMessage).order_by(MailMessage.id.desc())).first()
            assert entry
            assert (entry.summary, entry.actor_label) == (
                "Segunda etapa de Carla Freitas retirada",
                "Elisa Reis",
            )
            assert mail
            assert mail.to_address == EMAIL
            assert "retirada por Elisa Reis" in written(session, mail).text_body
            assert session.scalars(select(TotpSecret)).all() == []

    def test_is_not_handled_by_oneself(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            admin = make_user(session, role=Role.ADMIN, email="outra@portal.example").id
        browser = client_of(admin)
        add_app(browser)
        browser.get(f"/usuarios/{admin}")
        answer = browser.submit(f"/usuarios/{admin}/segunda-etapa/retirar")
        assert answer.status_code == 409
        assert "Peça a outro administrador" in answer.text

    def test_of_a_team_is_handled_by_its_manager_alone(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            partner_id = make_partner(session).id
            manager = make_user(session, role=Role.PARTNER_ADMIN, partner_id=partner_id).id
            seller = make_user(session, partner_id=partner_id).id
            stranger = make_user(session, role=Role.PARTNER_ADMIN, partner_id=make_partner(session).id).id
        add_app(client_of(seller))
        other = client_of(stranger)
        other.get("/equipe")
        other.get("/conta")
        assert other.submit(f"/equipe/{seller}/segunda-etapa/retirar").status_code == 404
        browser = client_of(manager)
        browser.get(f"/equipe/{seller}")
        assert browser.submit(f"/equipe/{seller}/segunda-etapa/retirar").status_code == 303


class TestAChallenge:
    def test_is_removed_when_nobody_can_answer_it_any_more(
        self, carla: int, client_of: ClientOf, visitor: PortalClient, transaction: Transaction
    ) -> None:
        from portal.users.operations.challenges import forget_old_challenges

        add_app(client_of(carla))
        with time_machine.travel(NOON, tick=False):
            first_step(visitor)
        with transaction() as session:
            assert forget_old_challenges(session, now=NOON + timedelta(minutes=9)) == 0
            assert forget_old_challenges(session, now=NOON + timedelta(minutes=10)) == 1
            session.execute(delete(TotpSecret))
