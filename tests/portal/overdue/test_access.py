"""A product asks, with its key, whether its service is released; and an admin makes and revokes the keys."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from portal.catalog.rules import ServiceState
from portal.overdue.models import AccessKey
from portal.overdue.operations.access import make_key, revoke_key
from portal.overdue.rules.access import Service, access_to
from portal.shared.audit import LogEntry
from portal.shared.clock import at_sao_paulo
from tests.factories.overdue import active, night, nights
from tests.factories.quotes import House, make_house
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.people import ClientOf

FIFTH_OF_JULY = date(2026, 7, 5)
TENTH = date(2026, 7, 10)


@pytest.fixture
def today() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(at_sao_paulo(TENTH, 9), tick=False) as traveller:
        yield traveller


@pytest.fixture
def house(transaction: Transaction, today: time_machine.Traveller) -> House:  # noqa: ARG001
    """A customer with Hiper Gestão since 01/06/2026, paid until 31/07, billed for 15/07."""
    with transaction() as session:
        session.expire_on_commit = False
        house = make_house(session)
        active(session, house)
        night(session, FIFTH_OF_JULY)
        session.refresh(house.customer)
        return house


def key_for(transaction: Transaction, house: House, plan: str = "gestao") -> str:
    with transaction() as session:
        _key, secret = make_key(
            session, plan=plan, plan_name=plan, name="Servidor", actor=house.admin, now=at_sao_paulo(TENTH)
        )
        return secret


def ask(client: PortalClient, document: str, key: str) -> Any:
    return client.get(f"/api/acesso/{document}", headers={"Authorization": f"Bearer {key}"})


class TestAProduct:
    @pytest.mark.deep
    def test_learns_until_when_its_service_is_released(
        self, house: House, transaction: Transaction, visitor: PortalClient
    ) -> None:
        document = house.customer.document
        answer = ask(visitor, document, key_for(transaction, house))
        assert answer.get_json() == {
            "documento": document,
            "liberado": True,
            "liberado_ate": "2026-07-31",
            "situacao": "em_dia",
            "motivo": None,
        }
        assert "Set-Cookie" not in answer.headers

    def test_learns_of_lateness_and_suspension(
        self, house: House, transaction: Transaction, visitor: PortalClient, today: time_machine.Traveller
    ) -> None:
        key, document = key_for(transaction, house), house.customer.document
        with transaction() as session:
            nights(session, date(2026, 7, 16), date(2026, 7, 20))
        today.move_to(at_sao_paulo(date(2026, 7, 20), 9))
        late = ask(visitor, document, key).get_json()
        assert (late["liberado"], late["liberado_ate"], late["situacao"], late["motivo"]) == (
            True,
            "2026-07-31",
            "em_atraso",
            "pagamento_em_atraso",
        )
        with transaction() as session:
            night(session, date(2026, 8, 1))
        today.move_to(at_sao_paulo(date(2026, 8, 1), 9))
        off = ask(visitor, document, key).get_json()
        assert (off["liberado"], off["liberado_ate"], off["situacao"]) == (False, None, "suspenso")

    def test_is_told_nothing_of_other_products(
        self, house: House, transaction: Transaction, visitor: PortalClient
    ) -> None:
        known = ask(visitor, house.customer.document, key_for(transaction, house, "mentoria")).get_json()
        unknown = ask(visitor, "52998224725", key_for(transaction, house, "mentoria")).get_json()
        assert known | {"documento": ""} == unknown | {"documento": ""}
        assert known["situacao"] == "sem_servico"

    def test_may_write_the_document_as_people_do(
        self, house: House, transaction: Transaction, visitor: PortalClient
    ) -> None:
        digits = house.customer.document
        written = f"{digits[:2]}.{digits[2:5]}.{digits[5:8]}/{digits[8:12]}-{digits[12:]}"
        assert ask(visitor, written, key_for(transaction, house)).get_json()["liberado"] is True
        assert ask(visitor, "nada", key_for(transaction, house)).get_json()["situacao"] == "sem_servico"

    def test_without_a_key_that_works_is_refused(
        self, house: House, transaction: Transaction, visitor: PortalClient
    ) -> None:
        key = key_for(transaction, house)
        with transaction() as session:
            key_id = session.scalars(select(AccessKey.id)).one()
            revoke_key(session, key_id=key_id, actor=house.admin, now=at_sao_paulo(TENTH, 10))
        for wrong in (key, "acesso_nenhum", ""):
            refused = ask(visitor, house.customer.document, wrong)
            assert refused.status_code == 401
            assert refused.get_json() == {"erro": "Falta a chave, ou ela não vale ou foi revogada."}
        assert visitor.get(f"/api/acesso/{house.customer.document}").status_code == 401

    def test_that_asks_too_often_waits_for_the_next_minute(
        self,
        house: House,
        transaction: Transaction,
        visitor: PortalClient,
        today: time_machine.Traveller,
    ) -> None:
        key = key_for(transaction, house)
        assert ask(visitor, house.customer.document, key).status_code == 200
        with transaction() as session:
            session.execute(text("UPDATE access_keys SET asked_in_minute = 599"))
        assert ask(visitor, house.customer.document, key).status_code == 200
        refused = ask(visitor, house.customer.document, key)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
        today.move_to(at_sao_paulo(TENTH, 9, 1))
        assert ask(visitor, house.customer.document, key).status_code == 200


class TestTheAnswer:
    def test_about_several_contracts_is_the_best_of_them(self) -> None:
        suspended = Service(ServiceState.SUSPENDED, date(2026, 6, 30), date(2026, 7, 1))
        paid = Service(ServiceState.CURRENT, date(2026, 7, 31), None)
        assert access_to([suspended, paid], TENTH).until == date(2026, 7, 31)
        assert not access_to([suspended], TENTH).is_released
        assert access_to([], TENTH).state == "sem_servico"


class TestTheDescription:
    def test_names_what_is_answered(
        self, house: House, transaction: Transaction, visitor: PortalClient
    ) -> None:
        described = visitor.get("/api/openapi.json").get_json()
        answer = ask(visitor, house.customer.document, key_for(transaction, house)).get_json()
        schema = described["components"]["schemas"]["Acesso"]
        assert set(schema["properties"]) == set(answer) == set(schema["required"])
        assert answer["situacao"] in schema["properties"]["situacao"]["enum"]
        assert list(described["paths"]["/api/acesso/{documento}"]["get"]["responses"]) == [
            "200",
            "401",
            "429",
        ]

    def test_is_shown_in_portuguese(self, visitor: PortalClient) -> None:
        page = visitor.get("/api").text
        for words in ("Authorization: Bearer", "em_tolerancia", "pagamento_em_atraso", "600 perguntas"):
            assert words in page


def with_page(client: PortalClient) -> PortalClient:
    """A browser that looks at the keys."""
    client.get("/configuracoes/chaves")
    return client


class TestAKey:
    @pytest.mark.deep
    def test_is_shown_once_and_kept_as_its_hash(
        self, house: House, transaction: Transaction, client_of: ClientOf, visitor: PortalClient
    ) -> None:
        admin = with_page(client_of(house.admin.user_id))
        page = admin.submit("/configuracoes/chaves", {"plan": "gestao", "name": "Servidor de produção"})
        secret = re.findall(r"acesso_[\w-]{43}", page.text)[0]
        assert ask(visitor, house.customer.document, secret).status_code == 200
        listed = admin.get("/configuracoes/chaves").text
        assert "Servidor de produção" in listed
        assert secret not in listed
        with transaction() as session:
            kept = session.execute(text("SELECT key_hash, ending FROM access_keys")).one()
            logged = session.scalars(
                select(LogEntry.summary).where(LogEntry.action == "access_key_made")
            ).all()
        assert secret not in kept
        assert kept.ending == secret[-4:]
        assert logged == ["Chave de acesso “Servidor de produção” de Hiper Gestão criada"]

    @pytest.mark.deep
    def test_without_a_name_or_a_product_is_refused_at_the_field(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        refused = with_page(client_of(house.admin.user_id)).submit(
            "/configuracoes/chaves", {"plan": "x", "name": ""}
        )
        assert refused.status_code == 422
        assert "Dê um nome à chave" in refused.text
        with transaction() as session:
            assert session.scalar(select(func.count(AccessKey.id))) == 0

    def test_is_revoked_once_and_for_good(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        key_for(transaction, house)
        with transaction() as session:
            key_id = session.scalars(select(AccessKey.id)).one()
        admin = with_page(client_of(house.admin.user_id))
        assert admin.submit(f"/configuracoes/chaves/{key_id}/revogar", {}).status_code == 303
        again = admin.submit(f"/configuracoes/chaves/{key_id}/revogar", {})
        assert again.status_code == 409
        assert "Esta chave já foi revogada." in again.text
        with transaction() as session, pytest.raises(IntegrityError, match="frozen"):
            session.execute(text("UPDATE access_keys SET revoked_at = NULL, revoked_by_id = NULL"))
