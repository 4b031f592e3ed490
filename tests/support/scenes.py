"""What a test begins with that took several transactions, requests and jobs: lived once, then put back.

`lived(app, make)` is what `make()` gives, a function that commits what it does and gives plain values. The
rows it leaves are kept as those of a remembered factory (`remembered.py`) and under the same terms. What it
did to a browser or to a line of WhatsApp stands `beside` the database and is put back, too; anywhere else, in
a mail server or at a card processor, it must leave nothing.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol, cast

from flask import Flask

from portal.shared import clock
from portal.shared.db import db
from tests.support.remembered import Scene, memory


class Beside(Protocol):
    """Something outside of the database that takes part."""

    def known(self) -> Any:
        """What it knows, for `know`."""

    def know(self, known: Any) -> None:
        """Be as it was then."""


def lived[Made](app: Flask, make: Callable[[], Made], *of: Hashable, beside: Sequence[Beside] = ()) -> Made:
    """What `make` gives; `of` tells its variants apart."""
    with app.app_context():
        key = memory.key_of_scene(make, (*of, clock.today()), db.session)
        if key is not None and (scene := memory.put_scene(key, db.session)) is not None:
            db.session.commit()
            for each, known in zip(beside, scene.beside, strict=True):
                each.know(known)
            return cast("Made", scene.made)
    if key is None:
        return make()
    with memory.at_work():
        made = make()
    with app.app_context():
        memory.keep_scene(key, db.session, Scene(made, [each.known() for each in beside]))
        db.session.commit()
    return made
