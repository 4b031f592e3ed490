"""`make test`, stage by stage: each is named, timed and stops the run when it fails.

    python -m tools.stages               all of them, in order
    python -m tools.stages lint types    only these

The last lines are pytest's own, so that whoever reads only the end knows what was run.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PYTHON = sys.executable
LINT_IMPORTS = str(Path(PYTHON).with_name("lint-imports"))
PYTEST = (PYTHON, "-m", "pytest", "--quiet", "-n", os.environ.get("PORTAL_TEST_WORKERS", "2"))


WITHOUT_BROWSER = ("-m", "not browser and not deep")
IN_BROWSER = ("-m", "browser and not deep")


@dataclass(frozen=True)
class Stage:
    """Commands that belong together."""

    name: str
    title: str
    commands: tuple[tuple[str, ...], ...]

    def run(self) -> bool:
        """Run the commands one after the other; whether all of them succeeded."""
        return all(subprocess.run(command, check=False).returncode == 0 for command in self.commands)


STAGES = (
    Stage("lint", "Style", ((PYTHON, "-m", "ruff", "check"), (PYTHON, "-m", "ruff", "format", "--check"))),
    Stage("types", "Types", ((PYTHON, "-m", "mypy"),)),
    Stage("contracts", "Who may import whom", ((LINT_IMPORTS, "--no-logo"),)),
    Stage(
        "pure",
        "Architecture, tools, calculator, properties",
        ((*PYTEST, "tests/architecture", "tests/tools", "tests/calculator"),),
    ),
    Stage(
        "portal",
        "Portal, with PostgreSQL and a real SMTP server",
        (
            (PYTHON, "-m", "tools.poppler"),
            (PYTHON, "-m", "tools.judges"),
            (
                *PYTEST,
                *WITHOUT_BROWSER,
                *("tests/portal", "tests/access", "tests/hostile", "tests/faults", "tests/journeys"),
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


def chosen(names: list[str]) -> list[Stage]:
    """The stages so named, all of them without names; an unknown name ends the program."""
    unknown = set(names) - {stage.name for stage in STAGES}
    if unknown:
        known = ", ".join(stage.name for stage in STAGES)
        sys.exit(f"No stage named {', '.join(sorted(unknown))}; there are {known}.")
    return [stage for stage in STAGES if not names or stage.name in names]


def main(names: list[str]) -> None:
    """Run the stages in order; leave with status 1 at the first that fails."""
    stages = chosen(names)
    started = time.monotonic()
    for number, stage in enumerate(stages, start=1):
        print(f"\n── {number}/{len(stages)} {stage.title} ──", flush=True)
        began = time.monotonic()
        if not stage.run():
            sys.exit(f"Failed: {stage.title} (make {stage.name}), {time.monotonic() - began:.1f} s.")
        if number < len(stages):
            now = time.monotonic()
            print(f"{stage.title}: {now - began:.1f} s ({now - started:.0f} s so far)", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
