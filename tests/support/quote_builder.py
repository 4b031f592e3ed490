"""The quote builder in a seller's browser, without JavaScript unless it asks as htmx does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.quotes.models import Quote, QuoteVersion
from tests.factories.quotes import NOON, make_house
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.forms import form_values
from tests.support.people import ClientOf

PREVIEW = "/orcamentos/calculo"


@dataclass
class Builder:
    """A seller's browser and what stands in the builder's form."""

    client: PortalClient
    fields: dict[str, str]
    customer_id: int

    def open(self, address: str) -> TestResponse:
        response = self.client.get(address)
        assert response.status_code == 200
        self.fields = form_values(response.text)
        return response

    def open_new(self, plan: str = "gestao") -> TestResponse:
        return self.open(f"/orcamentos/novo?cliente={self.customer_id}&plano={plan}")

    def recalculate(self, **typed: str) -> TestResponse:
        """Press Recalcular; the answer's form is what stands in the browser then."""
        response = self.client.submit(PREVIEW, self.fields | typed)
        self.fields = form_values(response.text)
        return response

    def send(self, path: str = "/orcamentos", **typed: str) -> TestResponse:
        return self.client.submit(path, self.fields | typed)

    def ask(self, path: str = PREVIEW, **typed: str) -> TestResponse:
        return self.client.ask(path, method="POST", data=self.fields | typed)


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    """Wednesday, 10/06/2026, 12:00 in São Paulo."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def builder(noon: time_machine.Traveller, transaction: Transaction, client_of: ClientOf) -> Builder:  # noqa: ARG001
    """A seller of a partner with 10 % authority, on 10/06/2026 at noon."""
    with transaction() as session:
        house = make_house(session)
        seller, customer = house.seller.user_id, house.customer.id
    return Builder(client_of(seller), {}, customer)


@pytest.fixture
def quote_id(builder: Builder) -> int:
    """A draft of the seller's, made on the screen."""
    builder.open_new()
    return int(location(builder.send()).rsplit("/", 1)[1])


def version_of(transaction: Transaction, quote_id: int) -> QuoteVersion:
    """What is stored of a quote now."""
    with transaction() as session:
        version = session.scalars(
            select(QuoteVersion).where(QuoteVersion.quote_id == quote_id, QuoteVersion.is_live)
        ).one()
        session.expunge(version)
        return version


def count_quotes(transaction: Transaction) -> int:
    """How many quotes there are."""
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(Quote)) or 0


def text_of(html: str) -> str:
    """What is read on the page."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\u00a0", " ").split())
