"""The forms that all pages have, found once for all tests that fill them in."""

from collections.abc import Iterator

import pytest

from tests.access.asking import Caller, sides_of
from tests.access.reads import READS
from tests.access.rows import NOBODY, TWO_READERS
from tests.access.table import TABLE
from tests.factories.town import SUL
from tests.hostile.pages import PageForm, forms_of
from tests.support.town import TownHall

ENDING = {"/sair", "/sair/todos"}


def all_forms(hall: TownHall) -> Iterator[tuple[str, PageForm]]:
    """(who sees it, form): each form once, from the pages of nobody and of two who see them all."""
    seen = set()
    for name in (NOBODY, *sorted(TWO_READERS)):
        for endpoint in READS:
            if name not in TABLE[endpoint].who or endpoint == "static":
                continue
            caller = Caller(hall, name)
            if SUL not in sides_of(TABLE[endpoint], caller):
                continue
            answer = caller.ask(endpoint, SUL)
            if answer.mimetype != "text/html" or answer.status_code != 200:
                continue
            for form in forms_of(answer.text, answer.request.full_path.rstrip("?")):
                key = (form.action, tuple(field for field, _kind, _value in form.fields))
                if key not in seen and form.action not in ENDING:
                    seen.add(key)
                    yield name, form


@pytest.fixture(scope="session")
def found_forms() -> list[tuple[str, PageForm]]:
    """Filled by the first test that needs them."""
    return []


@pytest.fixture
def forms(hall: TownHall, found_forms: list[tuple[str, PageForm]]) -> list[tuple[str, PageForm]]:
    """(who sees it, form), of the town as it was built."""
    if not found_forms:
        found_forms.extend(all_forms(hall))
        hall.restore()
    return found_forms
