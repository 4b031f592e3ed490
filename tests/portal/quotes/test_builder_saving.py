"""Storing what stands in the quote builder: once, as shown, and not over somebody else's."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.quotes.models import Approval, QuoteVersion
from portal.quotes.rules.states import QuoteState
from portal.shared.clock import at_sao_paulo
from tests.factories.customers import make_customer
from tests.factories.partners import make_partner
from tests.factories.quotes import NOON, draft, make_house, publish_dearer_list
from tests.support.application import Transaction
from tests.support.clients import location
from tests.support.forms import form_values
from tests.support.quote_builder import PREVIEW, Builder, count_quotes, text_of, version_of

EXAMPLE = {
    "payment_method": "ted_boleto",
    "quantity_user": "3",
    "quantity_register": "2",
    "app_precos": "1",
    "app_nfse": "1",
}


class TestANewQuote:
    @pytest.mark.deep
    def test_is_stored_as_a_draft_with_the_price_shown(
        self, builder: Builder, transaction: Transaction
    ) -> None:
        builder.open_new()
        builder.recalculate(**EXAMPLE)
        builder.recalculate(total="279,77")
        answer = builder.send(action="save")
        assert answer.status_code == 303
        version = version_of(transaction, int(location(answer).rsplit("/", 1)[1]))
        assert (version.state, version.negotiated_cents) == (QuoteState.DRAFT, 27977)

    @pytest.mark.deep
    def test_is_made_once_however_often_the_button_is_pressed(
        self, builder: Builder, transaction: Transaction
    ) -> None:
        builder.open_new()
        first, second = builder.send(), builder.send()
        assert location(first) == location(second)
        assert count_quotes(transaction) == 1

    def test_is_made_once_by_two_clicks_at_the_same_moment(
        self, builder: Builder, app: Flask, transaction: Transaction
    ) -> None:
        builder.open_new()
        twin = app.test_client()
        twin._cookies = builder.client._cookies
        together = Barrier(2)

        def click(client: FlaskClient) -> str:
            together.wait()
            return location(client.post("/orcamentos", data=builder.fields))

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(click, (builder.client, twin))
        assert first == second
        assert count_quotes(transaction) == 1

    @pytest.mark.deep
    def test_below_the_minimum_is_refused_and_nothing_stored(
        self, builder: Builder, transaction: Transaction
    ) -> None:
        builder.open_new()
        answer = builder.send(total="149,89")
        assert answer.status_code == 422
        assert "O valor mínimo desta negociação é R$ 149,90." in text_of(answer.text)
        assert form_values(answer.text)["total"] == "149,89"
        assert count_quotes(transaction) == 0

    @pytest.mark.deep
    def test_below_the_minimum_by_hand_is_refused_too(
        self, builder: Builder, transaction: Transaction
    ) -> None:
        builder.open_new()
        by_hand = {
            "customer_id": str(builder.customer_id),
            "price_list_id": builder.fields["price_list_id"],
            "plan": "gestao",
            "term": "monthly",
            "payment_method": "boleto",
        }
        for negotiation in ({"total": "100.00"}, {"line_plan:gestao": "100,00"}):
            answer = builder.client.submit("/orcamentos", by_hand | negotiation)
            assert answer.status_code == 422
            assert "R$\u00a0149,90" in answer.text
        assert count_quotes(transaction) == 0

    @pytest.mark.deep
    def test_for_another_partners_customer_is_not_found(
        self, builder: Builder, transaction: Transaction
    ) -> None:
        with transaction() as session:
            foreign = make_customer(session, partner_id=make_partner(session, trade_name="Norte").id).id
        builder.open_new()
        assert builder.send(customer_id=str(foreign)).status_code == 404
        assert count_quotes(transaction) == 0

    def test_goes_to_approval_when_asked(self, builder: Builder, transaction: Transaction) -> None:
        builder.open_new()
        answer = builder.send(total="170,00", action="submit", argument="Cliente de dez anos")
        version = version_of(transaction, int(location(answer).rsplit("/", 1)[1]))
        assert version.state is QuoteState.PENDING_APPROVAL
        with transaction() as session:
            assert session.scalars(select(Approval.argument)).one() == "Cliente de dez anos"

    @pytest.mark.deep
    def test_with_a_selection_changed_since_the_last_figures_is_shown_first(
        self, builder: Builder, transaction: Transaction
    ) -> None:
        builder.open_new()
        builder.recalculate(total="180,00")
        answer = builder.send(term="annual")
        assert answer.status_code == 422
        assert "Mantivemos o desconto que você negociou" in answer.text
        assert count_quotes(transaction) == 0
        builder.fields = form_values(answer.text)
        assert builder.send().status_code == 303

    @pytest.mark.deep
    def test_made_with_yesterdays_list_is_told_so_and_priced_anew(
        self, builder: Builder, transaction: Transaction, noon: time_machine.Traveller
    ) -> None:
        builder.open_new()
        with transaction() as session:
            publish_dearer_list(session, valid_from=date(2026, 6, 11))
        noon.move_to(NOON + timedelta(days=1))
        answer = builder.send()
        assert answer.status_code == 422
        page = text_of(answer.text)
        assert "A tabela de preços mudou em 11/06/2026, depois que você abriu esta página." in page
        assert "Mensalidade R$ 249,90" in page
        builder.fields = form_values(answer.text)
        builder.send()
        assert count_quotes(transaction) == 1

    @pytest.mark.deep
    def test_begins_on_the_day_of_sao_paulo(
        self, builder: Builder, transaction: Transaction, noon: time_machine.Traveller
    ) -> None:
        noon.move_to(at_sao_paulo(date(2026, 6, 30), 23, 30))  # already July in UTC
        page = text_of(builder.open_new().text)
        assert "Liberado até 31/07/2026" in page
        builder.send()
        with transaction() as session:
            assert session.scalars(select(QuoteVersion.selection)).one()["on"] == "2026-06-30"


class TestADraft:
    def test_opens_as_it_was_saved(self, builder: Builder, quote_id: int) -> None:
        builder.open(f"/orcamentos/{quote_id}/editar")
        builder.recalculate(**EXAMPLE)
        builder.recalculate(total="279,77")
        saved = builder.send(f"/orcamentos/{quote_id}/editar", action="save")
        assert location(saved) == f"/orcamentos/{quote_id}"
        page = text_of(builder.open(f"/orcamentos/{quote_id}/editar").text)
        assert builder.fields["total"] == "279,77"
        assert builder.fields["app_nfse"] == "1"
        assert "salvo às 12:00" in page

    @pytest.mark.deep
    def test_saved_in_two_tabs_tells_the_second_who_was_first(
        self, builder: Builder, transaction: Transaction, quote_id: int
    ) -> None:
        address = f"/orcamentos/{quote_id}/editar"
        builder.open(address)
        assert builder.send(address, total="190,00").status_code == 303
        answer = builder.send(address, total="185,00")
        assert answer.status_code == 409
        assert "Bruno Lima salvou este rascunho em 10/06/2026 12:00" in text_of(answer.text)
        assert form_values(answer.text)["total"] == "185,00"
        assert version_of(transaction, quote_id).negotiated_cents == 19000

    @pytest.mark.deep
    def test_replaces_the_other_tabs_only_when_told_to(
        self, builder: Builder, transaction: Transaction, quote_id: int
    ) -> None:
        address = f"/orcamentos/{quote_id}/editar"
        builder.open(address)
        builder.send(address, total="190,00")
        answer = builder.send(address, total="185,00")
        replace = re.search(r'name="replace" value="(\d+)"', answer.text)
        assert replace
        builder.fields = form_values(answer.text)
        assert builder.send(address, replace=replace[1]).status_code == 303
        assert version_of(transaction, quote_id).negotiated_cents == 18500

    def test_saves_itself_and_says_when(
        self, builder: Builder, transaction: Transaction, quote_id: int, noon: time_machine.Traveller
    ) -> None:
        address = f"/orcamentos/{quote_id}/editar"
        builder.open(address)
        noon.move_to(at_sao_paulo(date(2026, 6, 10), 14, 32))
        answer = builder.ask(address, action="autosave", total="190,00")
        assert "salvo às 14:32" in answer.text
        assert version_of(transaction, quote_id).negotiated_cents == 19000
        lock = re.search(r'name="lock_version" value="(\d+)"', answer.text)
        assert lock
        assert (
            builder.ask(address, action="autosave", total="189,00", lock_version=lock[1]).status_code == 200
        )

    @pytest.mark.deep
    def test_does_not_save_itself_while_something_is_wrong(
        self, builder: Builder, transaction: Transaction, quote_id: int
    ) -> None:
        address = f"/orcamentos/{quote_id}/editar"
        builder.open(address)
        answer = builder.ask(address, action="autosave", total="1,00")
        assert answer.status_code == 422
        assert "Ainda não salvo" in answer.text
        assert version_of(transaction, quote_id).negotiated_cents == 19990

    def test_does_not_save_itself_over_another_tab(self, builder: Builder, quote_id: int) -> None:
        address = f"/orcamentos/{quote_id}/editar"
        builder.open(address)
        builder.send(address, total="190,00")
        answer = builder.ask(address, action="autosave", total="185,00")
        assert answer.status_code == 409
        assert "Salvar o meu no lugar" in answer.text

    @pytest.mark.deep
    def test_keeps_its_list_when_a_new_one_is_published(
        self, builder: Builder, transaction: Transaction, quote_id: int, noon: time_machine.Traveller
    ) -> None:
        with transaction() as session:
            publish_dearer_list(session, valid_from=date(2026, 6, 11))
        noon.move_to(NOON + timedelta(days=1))
        address = f"/orcamentos/{quote_id}/editar"
        page = text_of(builder.open(address).text)
        assert "Mensalidade R$ 199,90" in page
        assert "mudou em" not in text_of(builder.ask(quantity_user="3").text)
        assert builder.send(address).status_code == 303

    def test_in_approval_is_not_saved_and_says_why(self, builder: Builder, quote_id: int) -> None:
        address = f"/orcamentos/{quote_id}/editar"
        builder.open(address)
        builder.send(address, total="170,00", action="submit")
        answer = builder.send(address, total="171,00")
        assert answer.status_code == 409
        assert "está em aprovação" in answer.text
        assert builder.client.get(address).status_code == 409

    @pytest.mark.deep
    def test_of_another_partner_is_not_found(
        self, builder: Builder, transaction: Transaction, quote_id: int
    ) -> None:
        with transaction() as session:
            foreign = draft(session, make_house(session)).id
        builder.open(f"/orcamentos/{quote_id}/editar")
        assert builder.client.get(f"/orcamentos/{foreign}/editar").status_code == 404
        assert builder.send(f"/orcamentos/{foreign}/editar").status_code == 404
        assert builder.client.submit(PREVIEW, builder.fields | {"quote_id": str(foreign)}).status_code == 404
