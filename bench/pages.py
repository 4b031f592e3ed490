"""The pages that list quotes, with a thousand quotes and with half a million, on PostgreSQL.

Two servers run at once, one over each database, and are asked in turn for the same page by the same person: a
seller, whose own partner is the same in both, and an account manager and an administrator, who see the house.
"""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from bench import load
from bench.demo import load_demo, portal_environment
from bench.many_quotes import fill
from bench.servers import serving
from bench.visitor import Visitor, csrf_token
from portal.app import create_app
from portal.config import Settings
from portal.demo.accounts import PASSWORD
from portal.shared.db import db
from tests.support.postgres import running_postgres
from tests.support.statements import statements

SIZES = {"few": 1_000, "many": 500_000}
ROUNDS = 9
SECONDS = 0.8
SELLER, MANAGER, ADMIN = "marina@sul.example", "ana@portal.example", "elisa@portal.example"
PAGES = (
    ("quote list", "/orcamentos", (SELLER, MANAGER, ADMIN)),
    ("customer record", "/clientes/1", (SELLER, ADMIN)),
    ("approval queue", "/aprovacoes", (MANAGER, ADMIN)),
)


@dataclass(frozen=True, slots=True)
class Growth:
    """One page for one person. Times in milliseconds, statements a request."""

    page: str
    person: str
    few_p50: float
    few_p95: float
    many_p50: float
    many_p95: float
    few_statements: int
    many_statements: int


def measure_pages() -> tuple[dict[str, int], list[Growth]]:
    """How many quotes each database held, and every page's figures."""
    with running_postgres() as server, ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environments = _databases(server, folder)
        held = {
            name: fill(_libpq(environment["PORTAL_DATABASE_URL"]), SIZES[name])
            for name, environment in environments.items()
        }
        counts = {name: _statements(environment) for name, environment in environments.items()}
        ports = {
            name: stack.enter_context(serving("wsgi:app", environment, ready="/entrar"))
            for name, environment in environments.items()
        }
        return held, _measure(ports, counts)


def _measure(ports: dict[str, int], counts: dict[str, dict[tuple[str, str], int]]) -> list[Growth]:
    visitors = {
        (name, person): _signed_in(port, person)
        for name, port in ports.items()
        for person in (SELLER, MANAGER, ADMIN)
    }
    asked = [(page, path, person) for page, path, people in PAGES for person in people]
    rounds: dict[tuple[str, str, str], list[load.Load]] = {}
    for _ in range(ROUNDS):
        for page, path, person in asked:
            for name, port in ports.items():
                request = visitors[name, person].request_bytes("GET", path)
                run = load.run(port, [request], connections=1, seconds=SECONDS)
                rounds.setdefault((page, person, name), []).append(run)

    def typical(page: str, person: str, name: str) -> tuple[float, float]:
        runs = rounds[page, person, name]
        return median(run.p50_ms for run in runs), median(run.p95_ms for run in runs)

    return [
        Growth(
            page,
            person,
            *typical(page, person, "few"),
            *typical(page, person, "many"),
            counts["few"][path, person],
            counts["many"][path, person],
        )
        for page, path, person in asked
    ]


def _databases(server: str, folder: Path) -> dict[str, dict[str, str]]:
    """A database of each size, so far with the demonstration only, as the environments of their portals."""
    address = make_url(server)
    environments: dict[str, dict[str, str]] = {}
    with psycopg.connect(_libpq(server), autocommit=True) as connection:
        for name in SIZES:
            template = SQL("TEMPLATE {}").format(Identifier("bench_few")) if environments else SQL("")
            database = f"bench_{name}"
            connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(database)))
            connection.execute(SQL("CREATE DATABASE {} {}").format(Identifier(database), template))
            url = address.set(database=database).render_as_string(hide_password=False)
            environment = portal_environment(folder, url)
            if not environments:
                load_demo(environment)
            environments[name] = environment
    return environments


def _statements(environment: dict[str, str]) -> dict[tuple[str, str], int]:
    """How many statements each page sends, by (address, person)."""
    app = create_app(Settings.from_environment(environment))
    counts = {}
    for _, path, people in PAGES:
        for person in people:
            browser = app.test_client()
            form = {
                "csrf_token": csrf_token(browser.get("/entrar").text),
                "email": person,
                "password": PASSWORD,
            }
            browser.post("/entrar", data=form)
            browser.get(path)  # the first page of a process also reads what it then keeps
            with statements(app) as sent:
                answer = browser.get(path)
            if answer.status_code != 200:
                raise RuntimeError(f"{path} answered {answer.status} to {person}")
            counts[path, person] = len(sent)
    with app.app_context():
        db.engine.dispose()
    return counts


def _signed_in(port: int, person: str) -> Visitor:
    visitor = Visitor(port)
    visitor.sign_in(person)
    return visitor


def _libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
