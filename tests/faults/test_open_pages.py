"""A page that stayed open while the world went on: another tab, an ended session, new prices, midnight."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from portal.quotes.models import QuoteVersion
from portal.quotes.rules.states import QuoteState
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from portal.users.models import UserSession
from tests.factories.quotes import NOON, publish_dearer_list
from tests.factories.town import SUL
from tests.factories.users import PASSWORD
from tests.support.clients import PortalClient, location
from tests.support.forms import form_values
from tests.support.quote_builder import text_of
from tests.support.town import TownHall

OURS = {"Sec-Fetch-Site": "same-origin"}
TYPED = {"total": "187,65", "quantity_user": "2", "argument": "Fecha hoje"}


@pytest.fixture
def seller(hall: TownHall) -> PortalClient:
    return hall.browser("seller")


def prices(hall: TownHall, quote_id: str | int) -> list[int]:
    """The monthly prices of a quote's versions."""
    with hall.app.app_context():
        found = select(QuoteVersion.negotiated_cents).where(QuoteVersion.quote_id == int(quote_id))
        return list(db.session.scalars(found.order_by(QuoteVersion.number)))


class TestTwoTabs:
    def test_on_one_draft_keep_the_first_saved_and_what_was_typed_in_the_second(
        self, hall: TownHall, seller: PortalClient
    ) -> None:
        quote_id = hall.town.things[SUL]["draft"]
        path = f"/orcamentos/{quote_id}/editar"
        first = form_values(seller.get(path).text)
        second = form_values(seller.get(path).text)
        assert seller.submit(path, first | {"total": "190,00"}).status_code == 303
        answer = seller.submit(path, second | TYPED)
        assert answer.status_code == 409
        assert "Bruno Girassol salvou este rascunho em 10/06/2026 12:00" in text_of(answer.text)
        assert form_values(answer.text)["total"] == "187,65"
        assert prices(hall, quote_id) == [190_00]

        replaced = seller.submit(path, form_values(answer.text) | {"replace": "2"})
        assert replaced.status_code == 303
        assert prices(hall, quote_id) == [187_65]


class TestAnEndedSession:
    def test_in_the_middle_of_a_new_quote_loses_nothing(self, hall: TownHall, seller: PortalClient) -> None:
        things = hall.town.things[SUL]
        page = seller.get(f"/orcamentos/novo?cliente={things['customer']}&plano=gestao")
        quote_id = self._sign_in_and_continue(hall, seller, "/orcamentos", form_values(page.text))
        assert prices(hall, quote_id) == [187_65]

    def test_in_the_middle_of_a_draft_loses_nothing(self, hall: TownHall, seller: PortalClient) -> None:
        path = f"/orcamentos/{hall.town.things[SUL]['draft']}/editar"
        quote_id = self._sign_in_and_continue(hall, seller, path, form_values(seller.get(path).text))
        assert prices(hall, quote_id) == [187_65]

    def _sign_in_and_continue(
        self, hall: TownHall, seller: PortalClient, path: str, fields: dict[str, str]
    ) -> str:
        with hall.app.app_context():
            db.session.execute(update(UserSession).values(ended_at=NOON))
            db.session.commit()
        asked = seller.submit(path, fields | TYPED, headers=OURS)
        assert asked.status_code == 401
        assert "Entre de novo para continuar de onde você parou" in asked.text
        entrance = form_values(asked.text)
        entrance |= {"email": hall.town.people["seller"].email, "password": PASSWORD}
        offered = seller.post("/entrar", data=entrance, headers=OURS)
        assert "Continuar de onde você parou" in offered.text
        saved = seller.post(path, data=form_values(offered.text), headers=OURS)
        assert saved.status_code == 303, text_of(saved.text)
        return location(saved).rpartition("/")[2]


class TestANewPriceList:
    def test_stops_a_quote_that_was_open_and_shows_the_new_prices(
        self, hall: TownHall, seller: PortalClient
    ) -> None:
        customer = hall.town.things[SUL]["customer"]
        fields = form_values(seller.get(f"/orcamentos/novo?cliente={customer}&plano=gestao").text)
        before = hall.rows()
        with hall.app.app_context():
            publish_dearer_list(db.session, valid_from=NOON.date())
            db.session.commit()
        answer = seller.submit("/orcamentos", fields | {"total": "230,00"})
        assert answer.status_code in {409, 422}
        assert "A tabela de preços mudou em 10/06/2026" in text_of(answer.text)
        assert form_values(answer.text)["total"] == "230,00"
        assert hall.rows()["quotes"] == before["quotes"]

        saved = seller.submit("/orcamentos", form_values(answer.text))
        assert saved.status_code == 303, text_of(saved.text)
        assert prices(hall, location(saved).rpartition("/")[2]) == [230_00]

    def test_leaves_a_draft_with_the_prices_it_was_made_with(
        self, hall: TownHall, seller: PortalClient
    ) -> None:
        path = f"/orcamentos/{hall.town.things[SUL]['draft']}/editar"
        fields = form_values(seller.get(path).text)
        with hall.app.app_context():
            publish_dearer_list(db.session, valid_from=NOON.date())
            db.session.commit()
        assert seller.submit(path, fields | {"total": "190,00"}).status_code == 303


class TestMidnight:
    """Late in the evening of São Paulo it is already the next day in UTC."""

    def test_begins_the_day_of_a_contract_in_sao_paulo(
        self, hall: TownHall, noon: time_machine.Traveller
    ) -> None:
        path = f"/orcamentos/novo?cliente={hall.town.things[SUL]['customer']}&plano=gestao"
        last_minute = at_sao_paulo(date(2026, 6, 30), 23, 59)
        noon.move_to(last_minute)
        assert "Liberado até 31/07/2026" in text_of(hall.browser_in_use("seller").get(path).text)
        noon.move_to(last_minute + timedelta(minutes=1))
        assert "Liberado até 31/08/2026" in text_of(hall.browser_in_use("seller").get(path).text)

    def test_brings_a_new_price_list_into_force_in_sao_paulo(
        self, hall: TownHall, noon: time_machine.Traveller
    ) -> None:
        with hall.app.app_context():
            publish_dearer_list(db.session, valid_from=date(2026, 7, 1))
            db.session.commit()
        path = f"/orcamentos/novo?cliente={hall.town.things[SUL]['customer']}&plano=gestao"
        last_minute = at_sao_paulo(date(2026, 6, 30), 23, 59)
        noon.move_to(last_minute)
        assert "Mensalidade R$ 199,90" in text_of(hall.browser_in_use("seller").get(path).text)
        noon.move_to(last_minute + timedelta(minutes=1))
        assert "Mensalidade R$ 249,90" in text_of(hall.browser_in_use("seller").get(path).text)

    def test_ends_a_proposal_in_sao_paulo(self, hall: TownHall, noon: time_machine.Traveller) -> None:
        things = hall.town.things[SUL]
        last_day = NOON.date() + timedelta(days=15)
        customer, path = hall.browser(None), f"/p/{things['secret']}"
        noon.move_to(at_sao_paulo(last_day + timedelta(days=1)))
        page = customer.get(path)
        assert "Esta proposta expirou" in page.text
        late = customer.post(
            f"{path}/aceite", data={"csrf_token": customer.csrf_token, "alternativa": things["sent"]}
        )
        assert late.status_code in {404, 409, 422}

        noon.move_to(at_sao_paulo(last_day, 23, 59))
        customer = hall.browser(None)
        assert "Aceitar esta proposta" in customer.get(path).text
        assert customer.submit(f"{path}/aceite", {"alternativa": things["sent"]}).status_code == 303
        with hall.app.app_context():
            found = select(QuoteVersion.state).where(QuoteVersion.quote_id == int(things["sent"]))
            assert db.session.scalars(found).all() == [QuoteState.ACCEPTED]
