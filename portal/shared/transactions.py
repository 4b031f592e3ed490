"""One request, one transaction: 2xx and 3xx commit; anything else leaves nothing."""

from flask import Flask, Response

from portal.shared.db import db, give_up_transaction


def init_app(app: Flask) -> None:
    """End the transaction of a request by what it answered."""
    app.after_request(_commit_or_roll_back)


def _commit_or_roll_back(response: Response) -> Response:
    if response.status_code < 400:
        db.session.commit()
    else:
        give_up_transaction()
    return response
