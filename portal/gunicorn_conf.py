"""How gunicorn serves the portal: `gunicorn -c portal/gunicorn_conf.py wsgi:app`.

With the embedded queue (`PORTAL_QUEUE=embedded`, the default) one process holds web threads and queue, so
there is exactly one, and browsers talk to it directly. With `external` the queue runs apart and there may be
several of these, each doing one request after the other: the work is short and done in the processor, where
threads would only take turns. The proxy in front keeps slow people away from them.
"""

import gc
import os
import sys

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

bind = os.environ.get("PORTAL_BIND", "127.0.0.1:8000")
embedded = os.environ.get("PORTAL_QUEUE", "embedded") == "embedded"
worker_class = "gthread" if embedded else "sync"
workers = 1 if embedded else int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8 if embedded else 1
graceful_timeout = 20
timeout = 60
control_socket_disable = True
loglevel = "warning"


def post_worker_init(worker: Worker) -> None:
    """Start the queue in the process that serves, after the fork: threads do not survive one."""
    gc.collect()
    gc.freeze()  # what was loaded so far stays: looking through it again would only make requests wait
    if embedded:
        from portal.shared import jobs

        jobs.launch(worker.wsgi)


def worker_exit(_server: Arbiter, worker: Worker) -> None:
    """Let the queue finish what it is doing. A worker that could not begin ends the server."""
    if not hasattr(worker, "wsgi"):  # a setting ended its start, and would end that of the next one
        sys.exit(Arbiter.WORKER_BOOT_ERROR)
    if embedded:
        from portal.shared import jobs

        jobs.shutdown(worker.wsgi)
