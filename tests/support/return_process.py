"""A worker as a process of its own that does what long returns say, a part of a few titles at a time.

python -m tests.support.return_process URL
"""

import sys
import tempfile
import threading
from pathlib import Path

from flask import Flask

from portal.app import create_app
from portal.shared import clock
from portal.shared.db import db
from portal.shared.queue import Lane, run_next_job
from portal.shared.schedule.runner import THREADS
from tests.support.application import settings_for


def main(url: str) -> None:
    """Work until nothing is due; say when it begins."""
    app = create_app(settings_for(url, Path(tempfile.mkdtemp())))
    with app.app_context():
        sys.stdout.write("begins\n")
        sys.stdout.flush()
    threads = [threading.Thread(target=_work, args=(app,)) for _ in range(THREADS[Lane.BANK])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _work(app: Flask) -> None:
    with app.app_context():
        while run_next_job(db.engine, Lane.BANK, clock=clock.now):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
