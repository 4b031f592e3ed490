"""What somebody signed in was refused is kept, although the request leaves nothing else."""

import logging

from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.shared import clock
from portal.shared.auth import signed_in
from portal.shared.db import db
from portal.users.operations.history import record_forbidden
from portal.users.routes import devices

log = logging.getLogger(__name__)


def note_forbidden(response: Response) -> Response:
    """Keep that the person of this request was refused it, in a transaction of its own.

    Comes after the request's own transaction has ended: it may have held rows this one has to look at.
    What the answer says stands, whatever becomes of its record.
    """
    person = signed_in() if response.status_code == 403 else None
    if person is None or request.endpoint is None:
        return response
    try:
        with Session(db.engine) as session, session.begin():
            record_forbidden(
                session,
                user_id=person.user_id,
                endpoint=request.endpoint,
                origin=devices.origin(),
                now=clock.now(),
            )
    except SQLAlchemyError as error:
        log.warning("a refused request was not kept: %s", type(error).__name__)
    return response
