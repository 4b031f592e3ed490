"""A search over many customers reads those it finds, not all of them."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.shared.auth import Role
from portal.shared.db import db
from tests.factories.customers import make_customer
from tests.factories.partners import make_partner
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.people import ClientOf
from tests.support.statements import plans

# Names are made of four syllables, so that no two words are rare by being numbers.
FILL = """
INSERT INTO customers (partner_id, document, name, trade_name, email, phone, postal_code, street,
    street_number, complement, district, city, state, notes, search_text, created_at, lock_version)
SELECT partner_id, lpad((n * 7919)::text, 14, '3'), initcap(word), '', '', '', '', '', '', '', '', '', '', '',
    word || ' comercio ltda ' || lpad((n * 7919)::text, 14, '3'), created_at, 1
FROM customers, generate_series(1, :many) AS n,
    LATERAL (SELECT string_agg(substr('babecidofuganehojalimopuquerasetivo', 1 + (n / d) % 17 * 2, 2), '')
        AS word FROM unnest(ARRAY[1, 17, 289, 4913]) AS d) AS syllables
WHERE customers.id = :pattern
"""


def fill(session: Session, *, many: int, pattern_id: int) -> None:
    """Many customers of the partner whose customer this is."""
    session.execute(text(FILL), {"many": many, "pattern": pattern_id})


def is_search(statement: str) -> bool:
    return "FROM customers" in statement and " LIKE " in statement


class TestASearchOverManyCustomers:
    @pytest.fixture(params=[20_000, pytest.param(100_000, marks=pytest.mark.deep)])
    def admin_id(self, request: pytest.FixtureRequest, app: Flask, transaction: Transaction) -> int:
        with transaction() as session:
            customer = make_customer(session, partner_id=make_partner(session).id)
            admin_id = make_user(session, role=Role.ADMIN).id
            pattern_id = customer.id
        with transaction() as session:
            fill(session, many=request.param, pattern_id=pattern_id)
        with app.app_context(), db.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                text("VACUUM ANALYZE customers")
            )
        return admin_id

    def test_finds_parts_of_name_and_document_by_their_trigrams(
        self, app: Flask, admin_id: int, client_of: ClientOf
    ) -> None:
        client = client_of(admin_id)
        for search in ("pão quente", "quent pad", "33.339.352.9", "jalimopu ltda 3333"):
            with plans(app, is_search) as found:
                answer = client.get("/clientes", query_string={"busca": search})
            assert answer.status_code == 200
            assert ("Padaria Pão Quente" in answer.text) is ("quent" in search)
            assert len(found) >= 2  # how many there are, and the first of them
            for plan in found:
                assert "ix_customers_search_trigrams" in plan, f"{search}:\n{plan}"
                assert "Seq Scan on customers" not in plan
