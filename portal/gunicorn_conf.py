"""How gunicorn serves the portal: `gunicorn -c portal/gunicorn_conf.py wsgi:app`. The queue runs apart.

Behind a proxy, which keeps slow people away, `PORTAL_WEB_THREADS=1` has each process do one request after the
other: the work is short and done in the processor, where threads would only take turns. Browsers that talk to
it directly open connections before they need them, so the default has threads to spare for those.
"""

import gc
import os
import sys

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

bind = os.environ.get("PORTAL_BIND", "127.0.0.1:8000")
threads = int(os.environ.get("PORTAL_WEB_THREADS", "8"))
worker_class = "gthread" if threads > 1 else "sync"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
graceful_timeout = 20
timeout = 60
control_socket_disable = True
loglevel = "warning"


def post_worker_init(_worker: Worker) -> None:
    """What was loaded so far stays: looking through it again would only make requests wait."""
    gc.collect()
    gc.freeze()


def worker_exit(_server: Arbiter, worker: Worker) -> None:
    """A worker that could not begin ends the server."""
    if not hasattr(worker, "wsgi"):  # a setting ended its start, and would end that of the next one
        sys.exit(Arbiter.WORKER_BOOT_ERROR)
