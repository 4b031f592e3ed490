"""`make test`, stage by stage: each is named, timed and stops the run when it fails.

    python -m tools.stages               all of them, in order
    python -m tools.stages lint types    only these

What only reads the sources keeps one core busy, so it goes on beside the tests; what it says is kept until it
is over. The last lines are pytest's own, so that the end alone tells what was run.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn, Self

PYTHON = sys.executable
LINT_IMPORTS = str(Path(PYTHON).with_name("lint-imports"))
# One more than cores: a test that waits for a page, a mail or another process leaves its core to the third.
WORKERS = os.environ.get("PORTAL_TEST_WORKERS", "3")
# The tests of a module share a portal, a database and what they begin with: they stay with one worker.
PYTEST = (PYTHON, "-m", "pytest", "--quiet", "-n", WORKERS, "--dist", "loadfile", "--no-loadscope-reorder")
LOOK_EVERY_S = 0.1


@dataclass(frozen=True)
class Stage:
    """Commands that belong together; a quiet stage reads the sources and nothing else."""

    name: str
    title: str
    commands: tuple[tuple[str, ...], ...]
    is_quiet: bool = False

    def run(self, output: IO[bytes] | None = None, *, goes_on: Callable[[], bool] = lambda: True) -> bool:
        """Run the commands one after the other while it `goes_on`; whether all of them succeeded."""
        return all(_succeeds(command, output, goes_on) for command in self.commands)


def _succeeds(command: tuple[str, ...], output: IO[bytes] | None, goes_on: Callable[[], bool]) -> bool:
    with subprocess.Popen(command, stdout=output, stderr=output) as process:
        while process.poll() is None:
            try:
                process.wait(LOOK_EVERY_S)
            except subprocess.TimeoutExpired:
                if not goes_on():
                    process.send_signal(signal.SIGINT)  # as Ctrl-C: it tidies up
                    process.wait()
        return process.returncode == 0


STAGES = (
    Stage(
        "lint",
        "Style",
        ((PYTHON, "-m", "ruff", "check"), (PYTHON, "-m", "ruff", "format", "--check")),
        is_quiet=True,
    ),
    Stage("types", "Types", ((PYTHON, "-m", "mypy"),), is_quiet=True),
    Stage("contracts", "Who may import whom", ((LINT_IMPORTS, "--no-logo"),), is_quiet=True),
    Stage(
        "test",
        "Tests, with PostgreSQL, SMTP and a browser",
        (
            (PYTHON, "-m", "tools.poppler"),
            (PYTHON, "-m", "tools.judges"),
            (PYTHON, "-m", "tools.browser"),
            (*PYTEST, "-m", "not deep", "tests"),
        ),
    ),
)


class Report:
    """What is printed about the stages of a run."""

    def __init__(self, stages: list[Stage]) -> None:
        self._stages, self._started = stages, time.monotonic()

    def begin(self, stage: Stage) -> None:
        """A line before what the stage prints."""
        print(f"\n── {self._stages.index(stage) + 1}/{len(self._stages)} {stage.title} ──", flush=True)

    def end(self, stage: Stage, seconds: float) -> None:
        """A line after it."""
        so_far = time.monotonic() - self._started
        print(f"{stage.title}: {seconds:.1f} s ({so_far:.0f} s so far)", flush=True)

    def fail(self, stage: Stage) -> NoReturn:
        """End the program."""
        sys.exit(f"Failed: {stage.title} (make {stage.name}).")


class Beside:
    """Stages that run in a thread, one after the other; what each printed is shown when it is over."""

    def __init__(self, stages: list[Stage], report: Report) -> None:
        self.failed: Stage | None = None
        self._stages, self._report, self._is_wanted = stages, report, True
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, fault: type[BaseException] | None, *_more: object) -> None:
        self._is_wanted = fault is None
        self._thread.join()

    def is_well(self) -> bool:
        """Whether none of them failed so far."""
        return self.failed is None

    def _run(self) -> None:
        for stage in self._stages:
            began = time.monotonic()
            with tempfile.TemporaryFile() as output:
                succeeded = stage.run(output, goes_on=lambda: self._is_wanted)
                took = time.monotonic() - began
                if not self._is_wanted:
                    return
                output.seek(0)
                self._report.begin(stage)
                sys.stdout.buffer.write(output.read())
                self._report.end(stage, took)
            if not succeeded:
                self.failed = stage
                return


def chosen(names: list[str]) -> list[Stage]:
    """The stages so named, all of them without names; an unknown name ends the program."""
    unknown = set(names) - {stage.name for stage in STAGES}
    if unknown:
        known = ", ".join(stage.name for stage in STAGES)
        sys.exit(f"No stage named {', '.join(sorted(unknown))}; there are {known}.")
    return [stage for stage in STAGES if not names or stage.name in names]


def main(names: list[str]) -> None:
    """Run the stages; leave with status 1 when one fails, which stops the others."""
    stages = chosen(names)
    report = Report(stages)
    with Beside([stage for stage in stages if stage.is_quiet], report) as beside:
        for stage in stages:
            if not stage.is_quiet:
                report.begin(stage)
                if not stage.run(goes_on=beside.is_well) and beside.is_well():
                    report.fail(stage)
    if beside.failed is not None:
        report.fail(beside.failed)


if __name__ == "__main__":
    main(sys.argv[1:])
