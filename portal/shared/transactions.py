"""One request, one transaction: 2xx and 3xx commit; anything else leaves nothing. And whose work it is."""

from flask import Flask, Response
from sqlalchemy.orm import Session

from portal.shared.db import db, give_up_transaction

_WORKED_FOR = "portal.worked_for"


def init_app(app: Flask) -> None:
    """End the transaction of a request by what it answered."""
    app.after_request(_commit_or_roll_back)


def work_for(session: Session, user_id: int) -> None:
    """Note at the edge for whom this session works, so that what it owes to others knows who caused it."""
    session.info[_WORKED_FOR] = user_id


def worked_for(session: Session) -> int | None:
    """The signed-in person this session works for; None in jobs, commands and public pages."""
    user_id: int | None = session.info.get(_WORKED_FOR)
    return user_id


def _commit_or_roll_back(response: Response) -> Response:
    if response.status_code < 400:
        db.session.commit()
    else:
        give_up_transaction()
    return response
