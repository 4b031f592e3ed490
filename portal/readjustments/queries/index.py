"""Reads of the monthly index."""

from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from calculator import month_number
from portal.readjustments.models import IndexImport, IndexMonth
from portal.readjustments.rules.index import IndexSource
from portal.shared.lists import ListRequest, ListSpec, Page, paginate

INDEX_LIST = ListSpec(
    sorts={"mes": IndexMonth.month, "variacao": IndexMonth.basis_points, "guardado": IndexImport.imported_at},
    default="-mes",
    filters={"origem": IndexSource, "ano": None},
)


def monthly_index(session: Session) -> dict[int, int]:
    """The index as it holds: hundredths of a percent by month (`calculator.month_number`). One statement."""
    rows = session.execute(_months(select(IndexMonth.month, IndexMonth.basis_points)))
    return {month_number(month): basis_points for month, basis_points in rows}


def last_month(session: Session) -> date | None:
    """The first day of the newest month that is stored."""
    return session.scalar(select(func.max(IndexMonth.month)))


def next_revision(session: Session, month: date) -> int:
    """The number that a new figure of a month gets: 1 for a month that has none."""
    return (session.scalar(select(func.max(IndexMonth.revision)).where(IndexMonth.month == month)) or 0) + 1


def list_months(session: Session, request: ListRequest) -> Page[IndexMonth]:
    """The months as they hold, with the file each came from and who sent it."""
    statement = _months(select(IndexMonth)).join(IndexMonth.brought_by)
    statement = statement.options(contains_eager(IndexMonth.brought_by).joinedload(IndexImport.imported_by))
    if source := request.filter("origem"):
        statement = statement.where(IndexImport.source == IndexSource(source))
    year = request.filter("ano")
    if year.isascii() and year.isdigit() and len(year) == len("2025"):
        statement = statement.where(func.extract("year", IndexMonth.month) == int(year))
    return paginate(session, statement, request)


def list_years(session: Session) -> list[str]:
    """The years there are figures of, the newest first."""
    year = func.extract("year", IndexMonth.month)
    return [str(int(each)) for each in session.scalars(select(year).distinct().order_by(year.desc()))]


def list_all_months(session: Session) -> list[IndexMonth]:
    """Every month as it holds, in order, for a file."""
    statement = _months(select(IndexMonth)).order_by(IndexMonth.month)
    return list(
        session.scalars(
            statement.options(joinedload(IndexMonth.brought_by).joinedload(IndexImport.imported_by))
        )
    )


def _months[S: Select[*tuple[object, ...]]](statement: S) -> S:
    later = aliased(IndexMonth)
    newest = select(func.max(later.revision)).where(later.month == IndexMonth.month).scalar_subquery()
    return statement.where(IndexMonth.revision == newest)
