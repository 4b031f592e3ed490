"""Every view, every person, every side: what is for whom, by the table (invariants A1, A2)."""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.users.rules import AccessKind
from tests.access.asking import (
    MISSING,
    OWN,
    Caller,
    both_ways,
    comparable,
    hidden_from,
    kept_refusals,
    method_of,
    sides_of,
    words_of,
)
from tests.access.rows import ANYBODY, EVERYBODY, NOBODY, RESELLER, STRANGERS, Row
from tests.access.table import TABLE
from tests.factories.quotes import NOON
from tests.factories.town import NORTE, SUL, WORDS
from tests.support.town import Rows, TownHall, changes

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT")
ONE_OF_EACH_ADDRESS = {row.address.partition("?")[0]: endpoint for endpoint, row in TABLE.items()}.values()
every_view = pytest.mark.parametrize("endpoint", TABLE)


class TestTheTable:
    def test_has_a_row_for_every_view_and_no_other(self, app: Flask) -> None:
        assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(TABLE)

    def test_names_addresses_that_lead_to_their_view(self, hall: TownHall) -> None:
        addresses = hall.app.url_map.bind("localhost")
        for endpoint, row in TABLE.items():
            path = row.address.format_map(hall.town.things[SUL] | OWN).partition("?")[0]
            assert addresses.match(path, method_of(endpoint))[0] == endpoint


def good_answers(row: Row, method: str, *, htmx: bool) -> set[int]:
    """The statuses that mean it was done."""
    good = {row.ok or (200 if method == "GET" else 303)}
    if row.who == ANYBODY:
        good.add(303)  # whoever is signed in is sent on
    return good | {204} if htmx else good


def asking_twice(names: frozenset[str], how_many: str) -> frozenset[str]:
    """Who of them asks as htmx does, too: one user and one stranger, or all."""
    users, strangers = names & EVERYBODY, names & STRANGERS
    return names if how_many == "all" else frozenset({*sorted(users)[:1], *sorted(strangers)[:1]})


def refused_people(endpoint: str, how_many: str) -> frozenset[str]:
    """Whom of those it is not for asks; in `make test` every user, nobody and, by turns, a stranger."""
    refused = ANYBODY - TABLE[endpoint].who
    strangers = sorted((refused & STRANGERS) - {NOBODY})
    if how_many == "all" or not strangers:
        return refused
    turn = list(TABLE).index(endpoint)
    return (refused - STRANGERS) | (refused & {NOBODY}) | {strangers[turn % len(strangers)]}


def served_people(endpoint: str, how_many: str) -> list[str]:
    """Whom of those it is for asks; in `make test` one of the house, one of a reseller and one stranger."""
    who, turn = TABLE[endpoint].who, list(TABLE).index(endpoint)
    if how_many == "all":
        return sorted(who)
    groups = (who & EVERYBODY - RESELLER, who & RESELLER, who & STRANGERS)  # who sees most is the first
    return [sorted(group)[turn % len(group)] for group in groups if group]


def ways(
    row: Row, caller: Caller, method: str, how_many: str, *, is_first: bool
) -> Iterator[tuple[str, bool]]:
    """(side, whether as htmx does) of each request; in `make test` all that the first sends, else one."""
    for place, side in enumerate(sides_of(row, caller)):
        is_wanted = how_many == "all" or place == 0
        if is_wanted or is_first:
            yield side, False
        if is_wanted and (is_first or (how_many == "all" and method == "GET")):
            yield side, True  # the same but for a header; each that changes something takes a town of its own


@every_view
class TestAView:
    @both_ways
    def test_refuses_whom_it_is_not_for(self, hall: TownHall, endpoint: str, asks_twice: str) -> None:
        before = hall.rows()
        refused = refused_people(endpoint, asks_twice)
        twice = asking_twice(refused, asks_twice)
        for name in refused:
            caller = Caller(hall, name)
            self._is_refused(endpoint, name, caller.ask(endpoint, SUL))
            if name in twice:
                fragment = caller.ask(endpoint, SUL, htmx=True)
                is_known = name not in STRANGERS and not TABLE[endpoint].for_subscribers
                assert fragment.status_code == (403 if is_known else 401), name
        self._kept_what_was_refused_and_nothing_else(hall, before, endpoint)

    def _is_refused(self, endpoint: str, name: str, answer: TestResponse) -> None:
        has_own_entrance = TABLE[endpoint].for_subscribers
        if name not in STRANGERS and not has_own_entrance:
            assert answer.status_code == 403, name
        elif method_of(endpoint) == "GET":
            assert answer.status_code == 303, name
            leads_to = answer.headers["Location"]
            if has_own_entrance:
                assert leads_to == "/assinante/entrar", name
            else:
                assert leads_to.startswith("/entrar?proximo="), name
        else:
            assert answer.status_code == 401, name

    def _kept_what_was_refused_and_nothing_else(self, hall: TownHall, before: Rows, endpoint: str) -> None:
        after = hall.rows()
        refused = frozenset() if TABLE[endpoint].for_subscribers else EVERYBODY - TABLE[endpoint].who
        assert changes(before, after) == ({"access_events": len(refused)} if refused else {})
        kept = [row | {"id": None} for row in kept_refusals(before, after)]
        expected = {
            "id": None,
            "at": NOON,
            "kind": AccessKind.FORBIDDEN,
            "by_id": None,
            "address": "127.0.0.1",
            "device": "Chrome em Windows",
            "endpoint": endpoint,
        }
        ids = sorted(hall.town.people[name].user_id for name in refused)
        assert sorted(kept, key=lambda row: str(row["user_id"]).zfill(9)) == [
            expected | {"user_id": user_id} for user_id in ids
        ]

    @both_ways
    def test_answers_for_anothers_thing_as_for_none(
        self, hall: TownHall, endpoint: str, asks_twice: str
    ) -> None:
        row, before = TABLE[endpoint], hall.rows()
        callers = {name: Caller(hall, name) for name in row.who}
        kept_from = {name: list(hidden_from(row, caller)) for name, caller in callers.items()}
        twice = asking_twice(frozenset(name for name in row.who if kept_from[name]), asks_twice)
        for name, caller in callers.items():
            for side in kept_from[name]:
                for htmx in (False, True) if name in twice else (False,):
                    foreign = caller.ask(endpoint, side, htmx=htmx)
                    missing = caller.ask(endpoint, MISSING, htmx=htmx)
                    assert comparable(foreign) == comparable(missing), (name, side)
                    assert foreign.status_code == 404 or endpoint == "quotes.preview", (name, side)
                    assert WORDS[side] not in words_of(foreign), (name, side)
        assert changes(before, hall.rows()) == {}

    @both_ways
    def test_serves_whom_it_is_for_and_shows_nothing_of_others(
        self, hall: TownHall, endpoint: str, asks_twice: str
    ) -> None:
        row, method = TABLE[endpoint], method_of(endpoint)
        served = served_people(endpoint, asks_twice)
        for name in served:
            caller = Caller(hall, name)
            for side, htmx in ways(row, caller, method, asks_twice, is_first=name == served[0]):
                answer = caller.ask(endpoint, side, htmx=htmx)
                assert answer.status_code in good_answers(row, method, htmx=htmx), (name, side)
                hidden = set() if row.who == ANYBODY else {SUL, NORTE} - caller.sees
                assert not [each for each in hidden if WORDS[each] in words_of(answer)], name
                if method == "POST":
                    hall.restore()
                    caller = Caller(hall, name)


class TestAnAddress:
    @pytest.mark.deep
    @both_ways
    def test_has_no_other_methods(self, hall: TownHall, asks_twice: str) -> None:
        before, refused = hall.rows(), 0
        for turn, endpoint in enumerate(ONE_OF_EACH_ADDRESS):
            path = TABLE[endpoint].address.format_map(hall.town.things[SUL] | OWN).partition("?")[0]
            known = set(hall.app.url_map.bind("localhost").allowed_methods(path))
            others = sorted(set(METHODS) - known)
            for place, name in enumerate(("admin", "nobody")):
                asked = others if asks_twice == "all" else [others[(turn + place) % len(others)]]
                caller = Caller(hall, name)
                for method in asked:
                    token = {"csrf_token": caller.client.csrf_token}
                    answer = caller.client.open(path, method=method, data=token)
                    assert answer.status_code == 405, (path, name, method)
                    assert set(answer.headers["Allow"].split(", ")) == known, (path, name, method)
                if asks_twice == "all" or turn % 2 == place:
                    refused += caller.client.open(path, method="OPTIONS").status_code == 403
        assert changes(before, hall.rows()) == ({"access_events": refused} if refused else {})
