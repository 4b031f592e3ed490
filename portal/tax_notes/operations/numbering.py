"""Numbers of a series: given once, in order, without gaps."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.shared.environment import environment
from portal.shared.queueing import insert_once
from portal.tax_notes.models import TaxNoteSeries
from portal.tax_notes.rules.preparing import DpsName, dps_name
from portal.tax_notes.rules.states import NotConfigured


def issuers_name() -> DpsName:
    """How the DPS of this vendor are called.

    Raises:
        NotConfigured: the vendor issues no notes.
    """
    settings = environment()
    if settings.nfse is None:
        raise NotConfigured
    return dps_name(city=settings.nfse.city, document=settings.company.document, series=settings.nfse.series)


def take_numbers(session: Session, series: str, *, count: int) -> int:
    """Set so many numbers aside; the last one given before. The series stays locked until the commit."""
    insert_once(session, TaxNoteSeries, key="name", values={"name": series, "last_number": 0})
    found = select(TaxNoteSeries).where(TaxNoteSeries.name == series)
    row = session.scalars(found.with_for_update().execution_options(populate_existing=True)).one()
    before = row.last_number
    row.last_number += count
    session.flush()
    return before
