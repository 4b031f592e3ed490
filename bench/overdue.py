"""A night over many subscriptions of which one in ten is late: notice, suspension, nothing new, release.

Each night is what the job plans and its chunks do, one worker, a PostgreSQL of its own with durable settings.
`python -m bench.overdue 100000` measures one size and prints it.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bench.billing import WARM_UP, analyze, bill, filled
from portal.overdue.models import OverdueChunk
from portal.overdue.operations.nights import do_chunk, plan_night
from portal.shared.clock import at_sao_paulo
from portal.shared.connections import let_statements_take_long
from portal.shared.db import db
from tools.postgres.temporary import DURABLE, temporary_server

COUNT = 100_000
NOTICED, SUSPENDED, NOTHING_NEW, RELEASED = (
    date(2026, 7, 19),
    date(2026, 8, 1),
    date(2026, 8, 2),
    date(2026, 8, 3),
)
PAID = """
UPDATE invoices SET state = 'paid', paid_cents = amount_cents, paid_at = now()
WHERE installment_number = 2 AND state = 'open' AND contract_id % 10 {which}
"""


@dataclass(frozen=True, slots=True)
class NightFigures:
    """One night over `count` subscriptions: how many it looked at, and in how many seconds."""

    what: str
    count: int
    looked_at: int
    seconds: float

    @property
    def of_a_million_s(self) -> float:
        """The seconds a million would take at this speed."""
        return self.seconds / self.count * 1_000_000


def measure_overdue(count: int = COUNT) -> list[NightFigures]:
    """The four nights, in a database of their own."""
    with temporary_server(DURABLE) as url, filled(url, count) as app, app.app_context():
        bill(WARM_UP)
        _pay("<> 0")
        return list(_nights(count))


def _nights(count: int) -> Iterator[NightFigures]:
    for what, day in (("notice", NOTICED), ("suspension", SUSPENDED), ("nothing new", NOTHING_NEW)):
        yield _night(what, day, count)
    _pay("= 0")
    yield _night("release", RELEASED, count)


def _night(what: str, day: date, count: int) -> NightFigures:
    analyze()
    session: Session = db.session
    now = at_sao_paulo(day, 1)
    began = time.perf_counter()
    looked_at = plan_night(session, day=day, now=now)
    session.commit()
    waiting = select(OverdueChunk.id).where(OverdueChunk.done_at.is_(None)).order_by(OverdueChunk.id)
    for chunk_id in session.scalars(waiting).all():
        do_chunk(session, chunk_id, now=now)
        session.commit()
    return NightFigures(what, count, looked_at, time.perf_counter() - began)


def _pay(which: str) -> None:
    """Mark invoices paid, unseen by any reaction: the night has to find it."""
    session: Session = db.session
    let_statements_take_long(session)
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text(PAID.format(which=which)))
    session.commit()


if __name__ == "__main__":
    for night in measure_overdue(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT):
        print(
            f"{night.what:<12} {night.looked_at:>9,} of {night.count:,} looked at in {night.seconds:.1f} s:"
            f" {night.of_a_million_s:.0f} s a million",
            flush=True,
        )
