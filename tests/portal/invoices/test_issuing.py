"""The first invoice of a contract."""

from datetime import date

from sqlalchemy.orm import Session

from portal.invoices import operations
from portal.invoices.rules import InvoiceState
from tests.factories.invoices import make_billed
from tests.factories.quotes import NOON


class TestTheFirstInvoice:
    def test_is_open_numbered_and_due_after_the_days_of_the_setting(self, session: Session) -> None:
        billed = make_billed(session)
        invoice = billed.invoice
        assert (invoice.state, invoice.label, invoice.amount_cents) == (InvoiceState.OPEN, "000001", 199_90)
        assert (invoice.due_on, invoice.due_month) == (date(2026, 6, 15), date(2026, 6, 1))

    def test_is_made_once(self, session: Session) -> None:
        billed = make_billed(session)
        again = operations.issue_first_invoice(session, contract=billed.contract, now=NOON)
        assert again is billed.invoice
