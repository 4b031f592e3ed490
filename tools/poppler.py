"""Poppler, the judge of our PDFs that is not ours: find its tools, get them when they are missing.

In this order: PATH, as root on Debian and its children the system's packages.
"""

import os
import shutil
import subprocess
import sys

TOOLS = ("pdfsig", "pdftotext", "pdfinfo", "pdffonts")
INSTALL_TIMEOUT_S = 300
MISSING = "No poppler to judge the PDFs by: install poppler-utils (on Debian: apt-get install poppler-utils)."


def is_there() -> bool:
    """Whether every tool can be run."""
    return all(map(shutil.which, TOOLS))


def install() -> None:
    """Try to get it with apt-get; only root may."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    for command in (("apt-get", "update", "-qq"), ("apt-get", "install", "-y", "-qq", "poppler-utils")):
        print("Getting poppler:", " ".join(command), flush=True)
        try:
            subprocess.run(
                command, timeout=INSTALL_TIMEOUT_S, check=False, capture_output=True, stdin=subprocess.DEVNULL
            )
        except subprocess.TimeoutExpired:
            print(f"  gave up after {INSTALL_TIMEOUT_S} s", flush=True)


if __name__ == "__main__":
    if not is_there():
        install()
    print(shutil.which(TOOLS[0]) if is_there() else sys.exit(MISSING))
