"""Every refusal and fault as an answer in Portuguese with a next step, never a traceback."""

import errno
import logging

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from portal.shared import login
from portal.shared.db import give_up_transaction
from portal.shared.logging import where_it_failed
from portal.shared.refusals import Refusal, TooManyAttempts, UnknownLink
from portal.shared.security import is_same_origin

log = logging.getLogger(__name__)
RETRY_AFTER_S = 10  # a database that was away, or a full disk, is asked again after so many seconds
FULL_DISK = (errno.ENOSPC, errno.EDQUOT)
PAGES = frozenset({403, 404, 409, 413, 422, 429, 500, 503})


def page(status: int, message: str = "", *, field: str | None = None, explain: bool = True) -> Response:
    """The error page of a status; JSON where that is asked for. `explain=False`: the message says all."""
    give_up_transaction()
    if request.accept_mimetypes.best == "application/json":
        return make_response(jsonify(error=message or status), status)
    name = status if status in PAGES else 422 if 400 <= status < 500 else 500
    html = render_template(f"errors/{name}.html", message=message, field=field, explain=explain)
    return make_response(html, status)


def _refused(refusal: Refusal) -> Response:
    explain = not isinstance(refusal, UnknownLink)
    answer = page(refusal.status, refusal.message, field=refusal.field, explain=explain)
    return with_retry_after(answer, refusal)


def with_retry_after(response: Response, refusal: Refusal | None) -> Response:
    """The answer to a refusal; to one that passes with time, with when to try again."""
    if isinstance(refusal, TooManyAttempts):
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    """A form of a page that is too old. Sent from a page of ours, it is offered to be sent again."""
    if is_same_origin():
        return login.offer_to_resume()
    return page(
        422,
        "Esta página ficou aberta por muito tempo e não pôde confirmar que o pedido é seu. "
        "Volte, recarregue a página e envie de novo.",
    )


def _http(error: HTTPException) -> Response:
    if isinstance(error, InternalServerError) and error.original_exception:
        return _fault_page(error.original_exception)  # logged already
    if error.code is None or error.code < 400:
        return make_response(error.get_response())
    response = page(error.code)
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def log_fault(error: BaseException) -> None:
    """Log what failed and where, for operators: no address asked for, no words of the error."""
    if _passes_with_time(error):
        cause = error.orig if isinstance(error, OperationalError) else error
        log.error("unavailable at %s: %s", request.endpoint, type(cause).__name__)
    else:
        log.error("unexpected fault at %s: %s", request.endpoint, where_it_failed(error))


def _fault(error: Exception) -> Response:
    log_fault(error)
    return _fault_page(error)


def _fault_page(error: BaseException) -> Response:
    if not _passes_with_time(error):
        return page(500)
    answer = page(503)
    answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def _passes_with_time(error: BaseException) -> bool:
    """Whether the same request may go well later: the database is away or busy, or a disk is full."""
    return isinstance(error, OperationalError) or (isinstance(error, OSError) and error.errno in FULL_DISK)


def init_app(app: Flask) -> None:
    """Register the handlers, the most exact first."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _fault)
    if not app.testing:
        app.register_error_handler(Exception, _fault)
