"""Many subscriptions that differ are billed in a set as one by one, column by column."""

import pytest
from sqlalchemy import text

from portal.settings.rules.names import Name
from tests.factories.quotes import make_house
from tests.factories.settings import set_to
from tests.factories.subscriptions import copy_subscriptions
from tests.portal.invoices.test_billing_runs import TABLES, active, one_by_one, run, what_is_made
from tests.support.application import Transaction

# By what is left of a contract's number: other late terms, the other order, no address. And what was sold.
VARIED = """
UPDATE subscriptions SET late_fee_basis_points = 100, late_interest_basis_points = 50
WHERE contract_id % 7 = 1;
UPDATE contracts SET late_fee_basis_points = 100, late_interest_basis_points = 50 WHERE id % 7 = 1;
UPDATE subscriptions SET charges_first = true WHERE contract_id % 7 = 2;
UPDATE contracts SET charges_first = true WHERE id % 7 = 2;
UPDATE customers SET street = '' FROM subscriptions
WHERE subscriptions.customer_id = customers.id AND contract_id % 7 = 3;
INSERT INTO quote_versions SELECT (jsonb_populate_record(NULL::quote_versions, to_jsonb(original)
    || jsonb_build_object('id', version_id, 'quote_id', contracts.quote_id,
        'customer_id', contracts.customer_id)
)).* FROM contracts, quote_versions AS original
WHERE NOT EXISTS (SELECT FROM quote_versions WHERE id = version_id)
"""


@pytest.fixture
def many(transaction: Transaction, count: int) -> None:
    """Due on 15/07 each; committed, since a copy has no quote of its own to be checked against."""
    with transaction() as session:
        set_to(session, Name.LATE_FEE_BASIS_POINTS, 150)
        copy_subscriptions(session, active(session, make_house(session)).id, count=count - 1)
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in VARIED.split(";"):
            session.execute(text(statement))


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("count", [30, pytest.param(1_000, marks=pytest.mark.deep)])
def test_a_set_of_many_makes_the_rows_of_one_by_one(transaction: Transaction, count: int) -> None:
    with transaction() as session:
        by_sets, singly = what_is_made(session, run), what_is_made(session, one_by_one)
    assert len(singly["invoices"]) == count
    assert len({row["late_fee_basis_points"] for row in singly["invoices"]}) > 1
    assert {row["charges_first"] for row in singly["invoices"]} == {True, False}
    for name in TABLES:
        assert by_sets[name] == singly[name], name
