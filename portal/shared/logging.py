"""Logs for operators: one line an event, without secrets and without personal data.

Addresses are logged by the route's pattern, never as requested: links carry secrets.
"""

import logging
import time
import traceback
from logging.config import dictConfig

from flask import Flask, Response, g, request

log = logging.getLogger("portal.access")


def where_it_failed(error: BaseException) -> str:
    """The kind of an error and the lines it came through, for the log.

    Not its words: they may hold a link's secret or somebody's name.
    """
    cause = f" ({type(error.__cause__).__name__})" if error.__cause__ else ""
    return f"{type(error).__name__}{cause}\n{''.join(traceback.format_tb(error.__traceback__))}"


def init_app(app: Flask, *, level: str = "INFO") -> None:
    """Log to stderr; one access line a request."""
    dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "loggers": {"portal": {"level": level, "handlers": ["stderr"], "propagate": app.testing}},
        }
    )

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def access(response: Response) -> Response:
        if request.endpoint != "static" and "started" in g:
            milliseconds = (time.perf_counter() - g.started) * 1000
            pattern = request.url_rule.rule if request.url_rule else "-"
            log.info("%s %s %s %.0fms", request.method, pattern, response.status_code, milliseconds)
        return response
