"""The journeys' browser, for faults that people meet; and which acts of two people wait for each other."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations

import pytest
from flask import Flask

from tests.journeys.conftest import complaints, open_browser
from tests.support.two_transactions import Act, find_circles

__all__ = ["Circles", "circles", "complaints", "open_browser"]

type Circles = Callable[[Mapping[str, Act]], dict[str, list[str]]]


def two_by_two(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """In every run: each act with one other; the last of an odd number with the first."""
    every = list(names)
    return zip(every[::2], every[1::2] + every[:1], strict=False)


def everybody(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """In the slow tests: each act with each other, which finds a circle of two either way round."""
    return combinations(names, 2)


@pytest.fixture(params=[two_by_two, pytest.param(everybody, marks=pytest.mark.deep)])
def circles(app: Flask, request: pytest.FixtureRequest) -> Circles:
    """`circles(acts)` says by the names of two acts where they wait for each other."""

    def find(acts: Mapping[str, Act]) -> dict[str, list[str]]:
        pairs = request.param(acts)
        found = {f"{one}, {other}": find_circles(app, acts[one], acts[other]) for one, other in pairs}
        return {pair: where for pair, where in found.items() if where}

    return find
