"""The judges of boletos and Pix codes that are not ours: packages for Node.js, pinned in `tests/judges`.

They are installed once, and again when their lock file changes.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "judges"
INSTALLED = FOLDER / "node_modules" / ".installed-from"
NEEDED = (20, 19)
INSTALL_TIMEOUT_S = 300
MISSING = (
    "No Node.js 20.19 or newer with npm to judge boletos and Pix codes by: install them "
    "(on Debian: apt-get install nodejs npm, or from nodejs.org)."
)


def is_installed() -> bool:
    """Whether the packages of the present lock file are there."""
    return INSTALLED.is_file() and INSTALLED.read_text() == _lock()


def install() -> None:
    """Install the pinned packages; their own scripts do not run."""
    if not _has_node():
        sys.exit(MISSING)
    command = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    done = subprocess.run(
        command, cwd=FOLDER, timeout=INSTALL_TIMEOUT_S, check=False, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"The judges could not be installed ({' '.join(command)} in {FOLDER.name}):\n{done.stderr}")
    INSTALLED.write_text(_lock())


def _has_node() -> bool:
    if not (shutil.which("node") and shutil.which("npm")):
        return False
    asked = subprocess.run(("node", "--version"), check=False, capture_output=True, text=True)
    found = re.match(r"v(\d+)\.(\d+)", asked.stdout)
    return found is not None and (int(found[1]), int(found[2])) >= NEEDED


def _lock() -> str:
    return hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()


if __name__ == "__main__":
    if not is_installed():
        install()
    print(FOLDER.relative_to(FOLDER.parent.parent))
