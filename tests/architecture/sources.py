"""The project's own files, as git would see them: what is committed and what is about to be."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = {".png", ".jpg", ".ico", ".woff2", ".otf", ".ttf", ".pdf", ".gz", ".xz"}


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or may be committed, outside of what others wrote (static/vendor)."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    paths = sorted(ROOT / name for name in listed)
    return tuple(path for path in paths if path.is_file() and "vendor" not in path.parts)


def under(folder: str, suffix: str) -> list[Path]:
    """The files below `folder` with this suffix."""
    return [path for path in files() if path.is_relative_to(ROOT / folder) and path.suffix == suffix]


def text_files() -> list[Path]:
    """The files that hold text."""
    return [path for path in files() if path.suffix not in BINARY]


def lines_of(path: Path) -> int:
    """How many lines a file has."""
    return len(path.read_text(encoding="utf-8").splitlines())


@cache  # each of the checks asks for all of them
def tree_of(path: Path) -> ast.Module:
    """A Python file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(path: Path) -> str:
    """A file's name as people write it: from the top of the checkout."""
    return path.relative_to(ROOT).as_posix()


def packages_of(path: Path) -> set[str]:
    """The top-level packages a Python file imports."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found
