"""A fault to plant for each check of debt agreements."""

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from tests.factories.spoiled_books import Books

AGREEMENT = (
    "INSERT INTO agreements (partner_id, customer_id, contract_id, state, figures_on, face_cents,"
    " charges_cents, discount_cents, entry_days, part_days, reason, made_at, made_for, envelope_id,"
    " signed_at, began_at, closed_at, close_reason)"
    " SELECT partner_id, customer_id, contract_id, {state}, current_date, 1, 0, 0, 5, 15, '', now(),"
    " 'a@b.example', 1, now(), now(), {closed} FROM invoices WHERE id = :opened"
)
DEBT = (
    "INSERT INTO agreement_debts (agreement_id, invoice_id, contract_id, partner_id, customer_id, position,"
    " face_cents, charges_cents, is_held)"
    " SELECT (SELECT max(id) FROM agreements), id, contract_id, partner_id, customer_id, 1, 1, 0, {held}"
    " FROM invoices WHERE id = :opened"
)


def hold_what_is_open(books: "Books") -> list[object]:
    """An agreement runs and holds an invoice that everybody is asked for."""
    books.spoil(AGREEMENT.format(state="'running'", closed="NULL, ''"))
    books.spoil(DEBT.format(held="true"))
    return [_newest(books)]


def book_for_nothing(books: "Books") -> list[object]:
    """The ledger waits for money of an agreement that is over."""
    books.spoil(AGREEMENT.format(state="'broken'", closed="now(), 'Fim'"))
    books.spoil(DEBT.format(held="false"))
    books.spoil(
        "INSERT INTO postings (key, kind, debit_account, credit_account, amount_cents, partner_id,"
        " customer_id, invoice_id, payment_key, booked_at)"
        " SELECT 'agreed:x', 'agreed', 'deferred_revenue', 'agreements', 1, partner_id, customer_id, id,"
        " 'agreement:x', now() FROM invoices WHERE id = :opened"
    )
    return [_newest(books)]


def _newest(books: "Books") -> object:
    return books.session.execute(text("SELECT max(id) FROM agreements")).scalar_one()
