"""A small event-driven clock: what happens when, in order, up to the present."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta

type Scene = Callable[[datetime], None]


class Timeline:
    """Scenes by their instant. A scene may plan later ones."""

    def __init__(self, *, until: datetime) -> None:
        self.until = until
        self._waiting: list[tuple[datetime, int, Scene]] = []
        self._count = 0

    def plan(self, at: datetime, scene: Scene) -> None:
        """Something that will happen, unless it lies after the present."""
        if at <= self.until:
            self._count += 1
            heapq.heappush(self._waiting, (at, self._count, scene))

    def plan_later(self, now: datetime, hours: float, scene: Scene) -> None:
        """As `plan`, some hours from now, at an hour people work."""
        self.plan(in_working_hours(now + timedelta(hours=hours)), scene)

    def run(self, *, until: datetime | None = None) -> None:
        """Let everything happen, the earliest first; with `until`, what is planned up to then."""
        while self._waiting and (until is None or self._waiting[0][0] <= until):
            at, _, scene = heapq.heappop(self._waiting)
            scene(at)


def in_working_hours(at: datetime) -> datetime:
    """The same instant, or the next morning when it falls in the night (12–21 h UTC, 9–18 h there)."""
    if at.hour < 12:
        return at.replace(hour=12)
    return at if at.hour < 21 else (at + timedelta(days=1)).replace(hour=12)
