"""Looking for another reseller's rows by every name and number they have finds nothing."""

import pytest

from portal.customers.models import Customer
from portal.shared.brazil import format_document
from portal.shared.db import db
from tests.access.asking import Caller, both_ways
from tests.factories.town import NORTE, WORDS
from tests.support.quote_builder import text_of
from tests.support.town import TownHall

LISTS = ["/clientes", "/clientes/exportar.csv", "/orcamentos", "/orcamentos.csv", "/orcamentos/quadro", "/"]
TEAM = ["/equipe", "/equipe.csv"]


@pytest.mark.parametrize("name", ["seller", "partner_admin", "manager"])
class TestASearch:
    @both_ways
    def test_for_what_is_anothers_finds_nothing(self, hall: TownHall, name: str, asks_twice: str) -> None:
        caller, things = Caller(hall, name), hall.town.things[NORTE]
        with hall.app.app_context():
            document = format_document(db.session.get_one(Customer, int(things["customer"])).document)
        ids = {"parceiro": things["partner"], "responsavel": things["member"], "cliente": things["customer"]}
        narrowings: list[dict[str, str]] = [{}, ids, ids | {"estado": "sent"}]
        for place, path in enumerate(LISTS + (TEAM if name == "partner_admin" else [])):
            for turn, wanted in enumerate((WORDS[NORTE], document, things["sent"].zfill(6), "%", "_"), place):
                for narrowed in narrowings if asks_twice == "all" else [narrowings[turn % 3]]:
                    asked = {"busca": wanted} | narrowed if "estado" not in narrowed else narrowed
                    answer = caller.client.get(path, query_string=asked)
                    assert answer.status_code == 200
                    found = text_of(answer.text) if answer.mimetype == "text/html" else answer.text
                    assert WORDS[NORTE] not in found, (path, asked)
                    assert document not in found or wanted == document
                    answer.close()
