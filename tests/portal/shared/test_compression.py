"""What a page weighs on the wire, which is part of how it feels."""

import re

from tests.support.clients import PortalClient

FIRST_PAGE_LIMIT = 150_000
ACCEPTS = {"Accept-Encoding": "gzip"}
ASSET = re.compile(r'(?:href|src)="(/static/[^"]+)"')


def weight(visitor: PortalClient, address: str) -> int:
    """The bytes of an answer as they travel."""
    with visitor.get(address, headers=ACCEPTS) as answer:
        assert answer.status_code == 200, address
        return len(answer.data)


class TestTheFirstPage:
    def test_weighs_little_with_everything_it_loads(self, visitor: PortalClient) -> None:
        page = visitor.get("/entrar")
        assets = {address.partition("#")[0] for address in ASSET.findall(page.text)}
        assert len(assets) > 5
        weights = {address: weight(visitor, address) for address in assets}
        assert sum(weights.values()) < FIRST_PAGE_LIMIT, weights

    def test_is_compressed_for_whoever_accepts_it(self, visitor: PortalClient) -> None:
        with visitor.get("/static/vendor/tabler.css", headers=ACCEPTS) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert "Accept-Encoding" in answer.headers["Vary"]
