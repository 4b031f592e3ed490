"""The preview and the quote page against a bare Flask view that renders a 15 KB template.

Both run on gunicorn as `portal/gunicorn_conf.py` sets it up for production, one process each, and are loaded
in turn, in many short rounds: whatever else the machine does falls on all of them alike.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from time import process_time_ns

from bench import bare, load
from bench.demo import demonstration
from bench.servers import serving
from bench.visitor import Visitor, form_in, sign_in_here
from portal.app import create_app
from portal.config import Settings
from portal.shared.db import db
from tests.support.statements import statements

ROUNDS = 12
SECONDS = 0.8
CONNECTIONS = 16
SELLER = "marina@sul.example"
PREVIEW = "/orcamentos/calculo"
PAGE = "/orcamentos/novo?cliente=1&plano=gestao"


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of request: where it goes and how big its answer is."""

    port: int
    requests: Sequence[bytes]
    answer_bytes: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One kind of request, round by round, at 1 and at 16 connections."""

    answer_bytes: int
    one: list[load.Load]
    many: list[load.Load]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The `preview` and the whole `page` beside the `bare` view and its lighter sisters."""

    bare: Measured
    by_hand: Measured
    plain: Measured
    preview: Measured
    page: Measured
    preview_statements: int


def measure_preview() -> Comparison:
    """Load each in turn, round after round."""
    with demonstration() as environment, ExitStack() as stack:
        sent = _statements_of_a_preview(environment)
        bare_port = stack.enter_context(serving("bench.bare:app", {}))
        port = stack.enter_context(serving("wsgi:app", environment, ready="/entrar"))
        cases = _bare_cases(bare_port) | _portal_cases(port)
        measured = {name: Measured(case.answer_bytes, [], []) for name, case in cases.items()}
        for case in cases.values():
            load.run(case.port, case.requests, connections=1, seconds=SECONDS)  # warm
        for _ in range(ROUNDS):
            for name, case in cases.items():
                at_one = load.run(case.port, case.requests, connections=1, seconds=SECONDS)
                at_many = load.run(case.port, case.requests, connections=CONNECTIONS, seconds=SECONDS)
                measured[name].one.append(at_one)
                measured[name].many.append(at_many)
    return Comparison(**measured, preview_statements=sent)


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
    typed = _typed(form_in(visitor.get(PAGE), "payment_method"))
    previews = [visitor.request_bytes("POST", PREVIEW, fields) for fields in typed]
    return {
        "preview": Case(port, previews, len(visitor.post(PREVIEW, typed[0], htmx=True).encode())),
        "page": Case(port, [visitor.request_bytes("GET", PAGE)], len(visitor.get(PAGE).encode())),
    }


def _typed(form: dict[str, str]) -> list[dict[str, str]]:
    """The page's form as it is sent while somebody changes add-ons, each time with other prices."""
    return [
        form | {"quantity_user": str(users), "quantity_register": str(registers), "quantity_branch": "2"}
        for users in range(3, 11)
        for registers in range(2, 6)
    ]


def _statements_of_a_preview(environment: dict[str, str]) -> int:
    app = create_app(Settings.from_environment(environment))
    browser = app.test_client()
    sign_in_here(browser, SELLER)
    form = _typed(form_in(browser.get(PAGE).text, "payment_method"))[0]
    with statements(app) as sent:
        answer = browser.post(PREVIEW, data=form, headers={"HX-Request": "true"})
    if answer.status_code != 200:
        raise RuntimeError(f"the preview answered {answer.status}")
    with app.app_context():
        db.engine.dispose()
    return len(sent)
