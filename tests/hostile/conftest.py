"""The forms that all pages have, found once a run for all tests that fill them in."""

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.access.asking import Caller, sides_of
from tests.access.reads import READS
from tests.access.rows import NOBODY, TWO_READERS
from tests.access.table import TABLE
from tests.factories.town import SUL
from tests.hostile.pages import PageForm, forms_of
from tests.support.databases import first_to
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


@pytest.fixture
def forms(hall: TownHall, shared_folder: Path) -> list[tuple[str, PageForm]]:
    """(who sees it, form), of the town as it was built."""
    kept = shared_folder / "forms.pickle"
    with first_to(shared_folder / "forms.found") as is_first:
        if is_first:
            kept.write_bytes(pickle.dumps(list(all_forms(hall))))
            hall.restore()
    return cast("list[tuple[str, PageForm]]", pickle.loads(kept.read_bytes()))  # noqa: S301 - this run's own
