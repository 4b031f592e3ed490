"""What happens once contracts run: on the same timeline, in a session that reads everything anew."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from portal.demo.timeline import Scene, Timeline, in_working_hours
from portal.shared.refusals import Refusal

log = logging.getLogger(__name__)


class Afterwards:
    """Plans scenes that are each a transaction; `beside` is the session of the other scenes."""

    def __init__(self, timeline: Timeline, *, session: Session, beside: Session) -> None:
        self._timeline = timeline
        self.until = timeline.until
        self.session = session
        self._beside = beside

    def plan(self, at: datetime, scene: Scene) -> None:
        """As on the timeline."""
        self._timeline.plan(at, partial(self._play, scene))

    def plan_later(self, now: datetime, hours: float, scene: Scene) -> None:
        """As on the timeline: at an hour people work."""
        self._timeline.plan_later(now, hours, partial(self._play, scene))

    def in_working_hours(self, at: datetime, scene: Scene) -> None:
        """At an instant, or the next morning when that falls in the night."""
        self.plan(in_working_hours(at), scene)

    def _play(self, scene: Callable[[datetime], None], now: datetime) -> None:
        """A scene that fails is left out and told of: an hour of living is not lost for it."""
        self._beside.commit()  # or this session would wait for its locks
        try:
            scene(now)
            self.session.commit()
        except Exception:
            self.session.rollback()
            log.exception("a scene of %s was left out", now.isoformat())


@contextmanager
def trying(session: Session) -> Iterator[None]:
    """Do something as a whole; what is refused has not happened."""
    with suppress(Refusal), session.begin_nested():
        yield
