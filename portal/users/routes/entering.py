"""Beginning the session of somebody who proved who they are, in this browser."""

from datetime import datetime

from portal.shared import login
from portal.shared.auth import Actor
from portal.shared.db import db
from portal.users import queries
from portal.users.models import User
from portal.users.operations.sessions import begin_session, end_session
from portal.users.routes import devices
from portal.users.rules import AccessDisabled


def enter(user: User, *, now: datetime) -> Actor:
    """Sign the person in here; whatever session this browser had ends.

    Raises:
        AccessDisabled: the person or the partner was disabled.
    """
    session = db.session
    token = begin_session(session, user=user, origin=devices.origin(), now=now)
    former = login.cookie_session_token()
    same_person = bool(former) and queries.find_holder(session, former or "") == user.id
    person = login.sign_in(token, same_person=same_person)
    if person is None:
        raise AccessDisabled
    devices.remember(user.id)
    if former:
        end_session(session, session_token=former, now=now)
    return person
