"""`make test`, stage by stage: each is named, timed and stops the run when it fails.

    python -m tools.stages               all of them, in order
    python -m tools.stages lint types    only these

What only reads the sources keeps one core busy, so it goes on beside the first tests; what it says is kept
until it is over. The last lines are pytest's own, so that the end alone tells what was run.
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
PYTEST = (PYTHON, "-m", "pytest", "--quiet", "-n", os.environ.get("PORTAL_TEST_WORKERS", "3"))
# Neighbors share a database; whoever is done takes over half of what the other still has to do.
STEALING = ("--dist", "worksteal")
WITHOUT_BROWSER = ("-m", "not browser and not deep")
IN_BROWSER = ("-m", "browser and not deep")
LOOK_EVERY_S = 0.1


@dataclass(frozen=True)
class Stage:
    """Commands that belong together; a quiet one reads the sources and nothing else."""

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
        "pure",
        "Architecture, tools, calculator, properties",
        ((*PYTEST, *STEALING, "tests/tools", "tests/calculator", "tests/architecture"),),
    ),
    Stage(
        "portal",
        "Portal, with PostgreSQL and a real SMTP server",
        (
            (PYTHON, "-m", "tools.poppler"),
            (PYTHON, "-m", "tools.judges"),
            (
                *PYTEST,
                *STEALING,
                *WITHOUT_BROWSER,
                *(
                    "tests/journeys",
                    "tests/faults",
                    "tests/hostile",
                    "tests/access",
                    "tests/lives",
                    "tests/portal",
                ),
            ),
        ),
    ),
    Stage(
        "browser",
        "Journeys in a real browser, with axe",
        (
            (PYTHON, "-m", "tools.browser"),
            (*PYTEST, "--dist", "loadfile", *IN_BROWSER, "tests/journeys", "tests/faults"),
        ),
    ),
)


class Beside:
    """Stages that run in a thread, one after the other; `said`: what each printed and how long it took."""

    def __init__(self, stages: list[Stage]) -> None:
        self.said: list[tuple[Stage, bytes, float]] = []
        self.failed: Stage | None = None
        self._stages, self._is_wanted = stages, True
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_fault: object) -> None:
        self._is_wanted = False
        self._thread.join()

    def is_well(self) -> bool:
        """Whether none of them failed so far."""
        return self.failed is None

    def finish(self) -> None:
        """Wait until all have run, or one failed."""
        self._thread.join()

    def _run(self) -> None:
        for stage in self._stages:
            began = time.monotonic()
            with tempfile.TemporaryFile() as output:
                succeeded = stage.run(output, goes_on=lambda: self._is_wanted)
                output.seek(0)
                self.said.append((stage, output.read(), time.monotonic() - began))
            if not succeeded:
                self.failed = stage
                return


class Report:
    """What is printed about the stages of a run."""

    def __init__(self, count: int) -> None:
        self.count, self.shown, self.started = count, 0, time.monotonic()

    def head(self, stage: Stage) -> None:
        """A line before what the stage prints."""
        self.shown += 1
        print(f"\n── {self.shown}/{self.count} {stage.title} ──", flush=True)

    def time(self, stage: Stage, seconds: float) -> None:
        """A line after it, unless it is the last."""
        if self.shown < self.count:
            so_far = time.monotonic() - self.started
            print(f"{stage.title}: {seconds:.1f} s ({so_far:.0f} s so far)", flush=True)

    def fail(self, stage: Stage, seconds: float) -> NoReturn:
        """End the program."""
        sys.exit(f"Failed: {stage.title} (make {stage.name}), {seconds:.1f} s.")


def chosen(names: list[str]) -> list[Stage]:
    """The stages so named, all of them without names; an unknown name ends the program."""
    unknown = set(names) - {stage.name for stage in STAGES}
    if unknown:
        known = ", ".join(stage.name for stage in STAGES)
        sys.exit(f"No stage named {', '.join(sorted(unknown))}; there are {known}.")
    return [stage for stage in STAGES if not names or stage.name in names]


def run_loud(stage: Stage, report: Report, beside: Beside | None = None) -> None:
    """Run a stage that prints at once, as long as those beside it do well; these print after it."""
    report.head(stage)
    began = time.monotonic()
    succeeded = stage.run(goes_on=beside.is_well if beside else lambda: True)
    took = time.monotonic() - began
    if beside is None or beside.is_well():
        if not succeeded:
            report.fail(stage, took)
        report.time(stage, took)
    if beside is not None:
        show(beside, report)


def show(beside: Beside, report: Report) -> None:
    """Print what was said beside."""
    beside.finish()
    for stage, words, took in beside.said:
        report.head(stage)
        sys.stdout.buffer.write(words)
        sys.stdout.flush()
        if stage is beside.failed:
            report.fail(stage, took)
        report.time(stage, took)


def main(names: list[str]) -> None:
    """Run the stages; leave with status 1 at the first that fails."""
    stages = chosen(names)
    report = Report(len(stages))
    loud = [stage for stage in stages if not stage.is_quiet]
    quiet = [stage for stage in stages if stage.is_quiet]
    if not loud:
        loud, quiet = quiet, []
    with Beside(quiet) as beside:
        run_loud(loud[0], report, beside)
    for stage in loud[1:]:
        run_loud(stage, report)


if __name__ == "__main__":
    main(sys.argv[1:])
