"""Price lists for tests: the demonstration list, and others made from it."""

from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from portal.catalog.models import PublishedPriceList
from portal.catalog.operations import import_price_list

DEMO = (Path(__file__).parents[1] / "data" / "catalog.toml").read_text()
FIRST_DAY = date(2026, 6, 1)
PUBLISHED_AT = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


def list_text(
    code: str = "demo-2026-06", *, valid_from: date = FIRST_DAY, name: str | None = None, **replaced: str
) -> str:
    """The demonstration list's text under another code and first day.

    `replaced` gives old and new texts by any names: `a='"89.90"=>"99.90"'`.
    """
    text = DEMO.replace('"demo-2026-06"', f'"{code}"').replace("2026-06-01", valid_from.isoformat())
    if name:
        text = text.replace("Tabela junho/2026 (demonstração)", name)
    for change in replaced.values():
        old, new = change.split("=>")
        assert old in text, f"the list has no {old}"
        text = text.replace(old, new, 1)
    return text


def make_price_list(
    session: Session, code: str = "demo-2026-06", *, valid_from: date = FIRST_DAY, **replaced: str
) -> PublishedPriceList:
    """A published list."""
    return import_price_list(
        session,
        content=list_text(code, valid_from=valid_from, **replaced),
        actor=None,
        now=PUBLISHED_AT,
        today=PUBLISHED_AT.date(),
    )
