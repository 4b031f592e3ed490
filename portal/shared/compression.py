"""Answers compressed on the way out: styles, scripts and pages, to clients that accept it."""

from flask import Flask, Response
from flask_compress import Compress

COMPRESSED = (
    "text/html",
    "text/css",
    "text/csv",
    "text/plain",
    "application/javascript",
    "text/javascript",
    "application/json",
    "image/svg+xml",
)


def init_app(app: Flask) -> None:
    """Compress with gzip or better from a kilobyte on."""
    app.config.update(
        COMPRESS_MIMETYPES=list(COMPRESSED),
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["gzip"],
        COMPRESS_BR_LEVEL=4,
        COMPRESS_MIN_SIZE=1024,
    )
    Compress(app)
    app.after_request(_close_with_the_answer)  # runs just before the one of Compress


def _close_with_the_answer(response: Response) -> Response:
    """Close the file of a body when the answer ends: compression puts another body in its place."""
    if close := getattr(response.response, "close", None):
        response.call_on_close(close)
    return response
