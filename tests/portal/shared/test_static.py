"""Files of the pages: kept for good by browsers, the same for everybody, and only when they are there."""

import pytest
from flask import render_template_string

from tests.factories.quotes import make_house
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.people import ClientOf

ICONS = "img/icons.svg"


@pytest.fixture
def client(transaction: Transaction, client_of: ClientOf) -> PortalClient:
    """Of somebody who is signed in: their cookie is in every request."""
    with transaction() as session:
        house = make_house(session)
    return client_of(house.seller.user_id)


class TestAFile:
    @pytest.mark.parametrize(
        ("headers", "status"), [({}, 200), ({"Range": "bytes=0-9"}, 206), ({"If-None-Match": "*"}, 304)]
    )
    def test_is_asked_for_once(self, client: PortalClient, headers: dict[str, str], status: int) -> None:
        with client.application.test_request_context():
            path = render_template_string("{{ static_url(name) }}", name=ICONS)
        answer = client.get(path, headers=headers)
        answer.close()
        assert answer.status_code == status
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")

    @pytest.mark.parametrize("path", ["/static/img/none.svg", "/static/", "/static/css"])
    def test_that_is_not_there_is_kept_by_nobody(self, client: PortalClient, path: str) -> None:
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers

    def test_with_a_range_it_does_not_have_is_kept_by_nobody(self, client: PortalClient) -> None:
        answer = client.get(f"/static/{ICONS}", headers={"Range": "bytes=99999999-"})
        assert answer.status_code == 416
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
