"""What htmx 4 says of a request, read through flask-htmx."""

import pytest
from flask import Flask

from portal.shared.htmx import htmx, is_htmx

SENT = {
    "HX-Request": "true",
    "HX-Request-Type": "partial",
    "HX-Source": "button#save",
    "HX-Target": "div#list",
    "HX-Current-URL": "http://localhost/clientes?pagina=2",
}


class TestARequestOfHtmx:
    def test_names_its_elements_by_id(self, app: Flask) -> None:
        with app.test_request_context("/", headers=SENT):
            assert (htmx.source, htmx.target, htmx.trigger) == ("save", "list", "save")
            assert htmx.request_type == "partial"
            assert htmx.current_url == "http://localhost/clientes?pagina=2"

    def test_may_come_from_an_element_without_an_id(self, app: Flask) -> None:
        with app.test_request_context("/", headers={"HX-Request": "true", "HX-Source": "form"}):
            assert (htmx.source, htmx.target) == (None, None)

    @pytest.mark.parametrize(
        ("headers", "fragment", "page"),
        [
            ({}, False, False),
            ({"HX-Boosted": "true"}, False, False),
            (SENT, True, False),
            (SENT | {"HX-Request-Type": "full"}, True, False),
            (SENT | {"HX-Boosted": "true"}, True, True),
            (SENT | {"HX-Target": "body"}, True, True),
            (SENT | {"HX-History-Restore-Request": "true"}, False, True),
        ],
    )
    def test_is_for_a_fragment_or_a_page(
        self, app: Flask, headers: dict[str, str], fragment: bool, page: bool
    ) -> None:
        with app.test_request_context("/", headers=headers):
            assert (is_htmx(), htmx.wants_page) == (fragment, page)
