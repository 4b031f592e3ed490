"""Worlds to live in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from portal.catalog.queries import forget_lists
from tests.lives.village import TEMPLATE, Village, villages
from tests.lives.world import World, plugged_in
from tests.support.databases import Database

type Begin = Callable[[date], World]


@pytest.fixture(scope="session")
def village(database: Database, shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Village:
    """The village, built once a run."""
    return villages(database, shared_folder, tmp_path_factory.mktemp("village"))


@pytest.fixture
def begin(portal: Flask, database: Database, village: Village) -> Iterator[Begin]:
    """`begin(day)` gives a new world, in which nothing has happened; the one before it is gone."""
    with ExitStack() as open_worlds:

        def new_world(day: date) -> World:
            open_worlds.close()
            database.restore(TEMPLATE)
            forget_lists()
            return open_worlds.enter_context(plugged_in(portal, World(portal, village, day)))

        yield new_world
