"""Looking for another reseller's rows by every name and number they have finds nothing."""

import pytest

from portal.customers.models import Customer
from portal.shared.brazil import format_document
from portal.shared.db import db
from tests.access.asking import Caller
from tests.factories.town import NORTE, WORDS
from tests.support.quote_builder import text_of
from tests.support.town import TownHall

LISTS = ["/clientes", "/clientes/exportar.csv", "/orcamentos", "/orcamentos.csv", "/orcamentos/quadro", "/"]
TEAM = ["/equipe", "/equipe.csv"]


@pytest.mark.parametrize("name", ["seller", "partner_admin", "manager"])
class TestASearch:
    def test_for_what_is_anothers_finds_nothing(self, hall: TownHall, name: str) -> None:
        caller, things = Caller(hall, name), hall.town.things[NORTE]
        with hall.app.app_context():
            document = format_document(db.session.get_one(Customer, int(things["customer"])).document)
        ids = {"parceiro": things["partner"], "responsavel": things["member"], "cliente": things["customer"]}
        for path in LISTS + (TEAM if name == "partner_admin" else []):
            for wanted in (WORDS[NORTE], document, things["sent"].zfill(6), "%", "_"):
                for narrowed in ({"busca": wanted}, {"busca": wanted} | ids, ids | {"estado": "sent"}):
                    answer = caller.client.get(path, query_string=narrowed)
                    assert answer.status_code == 200
                    found = text_of(answer.text) if answer.mimetype == "text/html" else answer.text
                    assert WORDS[NORTE] not in found, (path, narrowed)
                    assert document not in found or wanted == document
                    answer.close()
