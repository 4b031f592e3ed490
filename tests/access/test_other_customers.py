"""A person of a customer asks for the things of another customer of the same partner: they are not there."""

from sqlalchemy import select

from portal.customers.models import Customer
from portal.shared.db import db
from portal.subscribers.models import SubscriberSession
from tests.access.asking import MISSING, Caller, comparable
from tests.access.rows import SUBSCRIBER
from tests.access.table import TABLE
from tests.factories.customers import make_customer
from tests.factories.town import SUL, WORDS
from tests.support.town import TownHall, changes


def move_to_a_neighbor(hall: TownHall) -> None:
    """Who is signed in looks after another customer, of the same partner, from now on."""
    with hall.app.app_context():
        signed_in = db.session.scalars(select(SubscriberSession)).one()
        former = db.session.get_one(Customer, signed_in.customer_id)
        neighbor = make_customer(db.session, partner_id=former.partner_id, email=signed_in.email)
        db.session.flush()
        signed_in.customer_id = neighbor.id
        db.session.commit()


def test_nothing_of_a_neighbor_is_there(hall: TownHall) -> None:
    move_to_a_neighbor(hall)
    before, asked = hall.rows(), []
    for endpoint, row in TABLE.items():
        if not row.for_subscribers or "{" not in row.address:
            continue
        caller = Caller(hall, SUBSCRIBER)
        foreign, missing = caller.ask(endpoint, SUL), caller.ask(endpoint, MISSING)
        assert foreign.status_code == 404, endpoint
        assert comparable(foreign) == comparable(missing), endpoint
        assert WORDS[SUL] not in foreign.text, endpoint
        asked.append(endpoint)
    assert len(asked) >= 20
    assert changes(before, hall.rows()) == {}
