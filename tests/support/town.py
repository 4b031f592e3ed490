"""The town of `tests/factories/town.py` in the database, and browsers of its people, at its noon."""

import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Table, select
from werkzeug.test import Cookie

from portal.shared import clock
from portal.shared.db import Base, db
from portal.users.operations.sessions import note_use
from tests.factories.quotes import NOON
from tests.factories.town import Town, build_town
from tests.support.application import settings_for
from tests.support.clients import PortalClient
from tests.support.databases import EMPTY, Database
from tests.support.lost_work import LostWork

TEMPLATE = "town"

type Rows = dict[str, dict[int, tuple[Any, ...]]]


@pytest.fixture(scope="session")
def built_town(database: Database, shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Build it once a run, into a template of its own; who lives there is kept beside it for all workers."""
    from portal.app import create_app

    register = shared_folder / "town.pickle"

    def fill(url: str) -> None:
        app = create_app(settings_for(url, tmp_path_factory.mktemp("town")))
        with app.app_context(), time_machine.travel(NOON, tick=False):
            register.write_bytes(pickle.dumps(build_town(db.session)))
            db.session.commit()
            db.session.close()
            db.engine.dispose()

    database.make_template(TEMPLATE, fill, upon=EMPTY)
    return cast("Town", pickle.loads(register.read_bytes()))  # noqa: S301 - this run's own


@dataclass(frozen=True, slots=True)
class SeenPage:
    """What a browser keeps of the first page it saw: a cookie and the CSRF token that goes with it."""

    cookie: Cookie
    csrf_token: str


@dataclass
class TownHall:
    """The town as one test changes it."""

    town: Town
    app: Flask
    database: Database
    seen_pages: dict[str, SeenPage]
    as_built: Rows

    def restore(self) -> None:
        """As it was built."""
        self.database.restore(TEMPLATE)

    def browser(self, name: str | None) -> PortalClient:
        """A browser in which the person of this name is signed in, nobody for None."""
        client = cast("PortalClient", self.app.test_client())
        if name is not None:
            with client.session_transaction() as cookie:
                cookie["_user_id"] = self.town.people[name].session_token
        return client

    def browser_in_use(self, name: str) -> PortalClient:
        """As `browser`, of somebody who used the portal until now: after hours without, a session ends."""
        with self.app.app_context():
            note_use(db.session, session_token=self.town.people[name].session_token, now=clock.now())
            db.session.commit()
        return self.browser(name)

    def browser_with_page(self, name: str | None, path: str) -> PortalClient:
        """Such a browser that has seen the page at a path, which is asked for once a run only."""
        key = f"{name} {path}"
        if seen := self.seen_pages.get(key):
            client = self.browser(None)
            client.set_cookie(seen.cookie.key, seen.cookie.value)
            client.csrf_token = seen.csrf_token
            return client
        client = self.browser(name)
        client.get(path)
        cookie = client.get_cookie("session")
        if cookie and client.csrf_token:
            self.seen_pages[key] = SeenPage(cookie, client.csrf_token)
        return client

    def rows(self) -> Rows:
        """Every row of every table, by table and key: what must be equal when nothing was changed.

        Only tables written to since the town was built are read anew.
        """
        touched = self.database.touched()
        with self.app.app_context(), db.engine.connect() as connection:

            def read(table: Table) -> dict[int, tuple[Any, ...]]:
                return {row[0]: tuple(row) for row in connection.execute(select(table))}

            rows = {}
            for table in Base.metadata.tables.values():
                if table.name in touched:
                    rows[table.name] = read(table)
                else:
                    if table.name not in self.as_built:
                        self.as_built[table.name] = read(table)
                    rows[table.name] = self.as_built[table.name]
            return rows


@pytest.fixture(scope="session")
def seen_pages() -> dict[str, SeenPage]:
    """By person and path; filled by who needs one first."""
    return {}


@pytest.fixture(scope="session")
def rows_as_built() -> Rows:
    """By table; filled by who needs one first."""
    return {}


@pytest.fixture
def hall(
    portal: Flask,
    database: Database,
    built_town: Town,
    seen_pages: dict[str, SeenPage],
    rows_as_built: Rows,
    lost_work: LostWork,
    noon: time_machine.Traveller,  # noqa: ARG001
) -> Iterator[TownHall]:
    """The town, just built."""
    from portal.catalog.queries import forget_lists

    forget_lists()
    town_hall = TownHall(built_town, portal, database, seen_pages, rows_as_built)
    town_hall.restore()
    yield town_hall
    lost_work.refuse()


def changes(before: Rows, after: Rows) -> dict[str, int]:
    """How many rows are new, gone or different, by table."""
    counted = {
        name: sum(before[name].get(key) != after[name].get(key) for key in before[name] | after[name])
        for name in before
        if before[name] is not after[name]
    }
    return {name: count for name, count in counted.items() if count}
