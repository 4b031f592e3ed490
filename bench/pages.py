"""The pages that list quotes, with a thousand quotes and with half a million, on PostgreSQL.

Two servers run at once, one over each database, and are asked in turn for the same page by the same person: a
seller, whose own partner is the same in both, and an account manager and an administrator, who see the house.
"""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from bench import load
from bench.demo import libpq, load_demo, portal_environment
from bench.many_quotes import fill
from bench.servers import serving
from bench.visitor import Visitor, sign_in_here
from portal.app import create_app
from portal.config import Settings
from portal.shared.db import db
from tests.support.postgres import running_postgres
from tests.support.statements import statements

SIZES = {"few": 1_000, "many": 500_000}
ROUNDS = 8
SECONDS = 0.8
PEOPLE = {
    "seller": "marina@sul.example",
    "account manager": "ana@portal.example",
    "administrator": "elisa@portal.example",
}
PAGES = (
    ("quote list", "/orcamentos", ("seller", "account manager", "administrator")),
    ("customer record", "/clientes/1", ("seller", "administrator")),
    ("approval queue", "/aprovacoes", ("account manager", "administrator")),
)


@dataclass(frozen=True, slots=True)
class Growth:
    """One page for one person, round by round, and how many statements it sends."""

    page: str
    person: str
    few: list[load.Load]
    many: list[load.Load]
    few_statements: int
    many_statements: int


@dataclass(frozen=True, slots=True)
class Pages:
    """All pages, how many quotes the databases held, and which PostgreSQL they were on."""

    growths: list[Growth]
    few_quotes: int
    many_quotes: int
    postgres: str


def measure_pages() -> Pages:
    """Fill both databases, serve both, ask in turn."""
    with running_postgres() as server, ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environments = _databases(server, folder)
        quotes = {
            name: fill(libpq(environment["PORTAL_DATABASE_URL"]), SIZES[name])
            for name, environment in environments.items()
        }
        counts = {name: _statements(environment) for name, environment in environments.items()}
        ports = {
            name: stack.enter_context(serving("wsgi:app", environment, ready="/entrar"))
            for name, environment in environments.items()
        }
        return Pages(_measure(ports, counts), quotes["few"], quotes["many"], _version(server))


def _measure(ports: dict[str, int], counts: dict[str, dict[tuple[str, str], int]]) -> list[Growth]:
    growths = [
        Growth(page, role, [], [], counts["few"][path, role], counts["many"][path, role])
        for page, path, roles in PAGES
        for role in roles
    ]
    visitors = {(name, role): _signed_in(port, role) for name, port in ports.items() for role in PEOPLE}
    paths = {page: path for page, path, _ in PAGES}
    for round_number in range(ROUNDS + 1):
        for growth in growths:
            for name, rounds in (("few", growth.few), ("many", growth.many)):
                request = visitors[name, growth.person].request_bytes("GET", paths[growth.page])
                run = load.run(ports[name], [request], connections=1, seconds=SECONDS)
                if round_number:  # the first one warms
                    rounds.append(run)
    return growths


def _databases(server: str, folder: Path) -> dict[str, dict[str, str]]:
    """A database of each size, so far with the demonstration only, as the environments of their portals."""
    address = make_url(server)
    environments: dict[str, dict[str, str]] = {}
    with psycopg.connect(libpq(server), autocommit=True) as connection:
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
    """How many statements each page sends, by (address, role)."""
    app = create_app(Settings.from_environment(environment))
    counts = {}
    for _, path, roles in PAGES:
        for role in roles:
            browser = app.test_client()
            sign_in_here(browser, PEOPLE[role])
            browser.get(path)  # the first page of a process also reads what it then keeps
            with statements(app) as sent:
                answer = browser.get(path)
            if answer.status_code != 200:
                raise RuntimeError(f"{path} answered {answer.status} to the {role}")
            counts[path, role] = len(sent)
    with app.app_context():
        db.engine.dispose()
    return counts


def _signed_in(port: int, role: str) -> Visitor:
    visitor = Visitor(port)
    visitor.sign_in(PEOPLE[role])
    return visitor


def _version(server: str) -> str:
    with psycopg.connect(libpq(server)) as connection:
        return f"{connection.info.server_version // 10_000}.{connection.info.server_version % 10_000}"
