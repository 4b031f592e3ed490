"""The preview and the quote page against a bare Flask view that renders a 15 KB template.

Both run on gunicorn as `portal/gunicorn_conf.py` sets it up for production, one process each, and are loaded
in turn, in many short rounds: whatever else the machine does falls on all of them alike.
"""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import process_time_ns

from bench import bare, load
from bench.demo import load_demo, portal_environment
from bench.servers import serving
from bench.visitor import Visitor

ROUNDS = 15
SECONDS = 1.0
CONNECTIONS = 16
SELLER = "marina@sul.example"
PAGE = "/orcamentos/novo?cliente=1&plano=gestao"


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of request: where it goes and how big its answer is."""

    port: int
    requests: Sequence[bytes]
    answer_bytes: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One kind of request at 1 and at 16 connections: medians over the rounds."""

    answer_bytes: int
    one: load.Load
    many: load.Load


def measure_preview() -> dict[str, Measured]:
    """The figures of `bare`, its lighter sisters `by_hand` and `plain`, `preview` and `page`."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        environment = portal_environment(Path(folder))
        load_demo(environment)
        bare_port = stack.enter_context(serving("bench.bare:app", {}))
        port = stack.enter_context(serving("wsgi:app", environment, ready="/entrar"))
        cases = _bare_cases(bare_port) | _portal_cases(port)
        for case in cases.values():
            load.run(case.port, case.requests, connections=1, seconds=SECONDS / 2)  # warm
        rounds = [
            {
                (name, count): load.run(case.port, case.requests, connections=count, seconds=SECONDS)
                for name, case in cases.items()
                for count in (1, CONNECTIONS)
            }
            for _ in range(ROUNDS)
        ]
    return {
        name: Measured(
            case.answer_bytes,
            one=_median([each[name, 1] for each in rounds]),
            many=_median([each[name, CONNECTIONS] for each in rounds]),
        )
        for name, case in cases.items()
    }


def template_bytes() -> int:
    """The size of the template's source, in all its files."""
    return sum((bare.TEMPLATES / name).stat().st_size for name in bare.QUOTE_TEMPLATES)


def rendering_ms(path: str) -> float:
    """How long the bare view at `path` takes by itself, without a server: the best of many."""
    client = bare.app.test_client()
    times = []
    with bare.app.test_request_context(path):
        view = bare.app.view_functions[str(client.application.url_map.bind("").match(path)[0])]
        for _ in range(300):
            start = process_time_ns()
            view()
            times.append(process_time_ns() - start)
    return min(times) / 1_000_000


def _bare_cases(port: int) -> dict[str, Case]:
    visitor = Visitor(port)
    return {
        name: Case(port, [visitor.request_bytes("GET", path)], len(visitor.get(path).encode()))
        for name, path in (("bare", "/"), ("by_hand", "/by-hand"), ("plain", "/list"))
    }


def _portal_cases(port: int) -> dict[str, Case]:
    visitor = Visitor(port)
    visitor.sign_in(SELLER)
    form = visitor.form_of(PAGE, "payment_method")
    typed = [
        form | {"quantity_user": str(users), "quantity_register": str(registers), "quantity_branch": "2"}
        for users in range(3, 11)
        for registers in range(2, 6)
    ]
    previews = [visitor.request_bytes("POST", "/orcamentos/calculo", fields) for fields in typed]
    return {
        "preview": Case(
            port, previews, len(visitor.post("/orcamentos/calculo", typed[0], htmx=True).encode())
        ),
        "page": Case(port, [visitor.request_bytes("GET", PAGE)], len(visitor.get(PAGE).encode())),
    }


def _median(loads: list[load.Load]) -> load.Load:
    return load.Load(
        requests_per_second=median(each.requests_per_second for each in loads),
        p50_ms=median(each.p50_ms for each in loads),
        p95_ms=median(each.p95_ms for each in loads),
        p99_ms=median(each.p99_ms for each in loads),
    )
