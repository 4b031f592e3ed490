"""Hostile texts in every field of every form that any page shows: never a fault, never more than text."""

from collections.abc import Callable, Hashable, Iterable
from functools import partial

import pytest

from tests.access.asking import Caller
from tests.access.reads import READS
from tests.access.rows import NOBODY
from tests.access.table import TABLE
from tests.factories.town import SUL
from tests.hostile.pages import PageForm, came_alive
from tests.hostile.texts import ALL, MARKUP
from tests.support.town import TownHall

ASKED = """busca ordem pagina estado plano prazo de ate tipo uf parceiro nivel perfil situacao cliente
    antes depois ver proximo pendencias orcamentos responsavel periodo""".split()

type Fill = Callable[[Iterable[str]], dict[str, str]]


def only_markup(names: Iterable[str]) -> dict[str, str]:
    """The text a browser would run, for every name."""
    return dict.fromkeys(names, MARKUP)


def mixed(names: Iterable[str], *, turn: int) -> dict[str, str]:
    """A hostile text for each name: after as many turns as there are texts each name had each of them."""
    texts = list(ALL.values())
    return {name: texts[(position + turn) % len(texts)] for position, name in enumerate(names)}


def one_of_each(hall: TownHall, forms: list[tuple[str, PageForm]]) -> list[tuple[str, PageForm]]:
    """One of those that hold the same fields for the same view: the others name another row."""
    addresses = hall.app.url_map.bind("localhost")
    found: dict[Hashable, tuple[str, PageForm]] = {}
    for name, form in forms:
        path = form.action.partition("?")[0]
        fields = tuple((field, kind) for field, kind, _value in form.fields)
        found.setdefault((addresses.match(path, form.method)[0], fields), (name, form))
    return list(found.values())


def send_all(hall: TownHall, forms: list[tuple[str, PageForm]], fill: Fill, *, only_typed: bool) -> None:
    """Send these forms filled so; what comes back is words."""
    assert len(forms) > 150
    for name, form in forms:
        caller = Caller(hall, name)
        fields = form.filled(fill(field for field, _kind, _value in form.fields), only_typed=only_typed)
        if "csrf_token" in fields:
            fields["csrf_token"] = caller.client.csrf_token or ""
        sent = {"query_string" if form.method == "GET" else "data": fields}
        answer = caller.client.open(form.action, method=form.method, **sent)
        assert answer.status_code < 500, (form, answer.text)
        if answer.mimetype == "text/html":
            assert came_alive(answer.text) == [], form
        answer.close()


def ask_all(hall: TownHall, *, turn: int) -> None:
    """Ask every page with such words in its address; what comes back is words."""
    for number, endpoint in enumerate(READS):
        caller = Caller(hall, NOBODY if NOBODY in TABLE[endpoint].who else min(TABLE[endpoint].who))
        path = TABLE[endpoint].address.format_map(hall.town.things[SUL]).partition("?")[0]
        answer = caller.client.get(path, query_string=mixed(ASKED, turn=turn + number))
        answer.get_data()
        assert answer.status_code < 500 or endpoint == "health.show", (endpoint, answer.text)
        if answer.mimetype == "text/html":
            assert came_alive(answer.text) == [], endpoint
        answer.close()


class TestHostileTexts:
    @pytest.mark.parametrize(
        ("fill", "only_typed"),
        [
            pytest.param(only_markup, True, id="markup"),
            pytest.param(partial(mixed, turn=5), False, id="mixed-everywhere", marks=pytest.mark.deep),
        ],
    )
    def test_in_every_form_are_answered_in_words(
        self, hall: TownHall, forms: list[tuple[str, PageForm]], fill: Fill, only_typed: bool
    ) -> None:
        assert len(forms) > 200
        send_all(hall, one_of_each(hall, forms), fill, only_typed=only_typed)

    @pytest.mark.deep
    def test_in_every_address_are_answered_in_words(self, hall: TownHall) -> None:
        ask_all(hall, turn=0)

    @pytest.mark.deep
    @pytest.mark.parametrize("turn", range(len(ALL)))
    def test_each_in_each_field_and_address_are_answered_in_words(
        self, hall: TownHall, forms: list[tuple[str, PageForm]], turn: int
    ) -> None:
        assert len(forms) > 200
        for only_typed in (True, False):
            send_all(hall, forms, partial(mixed, turn=turn), only_typed=only_typed)
        ask_all(hall, turn=turn)
