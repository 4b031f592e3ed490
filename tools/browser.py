"""The browser for the journeys: find one, get one when there is none, print where it is.

In this order: $CHROMIUM, a headless shell on PATH, which draws the same pages in half the time, a Chromium or
Chrome on PATH, the one Playwright keeps, as root the system's packages, `playwright install`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL_TIMEOUT_S = 300
MISSING = (
    "No browser for the journeys: install chromium (on Debian: apt-get install chromium) "
    "or set CHROMIUM to the path of a Chromium or Chrome."
)


def find(playwright: Playwright) -> str | None:
    """The path of a browser that starts, or None."""
    if chosen := os.environ.get("CHROMIUM"):
        return chosen if _starts(chosen) else None
    for name in NAMES:
        path = shutil.which(name)
        if path and _starts(path):
            return path
    kept = playwright.chromium.executable_path
    return kept if Path(kept).exists() and _starts(kept) else None


def install(playwright: Playwright) -> None:
    """Try to get a browser: as root on Debian and its children with apt-get, then from Playwright."""
    commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        get = ["apt-get", "install", "-y", "-qq"]
        commands = [["apt-get", "update", "-qq"], [*get, SHELL], *commands, [*get, "chromium"]]
    for command in commands:
        print("Getting a browser:", " ".join(command[-3:]), flush=True)
        try:
            subprocess.run(
                command, timeout=INSTALL_TIMEOUT_S, check=False, capture_output=True, stdin=subprocess.DEVNULL
            )
        except subprocess.TimeoutExpired:
            print(f"  gave up after {INSTALL_TIMEOUT_S} s", flush=True)
        if "update" not in command and find(playwright):
            return


def _starts(path: str) -> bool:
    """Ubuntu's chromium-browser may be a stub that only points to a snap: run it to know."""
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


if __name__ == "__main__":
    with sync_playwright() as started:
        if find(started) is None:
            install(started)
        print(find(started) or sys.exit(MISSING))
