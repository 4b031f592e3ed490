"""Servers under measurement, each a gunicorn of its own with the same settings."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 60


@contextmanager
def serving(application: str, environment: Mapping[str, str], *, ready: str = "/") -> Iterator[int]:
    """gunicorn with the portal's own configuration and one worker; yields its port."""
    port = free_port()
    process = subprocess.Popen(
        (sys.executable, "-m", "gunicorn", "-c", "portal/gunicorn_conf.py", application),
        cwd=ROOT,
        env={
            **os.environ,
            "PORTAL_BIND": f"127.0.0.1:{port}",
            "PORTAL_WEB_THREADS": "1",
            "WEB_CONCURRENCY": "1",
            "PORTAL_LOG_LEVEL": "WARNING",
            **environment,
        },
    )
    try:
        _wait(process, f"http://127.0.0.1:{port}{ready}")
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _wait(process: "subprocess.Popen[bytes]", url: str) -> None:
    give_up = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up and process.poll() is None:
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"{url} did not answer")
