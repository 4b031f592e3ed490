"""Published facts (domain events). What happens after something is wired in `portal/reactions.py`.

Reactions run at once, in the publisher's transaction: all of it is kept or none of it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, current_app
from sqlalchemy.orm import Session

type Reaction = Callable[[Session, Any], None]


def init_app(app: Flask, *, reactions: Iterable[tuple[type, Reaction]]) -> None:
    """Give the app its table of (event type, reaction), kept in order."""
    wired: dict[type, tuple[Reaction, ...]] = {}
    for event_type, reaction in reactions:
        wired[event_type] = (*wired.get(event_type, ()), reaction)
    app.extensions["portal.reactions"] = wired


def publish(session: Session, event: object) -> None:
    """Tell everybody who reacts to this fact, in the present transaction."""
    session.flush()
    reactions: dict[type, tuple[Reaction, ...]] = current_app.extensions["portal.reactions"]
    for reaction in reactions.get(type(event), ()):
        reaction(session, event)
