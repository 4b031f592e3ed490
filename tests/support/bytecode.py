"""Every process of a run reads the code's bytecode, which the first to need it writes.

The first of the plugins: what is imported after it is read from there. Of a new checkout each worker
translates some of the tests, where all of them would translate all at the same time.
"""

import os
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest

from tools.bytecode import keep_bytecode

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".pytest_cache/bytecode"
PATIENCE_S = 60  # for the other workers; whoever waited so long translates the rest alone

if keep_bytecode(os.environ, FOLDER):  # by this process and by those that inherit its environment
    sys.pycache_prefix, sys.dont_write_bytecode = str(FOLDER), False


@pytest.hookimpl
def pytest_collectstart(collector: pytest.Collector) -> None:
    """Have a worker import its share of the tests, which writes them, before it collects them all."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None or not isinstance(collector, pytest.Session):
        return
    place, count = int(worker.removeprefix("gw")), int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    done = _translated()
    done.mkdir(parents=True, exist_ok=True)
    for path in sorted((ROOT / "tests").rglob("test_*.py"))[place::count]:
        with suppress(Exception, pytest.skip.Exception):  # what is wrong with it is said when it is collected
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    (done / worker).touch()
    until = time.monotonic() + PATIENCE_S
    while len(list(done.iterdir())) < count and time.monotonic() < until:
        time.sleep(0.05)


def pytest_sessionfinish() -> None:
    """Leave no note behind; the last worker takes their folder away."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        with suppress(OSError):
            (_translated() / worker).unlink()
            _translated().rmdir()


def _translated() -> Path:
    """The folder in which each worker of this run notes that its share is done."""
    return FOLDER / f"translated-{os.environ['PYTEST_XDIST_TESTRUNUID']}"
