"""The nightly check and finance's and a partner's pages over few and many invoices (`bench/portfolio.py`).

Both portfolios stand in databases of their own, durable as in production, and their pages are asked in turn:
whatever else the machine does falls on both. Pages are asked in this process: what they cost beside their
statements does not grow. `python -m bench.books` measures and prints this alone.
"""

import gc
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from bench.load import percentile
from bench.portfolio import INVOICES_EACH, portfolio
from bench.visitor import csrf_token
from portal.payouts.queries.invariants import find_broken
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.shared.connections import let_statements_take_long
from portal.shared.db import db
from tests.factories.users import PASSWORD, make_user
from tools.postgres.temporary import DURABLE, temporary_server

SIZES = (3_334, 333_334)  # customers; invoices are three times as many
NOW = at_sao_paulo(date(2026, 8, 20), 12)
A_NIGHT = timedelta(hours=26)
ASKED = 40
FINANCE, PARTNER = "financeiro@bench.example", "parceiro@bench.example"
PAGES = (
    ("invoice list, finance", FINANCE, "/faturas"),
    ("finance desk", FINANCE, "/financeiro"),
    ("payments, finance", FINANCE, "/pagamentos"),
    ("repasse of a month, finance", FINANCE, "/repasses"),
    ("statements, finance", FINANCE, "/repasses/extratos"),
    ("partner statement", PARTNER, "/repasses/extratos/1"),
    ("repasse of a month, partner", PARTNER, "/repasses"),
    ("invoice list, partner", PARTNER, "/faturas"),
    ("home, partner", PARTNER, "/"),
)


@dataclass(frozen=True, slots=True)
class PageFigures:
    """The p95 of a page in milliseconds, over few and over many invoices."""

    page: str
    few_ms: float
    many_ms: float

    @property
    def growth(self) -> float:
        """How many times as long it takes over many."""
        return self.many_ms / self.few_ms


@dataclass(frozen=True, slots=True)
class BooksFigures:
    """How many invoices there are, how long the nightly check takes over the many, and the pages."""

    few: int
    many: int
    check_seconds: float
    pages: list[PageFigures]


def measure_books(sizes: tuple[int, int] = SIZES) -> BooksFigures:
    """The small portfolio beside the large one."""
    with ExitStack() as open_ones:
        apps = [
            open_ones.enter_context(portfolio(open_ones.enter_context(temporary_server(DURABLE)), count))
            for count in sizes
        ]
        few, many = (INVOICES_EACH * count for count in sizes)
        with time_machine.travel(NOW, tick=True):
            return BooksFigures(few, many, _check(apps[1]), _pages(apps))


def _check(app: Flask) -> float:
    with app.app_context():
        let_statements_take_long(db.session)  # as at night
        began = time.perf_counter()
        broken = find_broken(db.session, since=NOW - A_NIGHT, now=NOW)
        took = time.perf_counter() - began
        db.session.rollback()
    if broken:
        raise RuntimeError(f"the portfolio is not right: {broken[0].invariant.label}")
    return took


def _pages(apps: list[Flask]) -> list[PageFigures]:
    visits = [{who: _signed_in(app, who) for who in (FINANCE, PARTNER)} for app in apps]
    gc.collect()  # as gunicorn's process does: what was loaded so far is looked through in no request
    gc.freeze()
    figures = []
    for page, who, path in PAGES:
        few, many = _in_turn([visitors[who] for visitors in visits], path)
        figures.append(PageFigures(page, few, many))
    return figures


def _signed_in(app: Flask, who: str) -> FlaskClient:
    with app.app_context():
        of_partner = who == PARTNER
        make_user(
            db.session,
            role=Role.PARTNER_ADMIN if of_partner else Role.FINANCE,
            partner_id=1 if of_partner else None,
            email=who,
        )
        db.session.commit()
    client = app.test_client()
    token = csrf_token(client.get("/entrar").text)
    client.post("/entrar", data={"csrf_token": token, "email": who, "password": PASSWORD})
    return client


def _in_turn(clients: list[FlaskClient], path: str) -> list[float]:
    times: list[list[float]] = [[] for _ in clients]
    for number in range(ASKED + 1):
        for client, taken in zip(clients, times, strict=True):
            took = _timed(lambda client=client: client.get(path).status_code)  # type: ignore[misc]
            if number:  # the first one warms
                taken.append(took)
    return [percentile(sorted(taken), 95) for taken in times]


def _timed(ask: Callable[[], int]) -> float:
    began = time.perf_counter()
    status = ask()
    took = time.perf_counter() - began
    if status != 200:
        raise RuntimeError(f"a page answered {status}")
    return took


if __name__ == "__main__":
    found = measure_books((int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) > 2 else SIZES)
    print(f"nightly check of {found.many:,} invoices: {found.check_seconds:.1f} s")
    for each in found.pages:
        print(f"{each.page:<30} {each.few_ms:8.1f} → {each.many_ms:8.1f} ms: {each.growth:.2f} ×", flush=True)
