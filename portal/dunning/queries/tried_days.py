"""The messages of a trial one after the other: one a customer and day, three a week. Words of SQL."""

from typing import Any

from sqlalchemy import (
    Boolean,
    CompoundSelect,
    Date,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from portal.dunning.rules.sending import A_WEEK, MOST_A_WEEK

NAMES = ("customer_id", "invoice_id", "position", "paid_on", "open_cents")
# Each customer's last messages, the newest first: the oldest of them says when a week has room again.
LAST = tuple(f"last_{number}" for number in range(1, MOST_A_WEEK + 1))


def walk(candidates: Select[*tuple[Any, ...]], told: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """All candidates, with `is_sent` and the day it would have been on, `sent_on`.

    A customer's are gone through in the order of their first days. One that meets a day on which something
    was said already, or a full week, is said on the next of its `free_days`, if there is one. `told` is what
    other rooms said; that is never held back.
    """
    line = _in_line(candidates, told).cte("line")
    first = _walked(line, sent_on=line.c.first_on, is_sent=true(), last=[line.c.first_on, *_no_days()])
    walked = select(*first).where(line.c.place == 1).cte("walked", recursive=True)
    turn = line.alias("turn")
    free_on = _free_on(turn, walked)
    is_told = turn.c.position.is_(None)
    says = or_(is_told, free_on.c.day.is_not(None))
    sent_on = case((is_told, turn.c.first_on), else_=free_on.c.day)
    before = [walked.c[name] for name in LAST]
    newest = func.greatest(sent_on, before[0])
    last = [case((says, each), else_=kept) for each, kept in zip([newest, *before], before, strict=False)]
    following = (
        select(*_walked(turn, sent_on=sent_on, is_sent=says, last=last))
        .join(walked, and_(walked.c.customer_id == turn.c.customer_id, turn.c.place == walked.c.place + 1))
        .join(free_on, true())
    )
    whole = walked.union_all(following)
    return select(*(whole.c[name] for name in (*NAMES, "sent_on", "is_sent")))


def _in_line(
    candidates: Select[*tuple[Any, ...]], told: Select[*tuple[Any, ...]]
) -> Select[*tuple[Any, ...]]:
    found, said = candidates.subquery("found"), told.subquery("said")
    both: CompoundSelect[*tuple[Any, ...]] = union_all(
        select(*(found.c[name] for name in (*NAMES, "days", "first_on", "free_days"))),
        select(
            said.c.customer_id,
            *(null() for _name in NAMES[1:]),
            cast(null(), Integer),
            said.c.told_on,
            cast(null(), ARRAY(Date)),
        ),
    )
    both_rows = both.subquery("both_rows")
    place = func.row_number().over(
        partition_by=both_rows.c.customer_id,
        order_by=(
            both_rows.c.first_on,
            both_rows.c.position.is_not(None),
            both_rows.c.days.desc(),
            both_rows.c.invoice_id,
        ),
    )
    return select(both_rows, place.label("place"))


def _walked(line: FromClause, *, sent_on: Any, is_sent: Any, last: list[Any]) -> list[Any]:
    return [
        *(line.c[name] for name in NAMES),
        line.c.place,
        cast(sent_on, Date).label("sent_on"),
        cast(is_sent, Boolean).label("is_sent"),
        *(cast(each, Date).label(name) for name, each in zip(LAST, last, strict=True)),
    ]


def _no_days() -> list[Any]:
    return [literal(None, Date)] * (MOST_A_WEEK - 1)


def _free_on(turn: FromClause, walked: FromClause) -> FromClause:
    """The first of a message's days on which a customer may have one more."""
    earliest = func.greatest(walked.c[LAST[0]] + 1, walked.c[LAST[-1]] + A_WEEK)
    days = func.unnest(turn.c.free_days).column_valued("free_day")
    return (
        select(func.min(days).label("day")).where(days >= earliest).correlate(turn, walked).lateral("free_on")
    )
