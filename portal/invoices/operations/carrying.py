"""Late charges that are left of paid invoices, put on the next invoice of their contract."""

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice, LateCharge
from portal.invoices.queries.carrying import is_left
from portal.invoices.queries.late_charges import left_of_charges


def carry_charges(session: Session, new: ColumnElement[bool]) -> None:
    """Mark what new invoices, which meet a condition, ask for of the charges of earlier ones.

    The charges are locked by the caller, who put their sum on these invoices.
    """
    session.flush()
    made = select(Invoice.id, Invoice.contract_id).where(new, Invoice.carried_cents > 0).subquery("made")
    session.execute(
        update(LateCharge)
        .where(LateCharge.invoice_id == Invoice.id, is_left(), made.c.contract_id == Invoice.contract_id)
        .values(
            carried_cents=left_of_charges(),
            carried_to_id=made.c.id,
        )
        .execution_options(synchronize_session=False)
    )
