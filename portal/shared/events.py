"""Published facts. What happens after something is wired in `portal/reactions.py`, nowhere else.

Reactions run at once, in the publisher's transaction: all of it is kept or none of it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy.orm import Session

type Reaction = Callable[[Session, Any], None]

_reactions: dict[type, tuple[Reaction, ...]] = {}


def wire(table: Iterable[tuple[type, Reaction]]) -> None:
    """Replace the wiring by this table of (event type, reaction), kept in order."""
    wired: dict[type, tuple[Reaction, ...]] = {}
    for event_type, reaction in table:
        wired[event_type] = (*wired.get(event_type, ()), reaction)
    _reactions.clear()
    _reactions.update(wired)


def publish(session: Session, event: object) -> None:
    """Tell everybody who reacts to this fact, in the present transaction."""
    session.flush()
    for reaction in _reactions.get(type(event), ()):
        reaction(session, event)
