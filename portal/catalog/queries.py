"""Reads of the catalog room, and the lists this process keeps in memory.

A published list never changes (triggers refuse it), so once read and parsed it stays in memory by
its id. Which list holds on a day can change when another process publishes one: that answer is
kept for `CURRENT_LIST_SECONDS` only. So a preview costs no statement and shows a new list within
seconds, while whoever stores a price asks `price_list_on`, which always reads the database.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Pool, Select, select
from sqlalchemy.orm import Session, defer, joinedload

from calculator import PriceList, parse_price_list
from portal.catalog.models import PlanPolicy, PublishedPriceList
from portal.catalog.rules import FirstPeriodPolicy, fingerprint
from portal.partners.models import Partner
from portal.shared.lists import ListRequest, ListSpec, Page, paginate
from portal.shared.refusals import Missing

CURRENT_LIST_SECONDS = 5
PRICE_LIST_LIST = ListSpec(
    sorts={
        "validade": PublishedPriceList.valid_from,
        "nome": PublishedPriceList.name,
        "publicada": PublishedPriceList.published_at,
    },
    default="-validade",
)


@dataclass(frozen=True, slots=True)
class CurrentList:
    """The list that holds on a day, ready to price with."""

    id: int
    price_list: PriceList


@dataclass(slots=True)
class _Memory:
    """What one process knows of one database."""

    parsed: dict[int, PriceList] = field(default_factory=dict)
    current: dict[date, tuple[datetime, int | None]] = field(default_factory=dict)


# By their pools of connections: an engine may have others beside it that use the same.
_memories: WeakKeyDictionary[Pool, _Memory] = WeakKeyDictionary()


def forget_lists() -> None:
    """Read everything anew: for tests, whose databases are replaced under a running process."""
    _memories.clear()


def forget_current_list(session: Session) -> None:
    """Look up anew which list holds: one was published."""
    _memory(session).current.clear()


def price_list_on(session: Session, day: date) -> PublishedPriceList | None:
    """The list in force on a day, read from the database."""
    return session.scalar(_on(day))


def current_list(session: Session, *, today: date, now: datetime) -> CurrentList:
    """The list in force today, from memory when looked up less than `CURRENT_LIST_SECONDS` ago.

    Raises:
        Missing: no list holds today.
    """
    known = _memory(session).current
    read_at, list_id = known.get(today, (None, None))
    if read_at is None or not timedelta() <= now - read_at < timedelta(seconds=CURRENT_LIST_SECONDS):
        list_id = session.scalar(_on(today).with_only_columns(PublishedPriceList.id))
        known.clear()
        known[today] = (now, list_id)
    if list_id is None:
        raise Missing("Nenhuma tabela de preços está em vigor. Peça ao administrador que publique uma.")
    return CurrentList(list_id, loaded_list(session, list_id))


def plans_on_sale(session: Session, *, today: date, now: datetime) -> list[tuple[str, str]]:
    """The plans of today's list as (code, name), none before the first list is published. For filters."""
    try:
        current = current_list(session, today=today, now=now)
    except Missing:
        return []
    return [(code, plan.label) for code, plan in current.price_list.plans.items()]


def loaded_list(session: Session, list_id: int) -> PriceList:
    """A published list, parsed once a process.

    Raises:
        Missing: no such list.
        RuntimeError: the stored text is not the one that was published (invariant L2).
    """
    parsed = _memory(session).parsed
    if list_id not in parsed:
        published = get_price_list(session, list_id)
        if fingerprint(published.content) != published.sha256:
            raise RuntimeError(f"price list {list_id} is not the text that was published")
        parsed[list_id] = parse_price_list(published.content)
    return parsed[list_id]


def get_price_list(session: Session, list_id: int) -> PublishedPriceList:
    """A published list with its file.

    Raises:
        Missing: no such list.
    """
    published = session.scalar(
        select(PublishedPriceList)
        .options(joinedload(PublishedPriceList.published_by))
        .where(PublishedPriceList.id == list_id)
    )
    if published is None:
        raise Missing("Esta tabela de preços não existe.")
    return published


def find_by_code(session: Session, code: str) -> PublishedPriceList | None:
    """The list of this code."""
    return session.scalar(select(PublishedPriceList).where(PublishedPriceList.code == code))


def find_by_first_day(session: Session, day: date) -> PublishedPriceList | None:
    """The list that begins on this day."""
    return session.scalar(select(PublishedPriceList).where(PublishedPriceList.valid_from == day))


def list_before(session: Session, published: PublishedPriceList) -> PublishedPriceList | None:
    """The list that a list replaces."""
    return session.scalar(
        _without_file()
        .where(PublishedPriceList.valid_from < published.valid_from)
        .order_by(PublishedPriceList.valid_from.desc())
        .limit(1)
    )


def list_price_lists(session: Session, request: ListRequest) -> Page[PublishedPriceList]:
    """A page of the history."""
    return paginate(session, _without_file().options(joinedload(PublishedPriceList.published_by)), request)


def list_all_price_lists(session: Session) -> list[PublishedPriceList]:
    """Every list, the newest first, to choose from."""
    return list(session.scalars(_without_file().order_by(PublishedPriceList.valid_from.desc())))


def used_by_partners(session: Session) -> tuple[set[str], set[str]]:
    """The tiers and the arrangements that active partners have."""
    rows = session.execute(
        select(Partner.tier, Partner.arrangement).where(Partner.disabled_at.is_(None)).distinct()
    ).all()
    return {row.tier for row in rows}, {row.arrangement for row in rows}


def first_period_of(session: Session, plan: str) -> FirstPeriodPolicy:
    """How the first period of a plan is charged now; contracts keep the way they were made with."""
    chosen = session.scalar(select(PlanPolicy.first_period).where(PlanPolicy.plan == plan))
    return chosen or FirstPeriodPolicy.FULL_INSTALLMENT


def list_plan_policies(session: Session, *, for_update: bool = False) -> dict[str, PlanPolicy]:
    """The plans somebody chose a way for at some time, by code."""
    statement = select(PlanPolicy)
    if for_update:
        statement = statement.with_for_update()
    return {policy.plan: policy for policy in session.scalars(statement)}


def _on(day: date) -> Select[PublishedPriceList]:
    return (
        select(PublishedPriceList)
        .where(PublishedPriceList.valid_from <= day)
        .order_by(PublishedPriceList.valid_from.desc())
        .limit(1)
    )


def _without_file() -> Select[PublishedPriceList]:
    return select(PublishedPriceList).options(defer(PublishedPriceList.content))


def _memory(session: Session) -> _Memory:
    engine = session.get_bind()
    assert isinstance(engine, Engine)  # noqa: S101 - sessions of the portal are bound to engines
    return _memories.setdefault(engine.pool, _Memory())
