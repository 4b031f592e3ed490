"""Sending the requests of the access table."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pytest
from werkzeug.test import TestResponse

from portal.users.models import AccessEvent
from tests.access.reads import READS
from tests.access.rows import ANYBODY, NOBODY, STRANGERS, SUBSCRIBER, Row
from tests.access.table import TABLE
from tests.factories.subscribers import SUBSCRIBER_SESSION
from tests.factories.town import NORTE, SUL, Things
from tests.support.clients import PortalClient
from tests.support.town import Rows, TownHall

MISSING = "missing"
PUT = frozenset({"sandbox_bank.return_pix"})  # as the Banco Central's interface has it
OWN = {"session": "1", "passkey": "1"}  # stand for what each person has of their own
NO_SUCH_SECRET = "A" * 43
CHANGING = re.compile(r'value="[\w.-]{40,}"')  # CSRF tokens


def method_of(endpoint: str) -> str:
    """A view has one method."""
    return "GET" if endpoint in READS else "PUT" if endpoint in PUT else "POST"


@dataclass
class Caller:
    """A person at a browser, asking for the things of a side (or for things that are not there)."""

    hall: TownHall
    name: str

    def __post_init__(self) -> None:
        is_user = self.name not in {NOBODY, SUBSCRIBER}
        self.client: PortalClient = self.hall.browser_with_page(
            self.name if is_user else None, "/entrar" if self.name in STRANGERS else "/conta"
        )
        if self.name == SUBSCRIBER:
            self.client.set_cookie("assinante", SUBSCRIBER_SESSION)

    @property
    def sees(self) -> frozenset[str]:
        if self.name == SUBSCRIBER:
            return frozenset({SUL})
        return self.hall.town.people[self.name].sees if self.name not in STRANGERS else frozenset()

    def ask(
        self,
        endpoint: str,
        side: str,
        *,
        htmx: bool = False,
        token: bool = True,
        instead: Mapping[str, str] = MappingProxyType({}),
    ) -> TestResponse:
        """Send the row's request; POST with this browser's CSRF token. `instead` replaces things by name."""
        row, things = TABLE[endpoint], {**self._things(side), **instead}
        form = {name: value.format_map(things) for name, value in row.form.items()}
        if token and self.client.csrf_token:
            form["csrf_token"] = self.client.csrf_token
        method = method_of(endpoint)
        answer = self.client.open(
            row.address.format_map(things),
            method=method,
            headers={"HX-Request": "true"} if htmx else {},
            data=form if method == "POST" else None,
        )
        answer.get_data()  # a file is made while it is sent
        answer.close()
        return answer

    def _things(self, side: str) -> Things:
        things = self.hall.town.things
        if side == MISSING:
            names = things[SUL].items()
            found = {name: "999999" if value.isdigit() else NO_SUCH_SECRET for name, value in names}
            return found | {"session": "999999", "passkey": "999999", "email": "nobody@nowhere.example"}
        if side == NORTE or self.name in STRANGERS:
            theirs = things[side]
            return theirs | {"session": theirs["member_session"], "passkey": theirs["member_passkey"]}
        person = self.hall.town.people[self.name]
        return things[side] | {"session": str(person.other_session), "passkey": str(person.passkey)}


# By htmx or other methods, too: in `make test` some of those a row speaks of, in `make test-deep` all.
both_ways = pytest.mark.parametrize("asks_twice", ["some", pytest.param("all", marks=pytest.mark.deep)])


def sides_of(row: Row, caller: Caller) -> Iterator[str]:
    """The sides whose things this person may ask for."""
    for side in (SUL, NORTE) if row.of_side and not row.own else (SUL,):
        if side in caller.sees or row.who == ANYBODY or not row.of_side or row.own:
            yield side


def hidden_from(row: Row, caller: Caller) -> Iterator[str]:
    """The sides whose things are not there for this person."""
    if row.own:
        yield NORTE
    elif row.of_side and row.who != ANYBODY:
        yield from {SUL, NORTE} - caller.sees


def kept_refusals(before: Rows, after: Rows) -> list[dict[str, object]]:
    """What was added to the history of accesses; a row of before that changed or is gone is none."""
    known, now = before["access_events"], after["access_events"]
    assert all(now.get(key) == row for key, row in known.items())
    names = AccessEvent.__table__.columns.keys()
    return [dict(zip(names, row, strict=True)) for key, row in now.items() if key not in known]


def words_of(response: TestResponse) -> str:
    """An answer's text, "" for a file that is none."""
    return response.text if response.mimetype in {"text/html", "text/csv", "application/json"} else ""


def comparable(response: TestResponse) -> tuple[int, str, str]:
    """What two answers must have in common to be the same to whoever asked."""
    return response.status_code, response.headers.get("Location", ""), CHANGING.sub("", words_of(response))
